"""The two stages on rows made by hand, against comparing all rows of a run at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline.dataset.alike.across import CompareAcrossStage
from pipeline.dataset.alike.drops import alike_items
from pipeline.dataset.alike.signature import signatures
from pipeline.dataset.alike.within import CompareWithinStage
from pipeline.dataset.arrange import ArrangeStage
from pipeline.dataset.settings import Alike, Assemble
from pipeline.stage import StageOutput
from pipeline.storage import Storage, open_storage
from tests.dataset.world import NEAR, SHARED, World, world
from tests.kit.toy import run_toy

Row = dict[str, Any]


@pytest.fixture
def output(tmp_path: Path) -> Storage:
    return open_storage(str(tmp_path / "run"))


def config(**changes: Any) -> Assemble:
    return Assemble(**{"rows_per_partition": 13, **changes})


def arranged(output: Storage, given: World, settings: Assemble, items_per_partition: int = 7) -> StageOutput:
    """Through all three stages, with ranges of few items."""
    within = run_toy(CompareWithinStage(settings), output, given.inputs)
    stage = CompareAcrossStage(settings)
    stage.items_per_partition = items_per_partition  # type: ignore[misc]
    inputs = {**given.inputs, "compare_within": within}
    inputs["compare_across"] = run_toy(stage, output, inputs)
    return run_toy(ArrangeStage(settings), output, inputs)


def ids(rows: list[Row]) -> set[int]:
    return {item["qa_id"] for row in rows for item in row["items"]}


def counted(output: StageOutput) -> dict[str, int]:
    """Items that arrange left out, by reason."""
    found: dict[str, int] = {}
    for commit in output.manifest.commits:
        for reason, number in commit.counts.details.items():
            if reason.startswith("left out: "):
                found[reason[10:]] = found.get(reason[10:], 0) + number
    return found


def at_once(given: World, within: int | None, across: int | None) -> tuple[set[int], set[int]]:
    """What goes within and across entities, with all rows in one table each."""
    near = {given.images[qid - 1]["sha256"]: given.images[NEAR[0] - 1]["sha256"] for qid in NEAR}
    first = set[int]()
    if within is not None:
        first = set(alike_items(signatures(given.judged, near).within, within).column("qa_id").to_pylist())
    left = [{**row, "items": [item for item in row["items"] if item["qa_id"] not in first]} for row in given.judged]
    if across is None:
        return first, set()
    return first, set(alike_items(signatures(left, near).across, across).column("qa_id").to_pylist())


@pytest.mark.parametrize(("within", "across"), [(1, 1), (1, None), (None, 1), (2, 2), (None, None)])
@pytest.mark.parametrize(("per_file", "rows_per_partition", "items"), [(11, 30, 7), (3, 4, 1000), (50, 1, 1)])
def test_what_goes_is_what_goes_of_all_rows_at_once(
    output: Storage, within: int | None, across: int | None, per_file: int, rows_per_partition: int, items: int
) -> None:
    given = world(output, per_file)
    first, then = at_once(given, within, across)
    assert bool(first) == (within == 1)
    assert bool(then) == (across is not None)
    alike = Alike(within_entity=within, across_entities=across)
    found = arranged(output, given, config(alike=alike, rows_per_partition=rows_per_partition), items)
    assert ids(found.read("arranged").to_pylist()) == ids(given.judged) - first - then
    assert counted(found) == {
        name: len(gone) for name, gone in (("alike_within", first), ("alike_across", then)) if gone
    }


def test_of_entities_that_share_a_picture_or_nearly_one_keeps_the_question(output: Storage) -> None:
    def one_item(row: Row) -> Row:
        return {**row, "items": [{**row["items"][0], "qa_id": row["qid"]}] if row["items"] else []}

    given = world(output, change=one_item)
    left = ids(arranged(output, given, config()).read("arranged").to_pylist())
    assert len(left & set(SHARED)) == len(left & set(NEAR)) == 1
    assert ids(given.judged) - left < {*SHARED, *NEAR}


def test_nothing_goes_for_an_item_that_goes_itself(output: Storage) -> None:
    """Of every two alike items, one does not pass: the other stays, whichever comes first."""

    def one_passes(row: Row) -> Row:
        items = row["items"][:1]
        return {**row, "items": [
            {**item, "qa_id": 10 * row["qid"] + number, "passes": number == row["qid"] % 2}
            for item in items for number in (0, 1)
        ]}  # fmt: skip

    given = world(output, change=one_passes)
    passing = {item["qa_id"] for row in given.judged for item in row["items"] if item["passes"]}
    alike = Alike(within_entity=1, across_entities=None)
    found = arranged(output, given, config(alike=alike, keep="passing"))
    assert ids(found.read("arranged").to_pylist()) == passing
    assert "alike_within" not in counted(found)


def test_without_the_setting_nothing_is_read_and_nothing_goes(output: Storage) -> None:
    given = world(output)
    found = arranged(output, given, config(alike=None))
    assert ids(found.read("arranged").to_pylist()) == ids(given.judged)
    assert not counted(found)
