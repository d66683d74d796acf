"""Samples are those of the shards, read by row group; what is damaged is named, or left out and counted."""

from __future__ import annotations

import hashlib
import io
import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from pipeline.dataset.shards import index_rows
from pipeline.errors import StorageError
from pipeline.schema import INDEX, SHARDS
from pipeline.storage import open_storage
from pipeline.tables import write_table
from tests.kit.assembled import row
from training.data import samples as module
from training.data.places import Places, Source, read_places
from training.data.samples import CorruptSampleError, Item, OnCorrupt, Samples

Row = dict[str, Any]
Made = tuple[bytes | None, Sequence[Item]]
NUM_ROWS = 300


def decoded(image: bytes | None, items: Sequence[Item]) -> Made:
    """What stands for encoding: the picture is decoded, and all is given back."""
    if image is not None:
        with Image.open(io.BytesIO(image)) as opened:
            opened.load()
    return image, items


def text_row(qid: int) -> Row:
    return {**row(qid, "train"), "image": None, "sha256": "", "width": 0, "height": 0}


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    """Three row groups, with some rows without a picture."""
    return [text_row(qid) if qid % 50 == 7 else row(qid, "train", num_items=qid % 4 + 1) for qid in range(1, NUM_ROWS)]


def stored(folder: Path, rows: Sequence[Row], shard: str = "000000") -> Source:
    """A source with one shard and its index."""
    storage = open_storage(str(folder))
    index = [entry for number, each in enumerate(rows) for entry in index_rows(each, shard, number)]
    path = write_table(storage, "shards", shard, pa.Table.from_pylist(list(rows), schema=SHARDS)).path
    places = write_table(storage, "index", shard, pa.Table.from_pylist(index, schema=INDEX)).path
    return Source(storage.uri, {shard: path}, [places], "made", "train")


@pytest.fixture(scope="module")
def source(rows: list[Row], tmp_path_factory: pytest.TempPathFactory) -> Source:
    return stored(tmp_path_factory.mktemp("whole"), rows)


def opened(
    places: Places, on_corrupt: OnCorrupt = "stop", cache_bytes: int = 1 << 30
) -> tuple[Samples[Made], list[str]]:
    told: list[str] = []
    return Samples(places, decoded, cache_bytes=cache_bytes, on_corrupt=on_corrupt, tell=told.append), told


def damaged(source: Source, folder: Path, data: bytes) -> Places:
    """The same places over a shard of other bytes."""
    [(shard, path)] = source.shard_of_partition.items()
    open_storage(str(folder)).write(path, data)
    for index in source.index_paths:
        open_storage(str(folder)).write(index, (Path(source.directory) / index).read_bytes())
    return read_places([Source(str(folder), {shard: path}, source.index_paths, "made", "train")])


def shard_file(source: Source) -> Path:
    return Path(source.directory) / next(iter(source.shard_of_partition.values()))


def is_of(made: Made, rows: Sequence[Row], places: Places, position: int) -> bool:
    whole = rows[places.row[position]]
    item = whole["items"][places.item[position]]
    image, [found] = made
    return image == whole["image"] and all(found[name] == item.get(name) for name in module.ITEM)


def test_threads_find_what_the_rows_say(rows: list[Row], source: Source, tmp_path: Path) -> None:
    other = [row(qid, "train") for qid in range(2000, 2100)]
    places = read_places([source, stored(tmp_path, other, "train-7")])
    load, _ = opened(places)
    order = random.Random(1).sample(range(len(places)), len(places))
    with ThreadPoolExecutor(4) as pool:
        made = pool.map(lambda position: load([position]), order)
        for position, found in zip(order, made, strict=True):
            assert found is not None
            assert is_of(found, other if places.source[position] else rows, places, position)


def test_items_of_a_row_come_with_one_picture(rows: list[Row], source: Source) -> None:
    places = read_places([source])
    positions = [at for at in range(len(places)) if places.row[at] == 2]
    found = opened(places)[0](positions[::-1])
    assert found is not None
    assert [item["qa_id"] for item in found[1]] == [item["qa_id"] for item in rows[2]["items"]][::-1]
    assert len(positions) == 4


