"""Lists the places of pictures, tars by their members; a tar that was listed once for a target is not read again."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.parquet as pq
import xxhash

from pipeline.errors import InputError
from pipeline.fingerprint import fingerprint
from pipeline.imports.pictures import Found, Pictures
from pipeline.imports.tar_members import members
from pipeline.storage import ObjectInfo, Storage, open_object, open_storage

FOLDER = "listed"
_THREADS = 16
_COMPRESSED = (".zip", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".7z", ".rar")
_MEMBERS = pa.schema([("path", pa.string()), ("offset", pa.int64()), ("size", pa.int64())])


@dataclass
class Listing:
    """Pictures of all places, and what tells these places from others.

    Attributes:
        pictures: all of them.
        tag: changes when a picture comes, goes or has another size, a local file another date, an object other bytes.
    """

    pictures: Pictures
    tag: str


@dataclass
class _Lister:
    target: Storage
    containers: list[tuple[Storage, str | None]] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)

    def found(self, uris: Sequence[str]) -> Iterator[Found]:
        for uri in uris:
            if uri.lower().endswith(_COMPRESSED):
                raise InputError(f"--pictures {uri}: is compressed; unpack it, and name the folder or the plain tar")
            if uri.endswith(".tar"):
                storage, path = open_object(uri)
                info = storage.stat(path)
                if info is None:
                    raise InputError(f"--pictures {uri}: there is no such file")
                yield from self._tars(storage, [info], below=False)
            else:
                yield from self._folder(uri)

    def _folder(self, uri: str) -> Iterator[Found]:
        storage = open_storage(uri)
        number, num, packed = len(self.containers), 0, 0
        self.containers.append((storage, None))
        digest, tars = xxhash.xxh3_128(), []
        for info in storage.list():
            num += 1
            if info.path.endswith(".tar"):
                tars.append(info)
                continue
            packed += info.path.lower().endswith(_COMPRESSED)
            digest.update(f"{info.path}|{info.size}|{info.etag}\n".encode())
            yield Found(info.path, number, -1, info.size)
        if num == 0:
            raise InputError(f"--pictures {uri}: there is nothing; name a folder, an s3:// prefix or a .tar")
        if packed:
            logging.getLogger(__name__).warning("--pictures %s: %d compressed files are not looked into", uri, packed)
        self.tags.append(digest.hexdigest())
        yield from self._tars(storage, tars, below=True)

    def _tars(self, storage: Storage, tars: Sequence[ObjectInfo], *, below: bool) -> Iterator[Found]:
        """Members of tars; those of a tar below a folder are called as if it were unpacked where it lies."""
        with ThreadPoolExecutor(_THREADS) as pool:
            for info, (tag, table) in zip(tars, pool.map(lambda info: self._listed(storage, info), tars), strict=True):
                number = len(self.containers)
                self.containers.append((storage, info.path))
                self.tags.append(tag)
                folder = info.path.rpartition("/")[0] + "/" if below and "/" in info.path else ""
                for batch in table.to_batches(max_chunksize=1 << 14):
                    for path, offset, size in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                        yield Found(f"{folder}{path}", number, offset, size)

    def _listed(self, storage: Storage, info: ObjectInfo) -> tuple[str, pa.Table]:
        """What tells this tar from others, and its members, out of the target where they were left there before."""
        tag = fingerprint([storage.uri, info.path, info.size, info.etag])
        kept = f"{FOLDER}/{tag}.parquet"
        if self.target.stat(kept) is not None:
            return tag, pq.read_table(io.BytesIO(self.target.read(kept)))
        parts: list[pa.Table] = [_MEMBERS.empty_table()]
        rows: list[tuple[str, int, int]] = []
        for member in members(storage, info.path, info.size):
            rows.append(member)
            if len(rows) == 1 << 14:
                parts.append(_table(rows))
                rows = []
        table = pa.concat_tables([*parts, _table(rows)])
        buffer = io.BytesIO()
        pq.write_table(table, buffer, compression="zstd")
        self.target.write(kept, buffer.getvalue())
        return tag, table


def list_pictures(uris: Sequence[str], target: Storage) -> Listing:
    """List all places.

    Args:
        uris: folders, s3:// prefixes, tars; tars in a folder are looked into.
        target: where lists of tars are kept.

    Raises:
        InputError: a place is not there, is empty, or is compressed.
    """
    lister = _Lister(target)
    found = lister.found(uris)
    # Containers are known when the last is listed.
    pictures = Pictures.of(lister.containers, found)
    return Listing(pictures, fingerprint(lister.tags))


def _table(rows: Sequence[tuple[str, int, int]]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [(), (), ()]
    return pa.table([pa.array(column, of.type) for column, of in zip(columns, _MEMBERS, strict=True)], schema=_MEMBERS)
