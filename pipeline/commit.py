"""Commit records and manifests: the only things that a later stage, a rerun or `verify` believes.

A partition is committed by creating `commits/<partition>.json`, which names its files; a stage is complete when
`manifest.json` exists, which names all commits. The digest of a manifest covers what was produced (counts, rows,
hashes) and nothing of how (times, hosts, money spent).
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

from pipeline.errors import VerificationError
from pipeline.fingerprint import canonical, fingerprint
from pipeline.storage import Storage
from pipeline.tables import FileRecord

MANIFEST = "manifest.json"
COMMITS = "commits/"
TAKEN_BACK = "taken_back/"

_T = TypeVar("_T")


@dataclass(frozen=True)
class Counts:
    """Where the rows of a partition went; `rows_in` = `ok` + all of `not_selected` + all of `quarantined`.

    `unit` is a plural: lines, entities, pictures. `details` counts other things worth a look (questions by reason of
    omission); nothing must balance there.
    """

    unit: str
    rows_in: int
    ok: int
    not_selected: Mapping[str, int] = field(default_factory=dict)
    quarantined: Mapping[str, int] = field(default_factory=dict)
    details: Mapping[str, int] = field(default_factory=dict)

    def balance(self) -> int:
        """Rows that are not accounted for; 0 unless something was lost or counted twice."""
        return self.rows_in - self.ok - sum(self.not_selected.values()) - sum(self.quarantined.values())

    @property
    def num_quarantined(self) -> int:
        return sum(self.quarantined.values())

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.unit,
            self.rows_in + other.rows_in,
            self.ok + other.ok,
            _sum(self.not_selected, other.not_selected),
            _sum(self.quarantined, other.quarantined),
            _sum(self.details, other.details),
        )


def sorted_counts(counts: Mapping[str, int]) -> dict[str, int]:
    """Those that are not 0, by name."""
    return {name: number for name, number in sorted(counts.items()) if number}


def _sum(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted((Counter(one) + Counter(other)).items()))


@dataclass(frozen=True)
class Spend:
    """What a piece of work cost.

    Attributes:
        gpu_seconds: time of GPUs held, s.
        fetched_bytes: from outside.
        cpu_seconds: time of cores held, s, by workers that held no GPU.
        stored_bytes: put into the run's output, tables included; some of it may be gone since.
    """

    gpu_seconds: float = 0.0
    fetched_bytes: int = 0
    cpu_seconds: float = 0.0
    stored_bytes: int = 0

    def __add__(self, other: Spend) -> Spend:
        return Spend(
            self.gpu_seconds + other.gpu_seconds,
            self.fetched_bytes + other.fetched_bytes,
            self.cpu_seconds + other.cpu_seconds,
            self.stored_bytes + other.stored_bytes,
        )


@dataclass(frozen=True)
class CommitRecord:
    """One committed partition. `input_rows` are the rows it read from the stage before (null for a dump)."""

    stage: str
    partition: str
    input_rows: int | None
    counts: Counts
    files: tuple[FileRecord, ...]
    spend: Spend = Spend()
    log: Mapping[str, Any] = field(default_factory=dict)

    def result(self) -> dict[str, Any]:
        """The part that the manifest's digest covers."""
        return {key: value for key, value in asdict(self).items() if key not in {"spend", "log"}}

    def to_json(self) -> bytes:
        return json.dumps(asdict(self), indent=1, sort_keys=True, ensure_ascii=False).encode()

    @staticmethod
    def from_dict(raw: Mapping[str, Any]) -> CommitRecord:
        return CommitRecord(
            raw["stage"],
            raw["partition"],
            raw["input_rows"],
            Counts(**raw["counts"]),
            tuple(FileRecord(**file) for file in raw["files"]),
            Spend(**raw["spend"]),
            raw["log"],
        )


@dataclass(frozen=True)
class Manifest:
    """A complete stage: its commits in order of partition id, and its documents.

    `log` is what the driver's last attempt took, which says nothing of the result: `begun`, `handed_out` and `gathered`
    (when it began, gave partitions to workers, had all of them) and `ended`, s since the epoch.
    """

    stage: str
    fingerprint: str
    commits: tuple[CommitRecord, ...]
    documents: tuple[FileRecord, ...] = ()
    log: Mapping[str, float] = field(default_factory=dict, compare=False)

    @property
    def digest(self) -> str:
        """16 hex digits; equal exactly when the stage produced the same files from the same work."""
        documents = [asdict(document) for document in self.documents]
        return fingerprint([self.stage, [commit.result() for commit in self.commits], documents])

    @property
    def counts(self) -> Counts:
        return total_counts(self.commits)

    @property
    def spend(self) -> Spend:
        return sum((commit.spend for commit in self.commits), Spend())

    @property
    def accounts(self) -> dict[str, dict[str, float]]:
        return total_accounts(self.commits)

    @property
    def caches(self) -> dict[str, int]:
        return total_caches(self.commits)

    def files(self, table: str) -> list[FileRecord]:
        return [file for commit in self.commits for file in commit.files if file.table == table]

    def to_json(self) -> bytes:
        content = {
            "stage": self.stage,
            "fingerprint": self.fingerprint,
            "digest": self.digest,
            "counts": asdict(self.counts),
            "spend": asdict(self.spend),
            "accounts": self.accounts,
            "caches": self.caches,
            "documents": [asdict(document) for document in self.documents],
            "log": self.log,
            "commits": [asdict(commit) for commit in self.commits],
        }
        return json.dumps(content, sort_keys=True, ensure_ascii=False).encode()


