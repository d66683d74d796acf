"""The columns of places say what the rows of all indexes say, however those are cut and ordered."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import VerificationError
from pipeline.schema import INDEX
from pipeline.storage import open_storage
from pipeline.tables import write_table
from training.data.places import GROUP_ROWS, UNKNOWN, Places, Source, read_places

Row = dict[str, Any]
PARTITIONS = ("b", "a", "c")


def index_row(number: int, shard: str, row: int, item: int, draw: random.Random) -> Row:
    texts, picture = draw.choice([(40, 1272), (7, 0), (None, None)])
    return {
        **dict.fromkeys(("qid", "property", "num_characters"), 0),
        **dict.fromkeys(("country", "domain"), ""),
        "qa_id": number * 7919 - 2**40,
        "shard": shard,
        "row": row,
        "item": item,
        "sha256": draw.choice(["", "ab"]) if texts is None else "ab" * bool(picture),
        "split": draw.choice(["train", "train", "validation"]),
        "kind": draw.choice(["open", "open", "choice"]),
        "language": draw.choice(["sw", "de", "zh"]),
        "num_text_tokens": texts,
        "num_image_tokens": picture,
    }


def made_source(folder: Path, number: int, seed: int) -> tuple[Source, list[Row]]:
    """A source, and the rows of its index: several rows with several items, in files cut and ordered anyhow."""
    draw = random.Random(seed)
    rows = [
        index_row(1000 * number + 10 * place + item, shard, row * 100, item, draw)
        for place, (shard, row) in enumerate((shard, row) for shard in PARTITIONS for row in range(draw.randrange(4)))
        for item in range(draw.randrange(3))
    ]
    mixed = draw.sample(rows, len(rows)) if draw.random() < 0.5 else rows
    cut = draw.randrange(len(mixed) + 1)
    storage = open_storage(str(folder / f"{number}"))
    paths = [
        write_table(storage, "index", f"{at}", pa.Table.from_pylist(part, schema=INDEX)).path
        for at, part in enumerate((mixed[:cut], mixed[cut:]))
    ]
    shards = {name: f"tables/shards/{name}.parquet" for name in PARTITIONS}
    split, kinds = draw.choice(["train", "validation"]), draw.choice([("open", "choice"), ("open",), ("choice",)])
    return Source(storage.uri, shards, paths, f"source {number}", split, kinds), rows


def is_meant(source: Source, row: Row) -> bool:
    return row["split"] == source.split and row["kind"] in source.kinds


def expected(made: Sequence[tuple[Source, list[Row]]]) -> list[tuple[Any, ...]]:
    """The same by the plainest way."""
    found = []
    for source, rows in made:
        chosen = [row for row in rows if is_meant(source, row)]
        for row in sorted(chosen, key=lambda row: (PARTITIONS.index(row["shard"]), row["row"], row["item"])):
            texts, picture = row["num_text_tokens"], row["num_image_tokens"]
            both = UNKNOWN if texts is None else texts + picture
            shown = picture if picture is not None else UNKNOWN if row["sha256"] else 0
            path = source.shard_of_partition[row["shard"]]
            found.append((row["qa_id"], source.name, path, row["row"], row["item"], both, shown, row["language"]))
    return found


def told(places: Places) -> list[tuple[Any, ...]]:
    found = []
    for at in range(len(places)):
        shard = places.shards[places.shard[at]]
        assert shard.source == places.source[at]
        assert places.row_groups[at] == (int(places.shard[at]) << 32) + int(places.row[at]) // GROUP_ROWS
        assert places.rows[at] == (int(places.shard[at]) << 32) + int(places.row[at])
        found.append((
            int(places.ids[at]), places.sources[places.source[at]].name, shard.path, int(places.row[at]),
            int(places.item[at]), int(places.num_tokens[at]), int(places.num_image_tokens[at]),
            places.languages[places.language[at]],
        ))  # fmt: skip
    return found


@settings(max_examples=60)
@given(seeds=st.lists(st.integers(0, 2**32), max_size=3))
def test_as_by_the_plainest_way(seeds: list[int]) -> None:
    with tempfile.TemporaryDirectory() as name:
        made = [made_source(Path(name), number, seed) for number, seed in enumerate(seeds)]
        places = read_places([source for source, _ in made])
        assert told(places) == expected(made)
        assert sorted(set(places.languages)) == list(places.languages)


def test_a_sample_takes_32_bytes(tmp_path: Path) -> None:
    places = read_places([made_source(tmp_path, 0, 5)[0]])
    columns = (
        places.ids, places.shard, places.row, places.item, places.num_tokens, places.num_image_tokens, places.language,
        places.source,
    )  # fmt: skip
    assert len(places) > 0
    assert sum(column.nbytes for column in columns) == 32 * len(places)


def test_a_shard_without_a_record_is_named(tmp_path: Path) -> None:
    source, rows = made_source(tmp_path, 0, 5)
    wanted = next(row["shard"] for row in rows if is_meant(source, row))
    left = {name: path for name, path in source.shard_of_partition.items() if name != wanted}
    with pytest.raises(VerificationError, match=rf"/0/tables/index/.*names shard '{wanted}'"):
        read_places([Source(source.directory, left, source.index_paths, "x", source.split, source.kinds)])
