"""Where the pictures of an import lie: folders, prefixes of buckets, uncompressed tars, listed once.

Memory: a picture's path, 38 bytes and 12 for each of its folders, on the driver and once on every machine that works.
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
# Pictures that fit a name as well as others, of which as many are looked at.
_ALIKE = 100


@dataclass(frozen=True)
class Found:
    """A picture in a place: its path, the object that holds it, and its bytes there (`offset` -1: the whole object)."""

    path: str
    container: int
    offset: int
    size: int


@dataclass(frozen=True)
class Names:
    """Pictures by hashes of names. Arrays alone, so that a machine's workers share them.

    Attributes:
        keys: hashes, sorted, shape (n,).
        numbers: the picture of each, those of one key in their order, shape (n,).
    """

    keys: npt.NDArray[np.uint64]
    numbers: npt.NDArray[np.int32]

    @classmethod
    def of(cls, keys: array[int], numbers: array[int]) -> Self:
        """Sort what was gathered."""
        unsorted = np.frombuffer(keys, np.uint64)
        order = np.argsort(unsorted, kind="stable")
        return cls(unsorted[order], np.frombuffer(numbers, np.int32)[order])

    def find(self, name: str) -> list[int]:
        """Pictures that have the name, or its hash: the first of them."""
        key = np.uint64(_key(name))
        first = int(np.searchsorted(self.keys, key))
        found = self.keys[first : first + _ALIKE] == key
        return [int(number) for number in self.numbers[first : first + _ALIKE][found]]


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
        whole: by whole path.
        ends: by all that a path ends with, whole folders, itself left out.
    """

    containers: tuple[tuple[Storage, str | None], ...]
    paths: npt.NDArray[np.uint8]
    starts: Longs
    container: npt.NDArray[np.int32]
    offset: Longs
    size: Longs
    whole: Names
    ends: Names

    @classmethod
    def of(cls, containers: Sequence[tuple[Storage, str | None]], found: Iterator[Found]) -> Self:
        """Take in a listing; the earlier of two equal pictures is preferred."""
        paths, starts = bytearray(), array("q", [0])
        container, offset, size = array("i"), array("q"), array("q")
        whole, whole_numbers, ends, ends_numbers = array("Q"), array("i"), array("Q"), array("i")
        for number, each in enumerate(found):
            paths += each.path.encode()
            starts.append(len(paths))
            container.append(each.container)
            offset.append(each.offset)
            size.append(each.size)
            longest, *others = _ends(each.path) or [""]
            whole.append(_key(longest))
            whole_numbers.append(number)
            ends.extend(map(_key, others))
            ends_numbers.extend([number] * len(others))
        return cls(
            tuple(containers),
            np.frombuffer(bytes(paths), np.uint8),
            np.frombuffer(starts, np.int64),
            np.frombuffer(container, np.int32),
            np.frombuffer(offset, np.int64),
            np.frombuffer(size, np.int64),
            Names.of(whole, whole_numbers),
            Names.of(ends, ends_numbers),
        )

    def __len__(self) -> int:
        return len(self.size)

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
        """The picture that a row names: one of the two paths ends with the other, whole folders; the longest match.

        Raises:
            Refused: there is none, or there are several of different sizes that fit as well.
        """
        ends = _ends(named)
        found = self._called(ends[0], [*self.whole.find(ends[0]), *self.ends.find(ends[0])]) if ends else []
        for end in ends[1:]:
            found = found or self._called(end, self.whole.find(end))
        if not found:
            raise Refused("picture_not_found", f"{named} is in none of the places of pictures")
        if len({int(self.size[number]) for number in found}) > 1:
            paths = ", ".join(self.path(number) for number in found[:3])
            raise Refused("picture_ambiguous", f"{named} may be any of {paths}")
        return found[0]

    def _called(self, end: str, numbers: Sequence[int]) -> list[int]:
        """Those whose path does end so; a hash alone may be another's."""
        return [number for number in numbers if end in _ends(self.path(number))]


def _ends(path: str) -> list[str]:
    """All that a path ends with, whole folders: itself first, its name last."""
    parts = [part for part in unicodedata.normalize("NFC", path).split("/") if part not in ("", ".")]
    return ["/".join(parts[first:]) for first in range(len(parts))]


def _key(name: str) -> int:
    return int(xxhash.xxh3_64_intdigest(name.encode()))
