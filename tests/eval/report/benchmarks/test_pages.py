from __future__ import annotations

import random
from collections import Counter
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.report.benchmarks.data import BenchmarkData, Overlap, Sample, WorstError
from eval.report.benchmarks.numbers import gain, number
from eval.report.benchmarks.pages import STYLES, pages
from eval.report.rendering import style_sheet
from tests.eval.report.benchmarks import made_up
from tests.eval.report.made_up import score
from tests.eval.report.test_page import HOSTILE
from tests.eval.report.tree import Element, read

Row = dict[str, Any]
GROUPS = [
    ("all", "all"), ("macro", "language"), ("language", "th"), ("language", "yo"), ("language", "xx"),
    ("country", "japan"), ("country", "Peru"), ("property", "31"), ("category", "Food & <b>drink</b>"),
]  # fmt: skip
SHARES = st.integers(0, 1000).map(lambda number: number / 1000)


@st.composite
def score_rows(draw: st.DrawFn) -> list[Row]:
    """Scores and differences in any places, each place once."""
    places = st.tuples(
        st.sampled_from(["cvqa", "culturalground", "unheard_of"]),
        st.sampled_from(GROUPS),
        st.sampled_from(["base", "ours", "other"]),
        st.sampled_from(["paper", "strict"]),
        st.sampled_from(["accuracy", "accuracy", "cider"]),
        st.booleans(),
    )
    rows = []
    for task, (by, group), model, rule, metric, compared in draw(st.lists(places, unique=True, max_size=25)):
        low, value, high = sorted(draw(SHARES) for _ in range(3))
        known = draw(st.booleans())
        told = {"num_items": draw(st.integers(1, 9999)), "num_unparsed": draw(st.integers(0, 3))}
        place = {"task": task, "by": by, "group": group, "model": model, "rule": rule, "metric": metric}
        ends = {"value": value, "low": low if known else None, "high": high if known else None}
        rows.append(score(**place, **told, **ends, baseline="base" if compared else None))
    return rows


@cache
def full() -> Element:
    """The page of everything."""
    return tree(made_up.data())


def tree(data: BenchmarkData) -> Element:
    return read(pages(data)["benchmarks.html"].decode())


def written(row: Row) -> str:
    """A row as the page has it."""
    if row["baseline"] is None:
        found = number(row)
        return " ".join(f"{found.rule} {found.value} {found.ends} {found.counts}".split())
    told = gain(row)
    verdict = {"up": "▲ higher", "down": "▼ lower", "open": "not resolved", "flat": "no spread"}[told.verdict]
    finds = f"finds {told.smallest}" if told.smallest else ""
    tested = ", ".join(part for part in (told.p_value, finds) if part)
    return " ".join(f"{told.rule} {told.value} {told.ends} {verdict} {tested}".split())


def shown(element: Element) -> Counter[str]:
    spaced = (" ".join(" ".join(part.split()) for part in _texts(each)) for each in element.find(cls="score"))
    return Counter(" ".join(text.split()) for text in spaced)


def _texts(element: Element) -> list[str]:
    return [child if isinstance(child, str) else " ".join(_texts(child)) for child in element.children]


@settings(max_examples=60, deadline=None)
@given(score_rows())
def test_every_row_stands_in_the_section_of_its_benchmark_with_its_interval(rows: list[Row]) -> None:
    page = tree(BenchmarkData("n", rows, baseline="base"))
    found: Counter[str] = sum((shown(section) for section in page.find("section", "benchmark")), Counter())
    assert found == Counter(written(row) for row in rows)


@settings(max_examples=20, deadline=None)
@given(score_rows())
def test_the_twin_in_markdown_has_the_same_rows(rows: list[Row]) -> None:
    text = pages(BenchmarkData("n", rows, baseline="base"))["benchmarks.md"].decode()
    sections = text.split("\n## ")
    cells = [line for section in sections if not section.startswith(("All", "Gains")) for line in section.splitlines()]
    for row in rows:
        told = gain(row) if row["baseline"] else number(row)
        joined = f"{told.value} | {told.ends}" if row["baseline"] else f"{told.rule} {told.value}"
        ends = f" ({told.ends})" if told.ends and not row["baseline"] else ""
        assert any(joined + ends in line for line in cells)


