"""The way of an item through the tables that hold items: which have it, how it was arranged, why it went no further."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow.compute as pc

from jobs.run_config import RunConfig
from pipeline.dataset.split import position_of
from pipeline.schema import TABLES
from pipeline.stage import Stage, StageOutput
from pipeline.storage import Storage
from pipeline.tables import Slice, read_groups, read_slice, read_table
from pipeline.takedown import Tombstones
from pipeline.verify.splits import graph_of, steps_between

Row = dict[str, Any]
Outputs = Mapping[str, StageOutput]
# Of a group of entities, those that are shown.
_SHOWN = 10


@dataclass(frozen=True)
class Stop:
    """An item in a table.

    Attributes:
        stage: whose table it is.
        partition: of the stage.
        uri: of the file.
        number: of the row in the file.
        position: of the item in the row.
        row: without the picture.
        item: of that row.
    """

    stage: str
    partition: str
    uri: str
    number: int
    position: int
    row: Row
    item: Row


def way_of(outputs: Outputs, qa_id: int) -> list[Stop]:
    """The item in every table that holds items, in the order of the stages; the way ends where one lacks it."""
    found: list[Stop] = []
    for stage, output in outputs.items():
        table = next((name for name in _tables(output) if "items" in TABLES[name].names), None)
        if table is None:
            continue
        stop = _stop(stage, output, table, qa_id, found[0].row["qid"] if found else None)
        if stop is None:
            break
        found.append(stop)
    return found


def _tables(output: StageOutput) -> list[str]:
    return sorted({file.table for commit in output.manifest.commits for file in commit.files})


def _stop(stage: str, output: StageOutput, table: str, qa_id: int, qid: int | None) -> Stop | None:
    columns = [name for name in TABLES[table].names if name != "image"]
    for commit in output.manifest.commits:
        for file in commit.files:
            if file.table != table:
                continue
            number = 0
            # Only ids are read where it is not known yet which entity has it.
            for group in read_groups(output.directory, file.path, ["qid", "items.list.element.qa_id"]):
                for at in _rows_with(group, qa_id, qid):
                    place = Slice(file.path, number + at, number + at + 1)
                    [row] = read_slice(output.directory, place, columns).to_pylist()
                    position = next(item for item, each in enumerate(row["items"]) if each["qa_id"] == qa_id)
                    uri = f"{output.directory.uri}/{file.path}"
                    return Stop(stage, commit.partition, uri, number + at, position, row, row["items"][position])
                number += group.num_rows
    return None


def _rows_with(group: Any, qa_id: int, qid: int | None) -> list[int]:
    if qid is not None and not pc.any(pc.equal(group.column("qid"), qid)).as_py():
        return []
    lists = group.column("items").combine_chunks()
    ids = pc.struct_field(pc.list_flatten(lists), "qa_id").to_numpy()
    parents = pc.list_parent_indices(lists).to_numpy()
    return [int(row) for row in parents[np.flatnonzero(ids == qa_id)]]


def arranged(config: RunConfig, outputs: Outputs, way: list[Stop]) -> Iterator[str]:
    """Group, split and place of an item that was arranged, each with its reason."""
    stop = next((stop for stop in way if stop.stage == "arrange"), None)
    if stop is None:
        return
    qid, group, split = stop.row["qid"], stop.row["group"], stop.row["split"]
    yield f"group       {_group(outputs, group, qid)}"
    test, validation = config.assemble.test, config.assemble.validation
    bounds = f"test below {test:g}, validation below {test + validation:g}, train above"
    yield f"split       {split}: the hash of group Q{group} is {position_of(group):.4f}; {bounds}"
    seed = config.assemble.seed
    place = f"{stop.row['place']:,}, the hash of its picture with seed {seed}"
    yield f"place       {place}; row {stop.number:,} of {stop.uri}"
    yield f"filters     none left it out: {_filters(config)}"


def _filters(config: RunConfig) -> str:
    lists = [f"protected {uri}" for uri in config.assemble.protected]
    alike = [] if config.assemble.alike is None else ["alike"]
    return ", ".join([*lists, f"keep {config.assemble.keep}", *alike])


def _group(outputs: Outputs, group: int, qid: int) -> str:
    members: set[int] = set()
    for file in outputs["arrange"].files("arranged"):
        table = read_table(outputs["arrange"].directory, file.path, ["qid", "group"])
        members.update(table.filter(pc.equal(table.column("group"), group)).column("qid").to_pylist())
    if members == {qid} and group == qid:
        return f"Q{qid} alone"
    shown = ", ".join(f"Q{member}" for member in sorted(members)[:_SHOWN])
    more = f" and {len(members) - _SHOWN:,} more" if len(members) > _SHOWN else ""
    graph = graph_of(outputs["images"], outputs["select"], np.array(sorted({group, *members}), np.int64))
    end = group if qid != group else min(members - {group})
    return f"Q{group} with {shown}{more}: {steps_between(graph, qid, end)}"


def ending(stages: Mapping[str, Stage], storage: Storage, outputs: Outputs, last: Stop) -> Iterator[str]:
    """Where an item that is not in the shards ended, and why."""
    yield f"last seen   in {last.stage}: row {last.number}, item {last.position} of {last.uri}"
    following = [name for name in stages if list(stages).index(name) > list(stages).index(last.stage)]
    after = next(name for name in following if any("items" in TABLES[table].names for table in stages[name].tables))
    if after not in outputs:
        yield f"ended       nowhere yet: `{after}` is not complete for this config"
        return
    row = last.row
    image = _image(outputs["images"], row)
    if Tombstones.load(storage).covers(row["qid"], row["sha256"], image["title"]):
        yield f"ended       in {after}: its picture or entity was taken down"
        return
    reason = _reason(outputs, last.item["qa_id"]) if after == "arrange" else None
    told = f"left out as {reason}" if reason else "left out; its manifest counts why, see `culturalground status`"
    yield f"ended       in {after}: {told}"


def _image(images: StageOutput, row: Row) -> Row:
    for _, found in rows_of(images, "images", row["qid"]):
        if found["sha256"] == row["sha256"]:
            return found
    raise AssertionError(f"Q{row['qid']}: its picture {row['sha256']} is not in images")


def rows_of(output: StageOutput, table: str, qid: int) -> Iterator[tuple[str, Row]]:
    """(partition, row) of an entity's rows in a table, of which only ids are read until one is found."""
    for commit in output.manifest.commits:
        for file in commit.files:
            if file.table != table:
                continue
            number = 0
            for group in read_groups(output.directory, file.path, ["qid"]):
                for at in pc.indices_nonzero(pc.equal(group.column("qid"), qid)).to_pylist():
                    rows = Slice(file.path, number + at, number + at + 1)
                    yield commit.partition, read_slice(output.directory, rows).to_pylist()[0]
                number += group.num_rows


def _reason(outputs: Outputs, qa_id: int) -> str | None:
    """What the filters of `arrange` said."""
    arrange = outputs["arrange"]
    for file in arrange.files("left_out"):
        table = read_table(arrange.directory, file.path)
        for row in table.filter(pc.equal(table.column("qa_id"), qa_id)).to_pylist():
            return f"{row['reason']} ({row['evidence']})" if row["evidence"] else str(row["reason"])
    return None
