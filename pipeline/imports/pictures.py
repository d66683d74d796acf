"""Where the pictures of an import lie: folders, prefixes of buckets, uncompressed tars, listed once.

Memory: 34 bytes a picture and its path, on the driver and once on every machine that works.
"""

from __future__ import annotations

import unicodedata
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import xxhash

from pipeline.imports.conversation import Refused
from pipeline.storage import Storage

Longs = npt.NDArray[np.int64]
_WHOLE = -1


@dataclass(frozen=True)
class Found:
    """A picture in a place: its path, the object that holds it, and its bytes there (`offset` -1: the whole object)."""

    path: str
    container: int
    offset: int
    size: int


@dataclass(frozen=True)
class Pictures:
    """All pictures of all places, by number.

    Attributes:
        containers: storage and, of a tar, its path there; a folder's pictures are objects of their own.
        paths: all paths one after another, UTF-8.
        starts: where each begins, and where the last ends, shape (n + 1,).
        container: number of the container, shape (n,).
        offset: first byte in a tar, -1 for an object of its own, shape (n,).
        size: bytes, shape (n,).
        keys: hashes of the names without folders, sorted, shape (n,).
        order: the picture behind each key, those of one key by number, shape (n,).
    """

    containers: tuple[tuple[Storage, str | None], ...]
    paths: npt.NDArray[np.uint8]
    starts: Longs
    container: npt.NDArray[np.int16]
    offset: Longs
    size: Longs
    keys: npt.NDArray[np.uint64]
    order: npt.NDArray[np.int32]

    @classmethod
    def of(cls, containers: Sequence[tuple[Storage, str | None]], found: Iterator[Found]) -> Self:
        """Take in a listing; the earlier of two equal pictures is preferred."""
        paths, starts = bytearray(), array("q", [0])
        container, offset, size, keys = array("h"), array("q"), array("q"), array("Q")
        for each in found:
            paths += each.path.encode()
            starts.append(len(paths))
            container.append(each.container)
            offset.append(each.offset)
            size.append(each.size)
            keys.append(int(_key(each.path)))
        unsorted = np.frombuffer(keys, np.uint64)
        order = np.argsort(unsorted, kind="stable").astype(np.int32)
        return cls(
            tuple(containers),
            np.frombuffer(bytes(paths), np.uint8),
            np.frombuffer(starts, np.int64),
            np.frombuffer(container, np.int16),
            np.frombuffer(offset, np.int64),
            np.frombuffer(size, np.int64),
            unsorted[order],
            order,
        )

    def __len__(self) -> int:
        return len(self.order)

    def path(self, number: int) -> str:
        """As it was listed."""
        return self.paths[self.starts[number] : self.starts[number + 1]].tobytes().decode()

    def read(self, number: int) -> bytes:
        """The bytes of a picture."""
        storage, tar = self.containers[int(self.container[number])]
        if tar is None:
            return storage.read(self.path(number))
        return storage.read(tar, int(self.offset[number]), int(self.size[number]))

    def find(self, named: str) -> int:
        """The picture that a row names: the one of the two paths ends with the other, whole folders; the longest match.

        Raises:
            Refused: there is none, or there are several of different sizes that fit as well.
        """
        parts = _parts(named)
        first, last = np.searchsorted(self.keys, [_key(named), _key(named) + np.uint64(1)])
        best = 0
        found: list[int] = []
        for number in self.order[first:last].tolist():
            there = _parts(self.path(number))
            shared = min(len(parts), len(there))
            if parts[-shared:] != there[-shared:] or shared < best:
                continue
            if shared > best:
                best, found = shared, []
            found.append(number)
        if not found:
            raise Refused("picture_not_found", f"{named} is in none of the places of pictures")
        if len({int(self.size[number]) for number in found}) > 1:
            paths = ", ".join(self.path(number) for number in found[:3])
            raise Refused("picture_ambiguous", f"{named} may be any of {paths}")
        return int(found[0])


def _parts(path: str) -> list[str]:
    return [part for part in unicodedata.normalize("NFC", path).split("/") if part not in ("", ".")]


def _key(path: str) -> np.uint64:
    name = unicodedata.normalize("NFC", path.rpartition("/")[2])
    # Not the largest, so that one more is still a number.
    return np.uint64(xxhash.xxh3_64_intdigest(name.encode()) >> 1)