@settings(max_examples=20, deadline=None)
@given(score_rows(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(rows: list[Row], shuffler: random.Random) -> None:
    first = pages(BenchmarkData("n", rows, baseline="base"))
    shuffler.shuffle(rows)
    assert pages(BenchmarkData("n", rows, baseline="base")) == first


def test_the_same_data_give_the_same_bytes() -> None:
    assert pages(made_up.data()) == pages(made_up.data())


def test_gains_over_another_baseline_are_not_shown() -> None:
    rows = [score(model="a"), score(model="b"), score(model="a", baseline="b", value=0.123)]
    assert "+12.3" in tree(BenchmarkData("n", rows, baseline="b")).text
    assert "+12.3" not in tree(BenchmarkData("n", rows, baseline="a")).text


def test_a_tile_tells_its_interval() -> None:
    tiles = [tile for tile in full().find("li", "tile") if tile.find("b")]
    assert len(tiles) > 3 * 42
    assert all(f"{tile.one('b').text}\u202f% (" in tile.attributes["title"] for tile in tiles)
    assert all(" to " in tile.attributes["title"] for tile in tiles)


def test_whiskers_hold_their_dots() -> None:
    for drawing in full().find("svg", "whiskers"):
        (line,) = drawing.find("line", "whisker")
        (mark,) = drawing.find("svg")
        low, high, value = (float(place.removesuffix("%")) for place in (*_ends(line), mark.attributes["x"]))
        assert 0 <= low <= value <= high <= 100


def _ends(line: Element) -> tuple[str, str]:
    return line.attributes["x1"], line.attributes["x2"]


def test_published_figures_stand_beside_ours() -> None:
    rows = full().one(id="overview").one("tbody").find("tr")
    (marvl,) = [row for row in rows if row.text.startswith("MaRVL")]
    assert "87.0\u202f% English" in " ".join(marvl.text.split(" "))
    # Whoever asked a part of it, or a quiz of the same form, sees so.
    assert "of 5,670 items" in " ".join(marvl.text.split())
    (merlin,) = [row for row in rows if row.text.startswith("MERLIN")]
    assert "English" not in merlin.text


def hostile(words: str) -> BenchmarkData:
    """One item whose every text is the same."""
    row = made_up.prediction(
        words, 7, "ar", item_id=words, question=words, answers=[words], reply=words, parsed=words, judge=words,
        judgement=words, country=words,
    )  # fmt: skip
    sample = Sample(7, words, words, words, (words,))
    rows = [score(task=words, model=words, by=by, group=words) for by in ("all", "language", "country", words)]
    error = WorstError(row, {**row, "strict": 1.0}, None, (sample,))
    return BenchmarkData(words, rows, words, [error], [Overlap(words, 1, 1, 1)], [words])


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_stay_words(words: str) -> None:
    plain, page = tree(hostile("word")), tree(hostile(words))
    assert page.shape() == plain.shape()
    assert page.one("p", "question").text == words
    assert [reply.text for reply in page.find("p", "reply")] == [words] * 2
    assert not page.find("script")


@pytest.mark.parametrize("words", [*HOSTILE, "| a | b |", "a\n\n# b", "![x](http://x)", "`a`", "**b** _c_ ~d~ $e$"])
def test_hostile_words_stay_words_in_markdown(words: str) -> None:
    reader = pytest.importorskip("markdown_it").MarkdownIt("commonmark", {"html": True}).enable("table")
    kinds = [
        [token.type for block in reader.parse(pages(hostile(each))["benchmarks.md"].decode()) for token in _all(block)]
        for each in ("word", words)
    ]
    texts = [[kind for kind in each if kind not in ("text", "text_special", "html_entity")] for each in kinds]
    assert texts[0] == texts[1]


def _all(block: Any) -> list[Any]:
    return [block, *(block.children or [])]


def test_nothing_at_all_is_a_page() -> None:
    page = tree(BenchmarkData("empty", []))
    assert "no model was evaluated" in page.text
    assert "no errors to show" in page.text


def test_every_class_of_the_map_has_its_style() -> None:
    style = style_sheet(STYLES)
    for tile in full().find("li", "tile"):
        for name in tile.attributes["class"].split():
            assert f".{name} {{" in style
