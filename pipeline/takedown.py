"""Pictures that must go: a tombstone that every later run honours, and the end of what was made of them.

Tombstones are objects of their own below `takedown/`, only ever added. They are in no stage's fingerprint: a run that
was complete stays complete but for the shards that held the picture.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.commit import MANIFEST, committed_partitions, describe, load_commits, take_back
from pipeline.errors import VerificationError
from pipeline.fingerprint import canonical
from pipeline.lease import hold_lease
from pipeline.picture_store import PictureStore
from pipeline.storage import Storage
from pipeline.tables import read_table

FOLDER = "takedown"


@dataclass(frozen=True)
class Tombstones:
    """What was taken down: pictures by digest, files by normalised title, entities by number."""

    digests: frozenset[str] = frozenset()
    titles: frozenset[str] = frozenset()
    qids: frozenset[int] = frozenset()

    @classmethod
    def load(cls, output: Storage) -> Self:
        """All tombstones of a run's output.

        Raises:
            VerificationError: one cannot be read.
        """
        digests: set[str] = set()
        titles: set[str] = set()
        qids: set[int] = set()
        for info in output.list(f"{FOLDER}/"):
            try:
                raw = orjson.loads(output.read(info.path))
                digests.update(raw["digests"])
                titles.update(raw["titles"])
                qids.update(raw["qids"])
            except (ValueError, KeyError, TypeError) as error:
                raise VerificationError(f"{output.uri}/{info.path}: is no tombstone: {error}") from error
        return cls(frozenset(digests), frozenset(titles), frozenset(qids))

    def covers(self, qid: int, digest: str | None = None, title: str | None = None) -> bool:
        """Whether a picture of an entity was taken down."""
        return qid in self.qids or digest in self.digests or title in self.titles


@dataclass(frozen=True)
class Takedown:
    """What a takedown found and did.

    Attributes:
        digests: pictures that were removed from the store.
        num_packs: packs that were written again.
        num_shards: shards that held one and are to be made again.
    """

    digests: frozenset[str]
    num_packs: int
    num_shards: int


def take_down(output: Storage, given: Tombstones, reason: str, lease_s: float) -> Takedown:
    """Remove pictures from the store and take back the shards that hold them; running `assemble` makes those again.

    Safe to repeat: the tombstone comes first, so that whatever is stopped half-way makes nothing of the pictures again.

    Args:
        output: the run's output.
        given: what the request names.
        reason: for people; kept in the tombstone.
        lease_s: as in `cluster.lease_s`.

    Raises:
        LeaseError: a driver is at work on shards; nothing but the tombstone and the store has changed.
    """
    found = [row for row in _image_rows(output) if given.covers(row["qid"], row["sha256"], row["title"])]
    digests = given.digests | {row["sha256"] for row in found}
    # The titles too, so that later runs need not fetch a picture to see what it is.
    stone = {
        "digests": sorted(digests), "titles": sorted(given.titles | {row["title"] for row in found}),
        "qids": sorted(given.qids), "reason": reason, "date": datetime.now(UTC).date().isoformat(),
    }  # fmt: skip
    name = hashlib.sha256(canonical({key: stone[key] for key in ("digests", "titles", "qids")})).hexdigest()[:16]
    output.create(f"{FOLDER}/{name}.json", describe(stone))
    num_packs = PictureStore(output).remove(digests)
    num_shards = sum(
        _take_back_shards(output.child(f"assemble/{folder}"), digests, given.qids, lease_s)
        for folder in output.folders("assemble/")
    )
    return Takedown(frozenset(digests), num_packs, num_shards)


def _image_rows(output: Storage) -> Iterator[dict[str, Any]]:
    for folder in output.folders("images/"):
        directory = output.child(f"images/{folder}")
        for info in directory.list("tables/images/"):
            yield from read_table(directory, info.path, ["qid", "sha256", "title"]).to_pylist()


def _take_back_shards(directory: Storage, digests: Collection[str], qids: Collection[int], lease_s: float) -> int:
    """Undo the commits whose shards hold one of the pictures or entities, and delete their files."""
    found = 0
    with hold_lease(directory, lease_s):
        for record in load_commits(directory, list(committed_partitions(directory))):
            # Every picture of a shard has samples, and their index is a hundredth of its size.
            paths = [file.path for file in record.files if file.table == "index"]
            if not any(_holds(directory, path, digests, qids) for path in paths):
                continue
            # The manifest goes first: stopped in the middle, the stage is unfinished, never complete with a hole.
            directory.delete(MANIFEST)
            take_back(directory, record)
            for file in record.files:
                directory.delete(file.path)
            found += 1
        if found:
            # They show pictures, and are made again with the manifest.
            for info in list(directory.list("documents/")):
                directory.delete(info.path)
    return found


def _holds(directory: Storage, path: str, digests: Collection[str], qids: Collection[int]) -> bool:
    table = read_table(directory, path, ["sha256", "qid"])
    with_picture = pc.is_in(table.column("sha256"), value_set=pa.array(sorted(digests), pa.string()))
    with_entity = pc.is_in(table.column("qid"), value_set=pa.array(sorted(qids), pa.int64()))
    return bool(pc.any(pc.or_(with_picture, with_entity)).as_py())
