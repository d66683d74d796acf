from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.report.page import page
from eval.report.scores import benchmarks
from eval.report.wording import percent, points
from eval.scores import scores
from tests.eval.report import made_up
from tests.eval.report.tree import Element, read

Row = dict[str, Any]
ENDS = st.floats(-1, 1, allow_nan=False)


def score(model: str, low: float, high: float, **changes: Any) -> Row:
    """An overall row of `schema.SCORES`."""
    return {
        "task": "t", "kind": "open", "by": "all", "group": "all", "model": model, "num_items": 9, "num_unparsed": 0,
        "accuracy": (low + high) / 2, "low": low, "high": high, **changes,
    }  # fmt: skip


@given(ENDS, ENDS)
def test_a_difference_is_resolved_when_its_interval_leaves_out_zero(one: float, other: float) -> None:
    low, high = min(one, other), max(one, other)
    rows = [score("base", 0.1, 0.2), score("trained", 0.1, 0.2), score("difference", low, high)]
    (found,) = benchmarks(rows)
    holds_zero = low <= 0 <= high
    assert found.overall.sentence.count("Resolved") == (not holds_zero and low != high)
    assert found.overall.sentence.count("Not resolved") == (holds_zero or low == high)


def test_one_picture_resolves_nothing() -> None:
    predictions = [
        _prediction(number, model, model == "trained") for number in range(6) for model in ("base", "trained")
    ]
    (found,) = benchmarks(scores([{**row, "sha256": "same"} for row in predictions]))
    assert found.overall.difference is not None
    assert found.overall.difference.value == 1
    assert found.overall.verdict == "flat"


def test_the_page_shows_what_was_scored() -> None:
    predictions = [
        _prediction(number, model, [True, False, None][(number // 3 * (2 if model == "base" else 1)) % 3])
        for number in range(120)
        for model in ("base", "trained")
    ]
    rows = scores(predictions)
    section = read(page(made_up.report(scores=rows))).one(id="scores")
    panels = [details.one("table") for details in section.find("details")]
    assert [len(panel.one("tbody").find("tr")) for panel in panels] == [3, 2, 1]
    for panel, by in zip(panels, ("language", "country", "property"), strict=True):
        shown = " ".join(panel.one("tbody").text.split())
        for row in (row for row in rows if row["by"] == by):
            value = points(row["accuracy"]) if row["model"] == "difference" else percent(row["accuracy"])
            assert " ".join(value.split()) in shown
            assert f"n = {row['num_items']}" in shown
        cells = [cell.find("span", "score") for cell in panel.find("td", "unparsed")]
        unparsed = [int(score.text.split()[-1]) for cell in cells for score in cell]
        assert sum(unparsed) == sum(row["num_unparsed"] for row in rows if row["by"] == by)


def test_intervals_are_drawn_where_they_are() -> None:
    section = read(page(made_up.report())).one(id="scores")
    for drawing in section.find("svg", "forest"):
        lines, marks = drawing.find("line", "interval"), _marks(drawing)
        assert len(lines) == len(marks) == 2
        for line, mark in zip(lines, marks, strict=True):
            assert 0 <= _percent(line, "x1") <= mark <= _percent(line, "x2") <= 100


@pytest.mark.parametrize("model", ["base", "trained"])
def test_one_model_alone_is_shown_without_comparison(model: str) -> None:
    rows = [row for row in made_up.scores() if row["model"] == model]
    section = read(page(made_up.report(scores=rows))).one(id="scores")
    assert not section.find(cls="sentence")
    assert "nothing to compare" in section.text
    assert f"n = {rows[0]['num_items']:,}" in section.text


def test_models_that_answered_different_numbers_are_told_apart() -> None:
    rows = [score("base", 0.1, 0.2, num_items=1040), score("trained", 0.1, 0.2, num_items=1038)]
    section = read(page(made_up.report(scores=rows))).one(id="scores")
    assert "n = 1,040 base, 1,038 trained" in section.text


def test_chance_is_told_beside_many_comparisons() -> None:
    section = read(page(made_up.report())).one(id="scores")
    assert f"of {len(made_up.LANGUAGES)} differences are resolved" in section.text
    assert "by chance alone: 2.0 of these" in " ".join(section.text.split())


def _marks(drawing: Element) -> list[float]:
    circles = [_percent(circle, "cx") for circle in drawing.find("circle")]
    return circles + [_percent(nested, "x") for nested in drawing.find("svg")]


def _percent(element: Element, name: str) -> float:
    return float(element.attributes[name].removesuffix("%"))


def _prediction(number: int, model: str, correct: bool | None) -> Row:
    return {
        "task": "culturalground", "kind": "open", "model": model, "item_id": number, "sha256": f"{number % 40}",
        "language": made_up.LANGUAGES[number % 3], "country": made_up.COUNTRIES[number % 2], "property": 31,
        "correct": correct,
    }  # fmt: skip
