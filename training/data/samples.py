"""Samples of the shards by position: read through storage by row group, checked, decoded and encoded on demand."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, Generic, Literal, TypeVar

import pyarrow as pa
from PIL import Image

from pipeline.errors import VerificationError
from pipeline.storage import open_storage
from pipeline.tables import Slice, read_slice
from training.data.cache import Cache
from training.data.places import GROUP_ROWS, Places

T = TypeVar("T")
Item = Mapping[str, Any]
OnCorrupt = Literal["stop", "skip"]

# Of an item, what a conversation is made of, and what tells that it is the one that was meant.
ITEM = ("qa_id", "kind", "question", "answer", "choices", "answer_index", "later_turns")
_COLUMNS = ("image", "sha256", *(f"items.list.element.{name}" for name in ITEM))
# What Pillow raises for bytes that are no picture, or a broken one.
_UNDECODABLE = (OSError, SyntaxError, Image.DecompressionBombError)


class CorruptSampleError(VerificationError):
    """A sample cannot be made of what is in storage."""


class Samples(Generic[T]):
    """What a model is given, by position; threads may ask at once.

    Args:
        places: where the samples are.
        encode: makes the sample, or samples, of a picture and some of its items: JPEG bytes, None without a picture,
            and parts of `schema.QA_ITEM`.
        cache_bytes: of row groups in memory. A plan's window of them must fit, or they are read again and again.
        on_corrupt: stop raises `CorruptSampleError`; skip gives None instead, tells once for each file, and keeps
            account.
        tell: takes what there is to tell.
    """

    def __init__(
        self,
        places: Places,
        encode: Callable[[bytes | None, Sequence[Item]], T],
        *,
        cache_bytes: int,
        on_corrupt: OnCorrupt,
        tell: Callable[[str], None],
    ) -> None:
        self._places, self._encode, self._on_corrupt, self._tell = places, encode, on_corrupt, tell
        self._storages = [open_storage(source.directory) for source in places.sources]
        self._groups: Cache[tuple[int, int], _Group | VerificationError] = Cache(self._read, _num_bytes, cache_bytes)
        self._lock = Lock()
        self._told: set[int] = set()
        self._skipped: dict[int, str] = {}

    def __call__(self, positions: Sequence[int]) -> T | None:
        """What `encode` makes of one sample, or of several of one row.

        Args:
            positions: of samples of one row, one at least.

        Raises:
            CorruptSampleError: a file is damaged, or is not what index and sums say; file, row and sample are named.
            StorageError: a file cannot be read, or is not there.
        """
        try:
            return self._made(positions)
        except CorruptSampleError as error:
            if self._on_corrupt == "stop":
                raise
            self._skip(positions, error)
            return None

    @property
    def skipped(self) -> dict[int, str]:
        """qa_id of each sample that was left out, and what is wrong with it."""
        with self._lock:
            return dict(self._skipped)

    def _made(self, positions: Sequence[int]) -> T:
        image, items = self._row(positions)
        try:
            return self._encode(image, items)
        except _UNDECODABLE as error:
            raise self._corrupt(positions[0], f"its picture cannot be decoded ({_words(error)})") from error
        except Exception as error:
            error.add_note(f"while making a sample of {self._name(positions[0])}")
            raise

    def _row(self, positions: Sequence[int]) -> tuple[bytes | None, list[Item]]:
        first = positions[0]
        shard, (group, row) = int(self._places.shard[first]), divmod(int(self._places.row[first]), GROUP_ROWS)
        found = self._groups((shard, group))
        if isinstance(found, VerificationError):
            raise self._corrupt(first, f"its row group cannot be read ({_words(found)})") from found
        if row >= len(found.sha256):
            raise self._corrupt(first, "its file ends before it")
        image = found.image[row].as_py()
        if found.sha256[row].as_py() != ("" if image is None else hashlib.sha256(image).hexdigest()):
            raise self._corrupt(first, "its picture is not the one whose SHA-256 stands beside it")
        return image, [self._item(position, found.items[row]) for position in positions]

    def _item(self, position: int, items: pa.ListScalar) -> Item:
        place, wanted = int(self._places.item[position]), int(self._places.ids[position])
        item: dict[str, Any] = items[place].as_py() if place < len(items) else {}
        if item.get("qa_id") != wanted:
            raise self._corrupt(position, f"item {place} of its row is another ({item.get('qa_id')})")
        return item

    def _read(self, key: tuple[int, int]) -> _Group | VerificationError:
        """A row group; that it is damaged is remembered too, or each of its samples would fetch it again."""
        number, group = key
        shard = self._places.shards[number]
        try:
            table = read_slice(
                self._storages[shard.source],
                Slice(shard.path, group * GROUP_ROWS, (group + 1) * GROUP_ROWS),
                _COLUMNS,
            )
            table.validate(full=True)
        except pa.ArrowException as error:
            return VerificationError(_words(error))
        except VerificationError as error:
            return error
        image, sha256, items = (table[name].combine_chunks() for name in ("image", "sha256", "items"))
        return _Group(image, sha256, items, table.nbytes)

    def _skip(self, positions: Sequence[int], error: CorruptSampleError) -> None:
        with self._lock:
            self._skipped.update((int(self._places.ids[position]), str(error)) for position in positions)
            shard = int(self._places.shard[positions[0]])
            is_new = shard not in self._told
            self._told.add(shard)
        if is_new:
            self._tell(f"{error}; it is left out, and so is whatever else is wrong with this file")

    def _corrupt(self, position: int, what: str) -> CorruptSampleError:
        advice = "`culturalground verify` names all that is damaged; make it again, or train with train.on_corrupt=skip"
        return CorruptSampleError(f"{self._name(position)}: {what}; {advice}")

    def _name(self, position: int) -> str:
        places = self._places
        shard, row = places.shards[places.shard[position]], int(places.row[position])
        file = f"{self._storages[shard.source].uri}/{shard.path}"
        return f"{file}: row {row} (row group {row // GROUP_ROWS}), sample {int(places.ids[position])}"


@dataclass(frozen=True)
class _Group:
    """Columns of a row group of `shards`, and the bytes that they take."""

    image: pa.BinaryArray
    sha256: pa.StringArray
    items: pa.ListArray
    num_bytes: int


def _num_bytes(group: _Group | VerificationError) -> int:
    return 0 if isinstance(group, VerificationError) else group.num_bytes


def _words(error: Exception) -> str:
    return " ".join(str(error).split())
