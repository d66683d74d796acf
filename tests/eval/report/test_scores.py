from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.report.page import page
from eval.report.scores import benchmarks
from eval.report.wording import percent, points
from tests.eval.report import made_up
from tests.eval.report.tree import Element, read

Row = dict[str, Any]
ENDS = st.floats(-1, 1, allow_nan=False)


def overall(model: str, low: float, high: float, **changes: Any) -> Row:
    return made_up.score(model=model, value=(low + high) / 2, low=low, high=high, **changes)


@given(ENDS, ENDS)
def test_a_difference_is_resolved_when_its_interval_leaves_out_zero(one: float, other: float) -> None:
    low, high = min(one, other), max(one, other)
    rows = [overall("base", 0.1, 0.2), overall("trained", 0.1, 0.2), overall("trained", low, high, baseline="base")]
    (found,) = benchmarks(rows)
    holds_zero = low <= 0 <= high
    assert found.overall.sentence.count("Resolved") == (not holds_zero and low != high)
    assert found.overall.sentence.count("Not resolved") == (holds_zero or low == high)


def test_an_interval_without_width_resolves_nothing() -> None:
    rows = [overall("base", 0, 0.2), overall("trained", 0.8, 1), overall("trained", 1, 1, baseline="base")]
    (found,) = benchmarks(rows)
    assert found.overall.difference is not None
    assert found.overall.difference.value == 1
    assert found.overall.verdict == "flat"


def test_other_rules_measures_and_models_are_not_of_this_page() -> None:
    rows = [overall("base", 0.1, 0.2), overall("trained", 0.3, 0.4), overall("trained", 0.1, 0.3, baseline="base")]
    others = [
        overall("base", 0.6, 0.7, rule="paper"), overall("base", 0.6, 0.7, metric="cider"),
        overall("other", 0.6, 0.7), overall("other", 0.6, 0.7, baseline="base"),
        overall("trained", 0.6, 0.7, baseline="other"), overall("other", 0.6, 0.7, task="only another model"),
    ]  # fmt: skip
    assert benchmarks(rows + others) == benchmarks(others + rows) == benchmarks(rows)


def test_a_language_and_a_country_that_are_not_ours_keep_a_name() -> None:
    rows = [
        overall("base", 0.1, 0.2, by=by, group=group)
        for by, group in (("all", "all"), ("language", "yo"), ("language", "xx-none"), ("country", "Peru"))
    ]
    (found,) = benchmarks(rows)
    labels = [group.heading.label for panel in found.panels for group in panel.groups]
    assert labels == ["xx-none", "Yoruba", "Peru"]


def test_the_page_shows_what_was_scored() -> None:
    rows = made_up.scores()
    section = read(page(made_up.report(scores=rows))).one(id="scores")
    panels = [details.one("table") for details in section.find("details")]
    numbers = [len(made_up.LANGUAGES), len(made_up.COUNTRIES), 5]
    assert [len(panel.one("tbody").find("tr")) for panel in panels] == numbers * 2
    places = [(kind, by) for kind in ("choice", "open") for by in ("language", "country", "property")]
    for panel, place in zip(panels, places, strict=True):
        shown = " ".join(panel.one("tbody").text.split())
        of_panel = [row for row in rows if (row["kind"], row["by"]) == place]
        for row in of_panel:
            value = points(row["value"]) if row["baseline"] else percent(row["value"])
            assert " ".join(value.split()) in shown
            assert f"n = {row['num_items']:,}" in shown
        cells = [cell.find("span", "score") for cell in panel.find("td", "unparsed")]
        unparsed = [int(score.text.split()[-1]) for cell in cells for score in cell]
        assert sum(unparsed) == sum(row["num_unparsed"] for row in of_panel)


def test_intervals_are_drawn_where_they_are() -> None:
    section = read(page(made_up.report())).one(id="scores")
    for drawing in section.find("svg", "forest"):
        lines, marks = drawing.find("line", "interval"), _marks(drawing)
        assert len(lines) == len(marks) == 2
        for line, mark in zip(lines, marks, strict=True):
            assert 0 <= _percent(line, "x1") <= mark <= _percent(line, "x2") <= 100


@pytest.mark.parametrize("model", ["base", "trained"])
def test_one_model_alone_is_shown_without_comparison(model: str) -> None:
    rows = [row for row in made_up.scores() if row["model"] == model and not row["baseline"]]
    section = read(page(made_up.report(scores=rows))).one(id="scores")
    assert not section.find(cls="sentence")
    assert "nothing to compare" in section.text
    assert f"n = {rows[0]['num_items']:,}" in section.text


def test_models_that_answered_different_numbers_are_told_apart() -> None:
    rows = [overall("base", 0.1, 0.2, num_items=1040), overall("trained", 0.1, 0.2, num_items=1038)]
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
