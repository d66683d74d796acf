"""Opens a dump file: its size, and a function that reads its bytes, ahead of what is asked where that saves waiting."""

from __future__ import annotations

from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from pipeline.errors import InputError, StorageError
from pipeline.storage import open_object
from pipeline.wikidata.dump.ranges import Read

# Two blocks are on their way while a third is decompressed: 24 MB, and a second of latency hidden at 16 MB/s.
_BLOCK = 8 << 20
_AHEAD = 2


@dataclass(frozen=True)
class Source:
    """A file that is there and not empty. `tag` changes when its bytes do, where the place that has it tells one."""

    uri: str
    size: int
    tag: str
    read: Read


def open_source(uri: str) -> Source:
    """Find the file.

    Raises:
        InputError: it is missing or empty, or its place cannot be reached.
    """
    try:
        storage, path = open_object(uri)
        info = storage.stat(path)
    except StorageError as error:
        raise InputError(f"extract.dump: {error}") from error
    if info is None:
        raise InputError(f"{uri}: there is no such file; extract.dump must name a Wikidata JSON dump")
    if info.size == 0:
        raise InputError(f"{uri}: is empty; download the dump again")
    read: Read = partial(storage.read, path)
    return Source(uri, info.size, info.etag, read if is_local(uri) else ReadAhead(read, info.size))


def is_local(uri: str) -> bool:
    """Whether the file lies on a disk of this machine."""
    return "://" not in uri or uri.startswith("file://")


class ReadAhead:
    """Reads a remote file in large blocks, the next ones in the background, as long as reading goes forward.

    Args:
        read: of the file.
        size: of the file, in bytes.
        ahead: how many blocks are on their way while one is used.
    """

    def __init__(self, read: Read, size: int, ahead: int = _AHEAD) -> None:
        self._read, self._size, self._ahead = read, size, ahead
        self._threads = ThreadPoolExecutor(max(ahead, 1), thread_name_prefix="read-ahead")
        self._blocks: OrderedDict[int, Future[bytes]] = OrderedDict()

    def __call__(self, start: int, length: int) -> bytes:
        end = min(start + length, self._size)
        found = []
        while start < end:
            number, offset = divmod(start, _BLOCK)
            data = self._block(number)[offset : offset + end - start]
            if not data:
                break
            found.append(data)
            start += len(data)
        return b"".join(found)

    def _block(self, number: int) -> bytes:
        for each in range(number, number + 1 + self._ahead):
            if each not in self._blocks and each * _BLOCK < self._size:
                self._blocks[each] = self._threads.submit(self._read, each * _BLOCK, _BLOCK)
        for each in [each for each in self._blocks if not number - 1 <= each <= number + self._ahead]:
            del self._blocks[each]
        return self._blocks[number].result()
