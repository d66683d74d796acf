"""All numbers on the page add up, read from the page itself."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.report.matrix import NUM_LEVELS, matrix
from eval.report.page import page
from pipeline import vocabulary
from pipeline.commit import Counts
from tests.eval.report import made_up
from tests.eval.report.tree import Element, number, read

pytestmark = pytest.mark.slow

COUNTS = st.integers(0, 10**7)
CROSSED = st.dictionaries(
    st.sampled_from(made_up.COUNTRIES), st.dictionaries(st.sampled_from(made_up.LANGUAGES), COUNTS, min_size=1)
)


@pytest.fixture(scope="module")
def shown() -> Element:
    return read(page(made_up.report()))


def test_rows_and_columns_of_the_matrix_sum_to_all_questions(shown: Element) -> None:
    table = shown.one("table", "matrix")
    rows = [[_cell(cell) for cell in row.find("td")] for row in table.one("tbody").find("tr")]
    sums = [_cell(cell) for cell in table.one("tfoot").find("td")]
    assert all(sum(row[:-1]) == row[-1] for row in rows)
    assert [sum(column) for column in zip(*rows, strict=True)] == sums
    assert sums[-1] == made_up.statistics()["num_samples"]
    assert f"{sums[-1]:,} in all" in shown.one(id="matrix").text
    assert len(table.one("thead").find("th")) == len(made_up.LANGUAGES) + 2


@pytest.mark.parametrize("title", ["Questions by split", "Questions by kind"])
def test_shares_sum_to_all_questions(shown: Element, title: str) -> None:
    (part,) = [part for part in shown.find("div", "share") if part.one("h3").text == title]
    assert sum(number(item.one("b").text) for item in part.find("li")) == made_up.statistics()["num_samples"]
    assert sum(_percent(rect, "width") for rect in part.find("rect")) == pytest.approx(100, abs=0.02)


def test_every_stage_accounts_for_what_it_read(shown: Element) -> None:
    steps = shown.one("ol", "steps").find("h3")
    assert [step.text for step in steps] == [stage for stage, _ in made_up.funnel()]
    flows = shown.find("p", "flow")
    assert len(flows) == len(steps)
    assert "Nothing to do" in flows[-1].text
    for flow, bar, (_, counts) in zip(flows, shown.one("ol", "steps").find("svg"), made_up.funnel(), strict=False):
        read_in, *parts = [number(found.text) for found in flow.find("b")]
        assert read_in == sum(parts) == counts.rows_in
        assert sum(_percent(rect, "width") for rect in bar.find("rect")) == pytest.approx(100, abs=0.02)


def test_reasons_sum_to_what_was_left_or_set_aside() -> None:
    counts = Counts("lines", 100, 60, {"no_picture": 20, "no_country": 15}, {"not_json": 4, "too_large": 1})
    shown = read(page(made_up.report(funnel=[("extract", counts)])))
    for kind, total in (("left", 35), ("bad", 5)):
        assert sum(number(reason.one("b").text) for reason in shown.find("span", kind) if reason.find("b")) == total
    assert "no picture 20" in shown.one(id="funnel").text


@given(CROSSED)
def test_a_matrix_keeps_every_question(crossed: dict[str, dict[str, int]]) -> None:
    table = matrix(crossed)
    assert table.total == sum(sum(row.values()) for row in crossed.values())
    assert table.total == sum(table.sums) == sum(row[2] for row in table.rows)
    assert len(table.rows) + len(table.absent_countries) == len(vocabulary.countries())
    assert len(table.languages) + len(table.absent_languages) == len(vocabulary.languages())


@given(CROSSED)
def test_more_questions_never_have_a_paler_colour(crossed: dict[str, dict[str, int]]) -> None:
    table = matrix(crossed)
    cells = sorted((cell for row in table.rows for cell in row[1]), key=lambda cell: cell.number)
    assert [cell.level for cell in cells] == sorted(cell.level for cell in cells)
    assert all((cell.level == 0) == (cell.number == 0) for cell in cells)
    assert all(cell.level <= NUM_LEVELS for cell in cells)
    for level, fewest, most in table.levels:
        inside = [cell.number for cell in cells if cell.level == level]
        assert (fewest, most) == (min(inside), max(inside))


def test_a_countrys_own_languages_are_framed(shown: Element) -> None:
    table = shown.one("table", "matrix")
    names = [header.text for header in table.one("thead").find("th")][1:-1]
    by_name = {country.name: country for country in vocabulary.countries().values()}
    for row in table.one("tbody").find("tr"):
        own = [
            name for name, cell in zip(names, row.find("td"), strict=False) if "own" in cell.attributes["class"].split()
        ]
        spoken = by_name[row.one("th").text].languages
        assert set(own) == {vocabulary.languages()[code].name for code in spoken}


def _cell(cell: Element) -> int:
    found = re.match(r"[\d,]+", cell.text)
    assert found is not None
    return number(found.group())


def _percent(element: Element, name: str) -> float:
    return float(element.attributes[name].removesuffix("%"))