def test_row_groups_are_read_once_while_they_are_held(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    places, slices = read_places([source]), []
    read = module.read_slice
    monkeypatch.setattr(module, "read_slice", lambda *given: slices.append(given[1].start) or read(*given))
    load, _ = opened(places)
    for _ in range(2):
        for position in range(0, len(places), 20):
            load([position])
    assert slices == [0, 128, 256]
    load, _ = opened(places, cache_bytes=0)
    for position in (0, 1, -1, 0):
        load([position % len(places)])
    assert slices[3:] == [0, 256, 0]


@pytest.mark.parametrize("seed", range(20))
def test_damage_anywhere_never_gives_another_picture(
    rows: list[Row], source: Source, tmp_path: Path, seed: int
) -> None:
    draw, whole = random.Random(seed), bytearray(shard_file(source).read_bytes())
    footer = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
    for _ in range(1 + seed % 4):
        whole[draw.randrange(4, footer)] ^= draw.randrange(1, 256)
    places = damaged(source, tmp_path, bytes(whole))
    load, told = opened(places, "skip")
    for position in range(0, len(places), 7):
        found = load([position])
        ids = int(places.ids[position])
        assert (found is None) == (ids in load.skipped)
        if found is not None:
            assert found[0] == rows[places.row[position]]["image"]
            assert found[1][0]["qa_id"] == ids
    assert len(told) == bool(load.skipped)


def with_changed(source: Source, **columns: Any) -> bytes:
    """The shard again with other values in row 5."""
    table = pq.read_table(shard_file(source)).to_pylist()
    table[5].update(columns)
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(table, schema=SHARDS), buffer, row_group_size=128)
    return buffer.getvalue()


BROKEN = b"\xff\xd8 no picture"


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("picture", r"its picture is not the one whose SHA-256"),
        ("undecodable", r"its picture cannot be decoded \(cannot identify image"),
        ("items", r"item 0 of its row is another \(None\)"),
        ("truncated", r"its row group cannot be read \(.*is damaged"),
        ("rows", r"its file ends before it"),
    ],
)
def test_what_is_wrong_is_named_or_left_out(source: Source, tmp_path: Path, case: str, said: str) -> None:
    data = {
        "picture": lambda: with_changed(source, image=row(99, "train")["image"]),
        "undecodable": lambda: with_changed(source, image=BROKEN, sha256=hashlib.sha256(BROKEN).hexdigest()),
        "items": lambda: with_changed(source, items=[]),
        "truncated": lambda: shard_file(source).read_bytes()[:-3000],
        "rows": lambda: shard_file(stored(tmp_path / "short", [row(1, "train")])).read_bytes(),
    }[case]()
    places = damaged(source, tmp_path / "damaged", data)
    position = places.row.tolist().index(5)
    load, _ = opened(places)
    name = (
        rf"/000000-\w+\.parquet: row 5 \(row group 0\), sample {places.ids[position]}: {said}.*train\.on_corrupt=skip"
    )
    with pytest.raises(CorruptSampleError, match=name):
        load([position])
    load, told = opened(places, "skip")
    assert [load([position]), load([position])] == [None, None]
    assert list(load.skipped) == [places.ids[position]]
    assert len(told) == 1
    assert "it is left out" in told[0]


def test_a_shard_that_is_not_there_is_no_corrupt_one(source: Source, tmp_path: Path) -> None:
    places = damaged(source, tmp_path, b"")
    (tmp_path / places.shards[0].path).unlink()
    with pytest.raises(StorageError, match="is missing"):
        opened(places, "skip")[0]([0])


def test_an_error_of_the_encoder_says_where(source: Source) -> None:
    def encode(image: bytes | None, items: Sequence[Item]) -> None:
        raise ValueError("no such turn")

    load = Samples(read_places([source]), encode, cache_bytes=0, on_corrupt="skip", tell=print)
    with pytest.raises(ValueError, match="no such turn") as caught:
        load([0])
    assert "while making a sample of" in caught.value.__notes__[0]
