"""Reads manifests and commit records for whoever looks again and again: what has not changed is not read again."""

from __future__ import annotations

from pipeline.commit import COMMITS, MANIFEST, TAKEN_BACK, CommitRecord, Manifest, load_manifest, load_records
from pipeline.storage import Storage


class CommitReader:
    """Keeps what it has read in memory, a few kB for each partition."""

    def __init__(self) -> None:
        self._manifests: dict[str, tuple[str, Manifest | None]] = {}
        self._records: dict[str, dict[str, tuple[str, CommitRecord]]] = {}

    def manifest(self, directory: Storage) -> Manifest | None:
        """As `load_manifest`."""
        info = directory.stat(MANIFEST)
        if info is None:
            return None
        kept = self._manifests.get(directory.uri)
        if kept is None or kept[0] != info.etag:
            kept = self._manifests[directory.uri] = (info.etag, load_manifest(directory))
        return kept[1]

    def commits(self, directory: Storage) -> tuple[CommitRecord, ...]:
        """The records of all committed partitions, in order of their ids; those of a manifest, where there is one."""
        manifest = self.manifest(directory)
        return self._below(directory, COMMITS) if manifest is None else manifest.commits

    def taken_back(self, directory: Storage) -> tuple[CommitRecord, ...]:
        """Records of commits that were undone."""
        return self._below(directory, TAKEN_BACK)

    def _below(self, directory: Storage, prefix: str) -> tuple[CommitRecord, ...]:
        place = f"{directory.uri}/{prefix}"
        kept, tags = self._records.get(place, {}), {info.path: info.etag for info in directory.list(prefix)}
        fresh = [path for path, tag in tags.items() if path not in kept or kept[path][0] != tag]
        read = dict(zip(fresh, load_records(directory, fresh), strict=True))
        found = {path: (tag, read[path] if path in read else kept[path][1]) for path, tag in tags.items()}
        self._records[place] = found
        return tuple(record for _, record in found.values())
