"""The content-addressed store of pictures: packs in object storage, any picture by the SHA-256 of its bytes.

Writers need not know of each other: a pack is created under the digest of its bytes, and two that hold the same picture
do no harm. Small packs are merged into large ones by writing the large one first and deleting the small ones after; who
still looks for a picture in a pack that is gone looks at the list of packs again.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pipeline.errors import StorageError, VerificationError
from pipeline.picture_index import PictureIndex, Place
from pipeline.picture_pack import (
    ENTRY,
    NO_PICTURE,
    TRAILER_BYTES,
    Index,
    Picture,
    check,
    num_entries,
    pack,
    pack_name,
    read_index,
    unpack,
)
from pipeline.storage import Storage

FOLDER = "pictures"
# Packs are merged up to about this size; a picture takes some 30 kB.
PACK_BYTES = 256 << 20
_TAIL_BYTES = 32 << 10
_THREADS = 16


class PictureLostError(StorageError, VerificationError):
    """Storage answers, and this one picture is not there, or not as it was."""


class PictureStore:
    """The pictures below a run's output. Small when pickled; what it knows of packs it reads when first asked.

    Memory: 80 bytes a picture.

    Args:
        output: the run's output.
    """

    def __init__(self, output: Storage) -> None:
        self._output = output
        self._index = PictureIndex()
        self._is_read = False

    def __getstate__(self) -> dict[str, Any]:
        return {"_output": self._output, "_index": PictureIndex(), "_is_read": False}

    def add(self, pictures: Iterable[Picture]) -> str | None:
        """Store pictures as one pack; the pack's name, None if there are none."""
        given = list(pictures)
        if not given:
            return None
        data = pack(given)
        name = pack_name(data)
        self._output.create(pack_path(name), data)
        self._index.add({name: read_index(data, num_entries(data, name))})
        return name

    def load(self, sha256: str) -> bytes:
        """A picture's bytes.

        Raises:
            PictureLostError: there is no such picture, or its bytes are not those that its name promises.
            StorageError: storage refuses.
        """
        place = self.find(sha256)
        try:
            data = self._output.read(pack_path(place.pack), place.offset, place.size)
        except StorageError:
            # Merged into another pack since the list was read.
            self.refresh()
            place = self.find(sha256)
            data = self._output.read(pack_path(place.pack), place.offset, place.size)
        try:
            check(data, sha256, f"{self._output.uri}/{pack_path(place.pack)}")
        except VerificationError as error:
            raise PictureLostError(str(error)) from error
        return data

    def load_all(self, digests: Collection[str]) -> dict[str, bytes]:
        """The bytes of pictures by digest, many asked for at once.

        Raises:
            StorageError: one of them is not there.
            VerificationError: the bytes of one are not those that its name promises.
        """
        places = {sha256: self.find(sha256) for sha256 in digests}
        with ThreadPoolExecutor(_THREADS) as threads:
            read = threads.map(
                lambda each: self._read_part(pack_path(each.pack), each.offset, each.size), places.values()
            )
            found = dict(zip(places, read, strict=True))
        for sha256, data in found.items():
            if data is None:
                # Merged into another pack since the list was read.
                found[sha256] = self.load(sha256)
            else:
                check(data, sha256, f"{self._output.uri}/{pack_path(places[sha256].pack)}")
        return {sha256: data for sha256, data in found.items() if data is not None}

    def find(self, sha256: str) -> Place:
        """Where a picture lies.

        Raises:
            PictureLostError: nowhere.
        """
        place = self._index.by_sha256(bytes.fromhex(sha256))
        if place is None:
            self.refresh()
            place = self._index.by_sha256(bytes.fromhex(sha256))
        if place is None:
            raise PictureLostError(f"{self._output.uri}/{FOLDER}: there is no picture {sha256} in any pack")
        return place

    def known(self, sources: Collection[bytes]) -> dict[bytes, tuple[str, Mapping[str, Any]]]:
        """Of these sources, those that a picture was made from before: its digest and its facts.

        Packs that others add after the first call are not seen: a picture is fetched twice then, and does no harm.
        """
        if not self._is_read:
            self.refresh()
        found, moved = self._facts(sources)
        if moved:
            self.refresh()
            found |= self._facts(moved)[0]
        return found

    def _facts(self, sources: Collection[bytes]) -> tuple[dict[bytes, tuple[str, Mapping[str, Any]]], list[bytes]]:
        """What is known of sources, and those whose pack is gone: merged into another since the list was read."""
        places = {source: found for source in sources if (found := self._index.by_source(source)) is not None}

        def facts(place: Place) -> Mapping[str, Any] | None:
            data = self._read_part(pack_path(place.pack), place.offset + place.size, place.facts_size)
            return None if data is None else json.loads(data)

        with ThreadPoolExecutor(_THREADS) as threads:
            read = list(threads.map(facts, (place for _, place in places.values())))
        known = zip(places.items(), read, strict=True)
        there = {source: (sha256, each) for (source, (sha256, _)), each in known if each is not None}
        return there, [source for source in places if source not in there]

    def refresh(self) -> None:
        """Read the list of packs, and the indexes of those that are new."""
        # What is gone since it was listed is in a pack that is listed now.
        gone = True
        while gone:
            sizes = {_name_of(info.path): info.size for info in self._output.list(f"{FOLDER}/")}
            self._index.keep(sizes.keys())
            missing = [name for name in sizes if name not in self._index.names]
            with ThreadPoolExecutor(_THREADS) as threads:
                read = threads.map(self._read_index, missing, [sizes[name] for name in missing])
                found = {name: index for name, index in zip(missing, read, strict=True) if index is not None}
            self._index.add(found)
            gone = len(found) < len(missing)
        self._is_read = True

    def gather(self, sources: Collection[bytes]) -> None:
        """Make one pack of the packs that hold nothing but pictures made from these sources.

        Those whose sources are all in one larger pack too, since an earlier call was stopped half-way, are deleted.
        """
        wanted = set(sources)
        holding = {source: self._index.packs_of(source) for source in wanted}
        of = {name: self._index.sources(name) for name in set().union(*holding.values())}
        own = {name for name in of if of[name] <= wanted}
        # Strictly larger, or two who tidy up at once could each rely on what the other deletes.
        spare = {name for name in own if any(of[name] < of[other] for other in of.keys() - own)}
        self._delete(spare)
        if len(own - spare) > 1:
            self.merge(own - spare)

    def merge(self, names: Collection[str]) -> str | None:
        """Make one pack of several and delete those; the new one's name. Nothing is lost if it is stopped half-way."""
        with ThreadPoolExecutor(_THREADS) as threads:
            pictures = [each for found in threads.map(self._read, sorted(names)) for each in found]
        merged = self.add(pictures)
        self._delete(set(names) - {merged})
        return merged

    def _delete(self, names: Collection[str | None]) -> None:
        for name in names:
            if name is not None:
                self._output.delete(pack_path(name))
        self._index.keep(self._index.names - set(names))

    def compact(self, pack_bytes: int = PACK_BYTES) -> tuple[int, int]:
        """Merge packs smaller than half of `pack_bytes` into ones of about that size; how many there were and are."""
        self.refresh()
        sizes = {_name_of(info.path): info.size for info in self._output.list(f"{FOLDER}/")}
        small = sorted(name for name, size in sizes.items() if size < pack_bytes // 2)
        num_packs = len(sizes)
        for group in _groups(small, sizes, pack_bytes):
            if len(group) > 1:
                self.merge(group)
                num_packs -= len(group) - 1
        return len(sizes), num_packs

    def remove(self, digests: Collection[str]) -> int:
        """Take pictures out: packs that hold one are written again without it, or deleted. How many packs changed."""
        self.refresh()
        wanted = {bytes.fromhex(digest) for digest in digests}
        holding = [name for name in sorted(self._index.names) if wanted & self._index.digests(name)]
        for name in holding:
            kept = [picture for picture in self._read(name) if picture.sha256 not in set(digests)]
            self.add(kept)
            self._delete([name])
        return len(holding)

    def problems(self, digests: Collection[str]) -> list[str]:
        """What is wrong with packs, all read whole, or if nothing is, which of these pictures are in none."""
        with ThreadPoolExecutor(_THREADS // 4) as threads:
            looked_at = list(threads.map(self._check_pack, self.names()))
        damaged = [problem for _, problem in looked_at if problem]
        if damaged:
            return damaged
        there = {digest for found, _ in looked_at for digest in found}
        return [f"{self._output.uri}/{FOLDER}: there is no picture {sha}" for sha in sorted(set(digests) - there)]

    def _check_pack(self, name: str) -> tuple[set[str], str | None]:
        shown = f"{self._output.uri}/{pack_path(name)}"
        try:
            data = self._output.read(pack_path(name))
            if pack_name(data) != name:
                return set(), f"{shown}: its bytes do not match its name"
            return {picture.sha256 for picture in unpack(data, shown)}, None
        except (StorageError, VerificationError) as error:
            return set(), str(error)

    def names(self) -> Sequence[str]:
        """The packs that there are, sorted."""
        return sorted(_name_of(info.path) for info in self._output.list(f"{FOLDER}/"))

    def digests(self) -> frozenset[str]:
        """All pictures that there are, by hex digest."""
        self.refresh()
        found = (self._index.digests(name) for name in self._index.names)
        return frozenset(digest.hex() for digests in found for digest in digests) - {NO_PICTURE}

    def _read(self, name: str) -> Sequence[Picture]:
        data = self._read_part(pack_path(name), 0, None)
        return [] if data is None else unpack(data, f"{self._output.uri}/{pack_path(name)}")

    def _read_index(self, name: str, size: int) -> Index | None:
        path, shown = pack_path(name), f"{self._output.uri}/{pack_path(name)}"
        tail = self._read_part(path, max(0, size - _TAIL_BYTES), _TAIL_BYTES)
        if tail is None:
            return None
        number = num_entries(tail, shown)
        needed = number * ENTRY.itemsize + TRAILER_BYTES
        if needed > len(tail):
            tail = self._read_part(path, size - needed, needed)
        return None if tail is None else read_index(tail, number)

    def _read_part(self, path: str, start: int, length: int | None) -> bytes | None:
        """Bytes of a pack; None where it is gone, since somebody merged it."""
        try:
            return self._output.read(path, start, length)
        except StorageError:
            if self._output.stat(path) is None:
                return None
            raise


def pack_path(name: str) -> str:
    """Where a pack lies below the run's output."""
    return f"{FOLDER}/{name[:2]}/{name}.pack"


def _name_of(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(".pack")


def _groups(names: Sequence[str], sizes: Mapping[str, int], most: int) -> Iterator[list[str]]:
    group: list[str] = []
    size = 0
    for name in names:
        if group and size + sizes[name] > most:
            yield group
            group, size = [], 0
        group.append(name)
        size += sizes[name]
    if group:
        yield group
