"""Items between the judge and the shards, on rows made by hand of which two of three are alike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline.dataset.alike.across import CompareAcrossStage
from pipeline.dataset.alike.within import CompareWithinStage
from pipeline.dataset.arrange import ArrangeStage
from pipeline.dataset.settings import Alike, Assemble
from pipeline.stage import StageOutput
from pipeline.storage import open_storage
from pipeline.verify.arranged import unaccounted
from tests.dataset.world import world
from tests.kit.tampered import tampered
from tests.kit.toy import run_toy

Row = dict[str, Any]


@pytest.fixture
def outputs(tmp_path: Path) -> dict[str, StageOutput]:
    output = open_storage(str(tmp_path))
    settings = Assemble(rows_per_partition=20, alike=Alike(within_entity=1))
    made = dict(world(output).inputs)
    made["compare_within"] = run_toy(CompareWithinStage(settings), output, made)
    made["compare_across"] = run_toy(CompareAcrossStage(settings), output, made)
    made["arrange"] = run_toy(ArrangeStage(settings), output, made)
    return made


def problems(outputs: dict[str, StageOutput]) -> list[str]:
    return list(unaccounted(outputs)[1])


def test_every_item_is_in_one_place(outputs: dict[str, StageOutput]) -> None:
    num, found = unaccounted(outputs)
    assert num == sum(len(row["items"]) for row in outputs["judge"].read("judged").to_pylist())
    assert outputs["arrange"].num_rows("left_out") > 20
    assert list(found) == []


def test_an_item_in_no_place_or_in_both_is_named(outputs: dict[str, StageOutput]) -> None:
    gone = outputs["arrange"].read("left_out").to_pylist()[0]["qa_id"]
    lost = tampered(outputs, "arrange", "left_out", lambda rows: rows.pop(0))
    assert problems(lost) == [f"item {gone} was judged, and is neither arranged nor left out"]

    def back(rows: list[Row]) -> None:
        rows[0]["items"].append({**rows[0]["items"][0], "qa_id": gone})

    stage = "compare_within" if gone in _alike(outputs, "compare_within") else "compare_across"
    assert problems(tampered(outputs, "arrange", "arranged", back)) == [
        f"item {gone} is arranged, and left out as well",
        f"item {gone} is alike to others by {stage}, and arranged all the same",
    ]


def test_an_item_from_nowhere_is_named(outputs: dict[str, StageOutput]) -> None:
    def rename(rows: list[Row]) -> None:
        rows[0]["items"][0]["qa_id"] = 77

    first = outputs["arrange"].read("arranged").to_pylist()[0]["items"][0]["qa_id"]
    assert problems(tampered(outputs, "arrange", "arranged", rename)) == [
        f"item {first} was judged, and is neither arranged nor left out",
        "item 77 was not judged, but is there after",
    ]


def _alike(outputs: dict[str, StageOutput], stage: str) -> list[int]:
    found: list[int] = outputs[stage].read("alike").column("qa_id").to_pylist()
    return found
