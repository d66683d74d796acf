from __future__ import annotations

import io
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from eval.report.benchmarks.cards import SIDE, error_cards, shrunk
from eval.report.benchmarks.data import Sample, WorstError
from eval.report.benchmarks.errors import right, worst
from tests.eval.report.benchmarks import made_up

Row = dict[str, Any]
VALUES = st.sampled_from([("scored", 0.0), ("scored", 1.0), ("scored", 0.4), ("unparsed", None), ("unjudged", None)])


@st.composite
def predictions(draw: st.DrawFn) -> list[Row]:
    """Of two models on some of the same items, and of a third."""
    rows = []
    for number in range(draw(st.integers(0, 25))):
        place: Row = {"language": draw(st.sampled_from("abc")), "country": draw(st.sampled_from(["x", "y", None]))}
        for model in ("ours", "baseline", "third"):
            state, value = draw(VALUES)
            status = draw(st.sampled_from(["answered", "answered", "too_long"]))
            decided = {"strict": value, "strict_state": state, "status": status}
            if draw(st.integers(0, 4)):
                rows.append(made_up.prediction(model, number, **{**place, **decided}))
    return rows


def wrong(rows: list[Row]) -> dict[str, Row]:
    return {
        row["item_id"]: row
        for row in rows
        if row["model"] == "ours" and row["status"] == "answered" and row["strict_state"] != "unjudged"
        if (row["strict"] or 0) < 0.5
    }


@settings(deadline=None)
@given(predictions(), st.integers(0, 12), st.randoms(use_true_random=False))
def test_what_is_chosen_is_wrong_as_many_as_asked_and_whatever_the_order(
    rows: list[Row], num: int, shuffler: random.Random
) -> None:
    chosen = worst(rows, "ours", "baseline", num)
    expected = wrong(rows)
    ids = [error.prediction["item_id"] for error in chosen]
    assert len(ids) == len(set(ids)) == min(num, len(expected))
    assert all(error.prediction == expected[error.prediction["item_id"]] for error in chosen)
    shuffler.shuffle(rows)
    assert worst(rows, "ours", "baseline", num) == chosen


@settings(deadline=None)
@given(predictions(), st.integers(1, 12))
def test_what_the_baseline_had_right_comes_first(rows: list[Row], num: int) -> None:
    of_baseline = {row["item_id"]: row for row in rows if row["model"] == "baseline"}
    chosen = worst(rows, "ours", "baseline", num)
    assert all(error.baseline == of_baseline.get(error.prediction["item_id"]) for error in chosen)
    lost = [error.baseline is not None and right(error.baseline) for error in chosen]
    assert lost == sorted(lost, reverse=True)
    all_lost = sum(item in of_baseline and right(of_baseline[item]) for item in wrong(rows))
    assert sum(lost) == min(num, all_lost)


@settings(deadline=None)
@given(predictions())
def test_every_language_is_shown_before_one_is_shown_twice(rows: list[Row]) -> None:
    languages = {row["language"] for row in wrong(rows).values()}
    chosen = worst(rows, "ours", None, len(languages))
    assert {error.prediction["language"] for error in chosen} == languages


def test_of_one_language_every_country_is_shown_before_one_is_shown_twice() -> None:
    rows = [made_up.prediction("ours", number, country="x" if number < 20 else "y") for number in range(22)]
    assert {error.prediction["country"] for error in worst(rows, "ours", None, 2)} == {"x", "y"}


@given(st.integers(1, 700), st.integers(1, 700))
@settings(max_examples=25, deadline=None)
def test_a_picture_is_shrunk_and_keeps_its_shape(width: int, height: int) -> None:
    small = shrunk(made_up.picture(width, height))
    assert max(small.width, small.height) == min(SIDE, max(width, height))
    scale = max(small.width, small.height) / max(width, height)
    assert small.width == pytest.approx(width * scale, abs=1)
    assert small.height == pytest.approx(height * scale, abs=1)


@pytest.mark.parametrize("mode", ["RGBA", "P", "L", "CMYK"])
def test_pictures_of_any_mode_become_jpegs(mode: str) -> None:
    buffer = io.BytesIO()
    Image.new(mode, (300, 20)).save(buffer, "TIFF")
    assert shrunk(buffer.getvalue()).url.startswith("data:image/jpeg;base64,")


def test_a_statement_is_linked_where_it_is_one() -> None:
    guids = ("Q42$F078E5B3-F9A8-480E-B7AC-D97778CBBEF9", "Q42", "javascript:alert(1)")
    sample = Sample(5, "ar", "q", "a", guids)
    (card,) = error_cards([WorstError(made_up.prediction("ours", 0), samples=(sample,))])
    assert [url for _, url in card.samples[0].statements] == [
        f"https://www.wikidata.org/wiki/Q42#{guids[0]}",
        None,
        None,
    ]
    assert card.item_url is None
    assert card.samples[0].question.dir == "rtl"