def total_counts(commits: tuple[CommitRecord, ...]) -> Counts:
    """The sum over commits of one stage."""
    if not commits:
        return Counts("rows", 0, 0)
    total = commits[0].counts
    for commit in commits[1:]:
        total = total + commit.counts
    return total


def total_accounts(commits: Iterable[CommitRecord]) -> dict[str, dict[str, float]]:
    """What the work took, for stages whose logs have it by account: account -> figure -> sum over commits."""
    total: dict[str, dict[str, float]] = {}
    for commit in commits:
        for name, figures in commit.log.get("accounts", {}).items():
            account = total.setdefault(name, {})
            for figure, number in figures.items():
                account[figure] = account.get(figure, 0) + number
    return dict(sorted(total.items()))


def total_caches(commits: Iterable[CommitRecord]) -> dict[str, int]:
    """What the caches of engines were asked for and had, for stages whose logs tell it: the sum over commits."""
    total: Counter[str] = Counter()
    for commit in commits:
        total.update(commit.log.get("caches", {}))
    return dict(sorted(total.items()))


def load_manifest(directory: Storage) -> Manifest | None:
    """The manifest of a stage directory, or None while the stage is not complete.

    Raises:
        VerificationError: the file is not a manifest, or does not match its own digest.
    """
    if directory.stat(MANIFEST) is None:
        return None
    manifest, digest = _load(directory, MANIFEST, _manifest_and_digest)
    if manifest.digest != digest:
        raise VerificationError(
            f"{directory.uri}/{MANIFEST}: does not match its own digest, so it was changed or damaged; "
            "delete it and run again: it is made anew from the commit records"
        )
    return manifest


def _manifest_and_digest(raw: Mapping[str, Any]) -> tuple[Manifest, str]:
    manifest = Manifest(
        raw["stage"],
        raw["fingerprint"],
        tuple(CommitRecord.from_dict(commit) for commit in raw["commits"]),
        tuple(FileRecord(**document) for document in raw["documents"]),
        raw.get("log", {}),
    )
    return manifest, raw["digest"]


def _load(directory: Storage, path: str, build: Callable[[Mapping[str, Any]], _T]) -> _T:
    try:
        return build(json.loads(directory.read(path)))
    except (ValueError, KeyError, TypeError) as error:
        raise VerificationError(
            f"{directory.uri}/{path}: is not a record that a run wrote ({type(error).__name__}: {error}); "
            "delete it and run again: what it was about is done anew"
        ) from error


def commit_path(partition: str) -> str:
    """Where a partition's commit record lies below the stage directory."""
    return f"{COMMITS}{partition}.json"


def committed_partitions(directory: Storage) -> Iterator[str]:
    """Ids of the partitions that have a commit record, in order."""
    for info in directory.list(COMMITS):
        yield info.path.removeprefix(COMMITS).removesuffix(".json")


def load_commits(directory: Storage, partitions: list[str]) -> tuple[CommitRecord, ...]:
    """The records of these partitions, in the order given.

    Raises:
        StorageError: a partition has no record.
        VerificationError: a record is not one that a run wrote.
    """
    return load_records(directory, [commit_path(partition) for partition in partitions])


def take_back(directory: Storage, record: CommitRecord) -> None:
    """Undo a commit, so that its partition is done again; the record moves aside, since what it cost stays spent."""
    data = record.to_json()
    directory.write(f"{TAKEN_BACK}{record.partition}-{hashlib.sha256(data).hexdigest()[:12]}.json", data)
    directory.delete(commit_path(record.partition))


def taken_back(directory: Storage) -> tuple[CommitRecord, ...]:
    """Records of commits that were undone."""
    return load_records(directory, [info.path for info in directory.list(TAKEN_BACK)])


def load_records(directory: Storage, paths: list[str]) -> tuple[CommitRecord, ...]:
    """The records at these paths below a stage directory, in the order given.

    Raises:
        StorageError: there is none.
        VerificationError: it is not one that a run wrote.
    """
    # Many at a time: each is a small object, and on S3 the way there is longer than the work.
    with ThreadPoolExecutor(16) as pool:
        return tuple(pool.map(lambda path: _load(directory, path, CommitRecord.from_dict), paths))


def describe(value: Any) -> bytes:
    """Readable JSON of the same content as `canonical`, for files that people open."""
    return json.dumps(json.loads(canonical(value)), indent=1, sort_keys=True, ensure_ascii=False).encode()
