from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.scoring.graded import grade, relative, second_mark


@pytest.mark.parametrize(
    ("judgement", "value"),
    [
        ("It names the colours. [RESULT] 4", 0.75), ("[RESULT] 1", 0.0), ("[RESULT] 5", 1.0), ("x [result] (3)", 0.5),
        ("Score: 2", 0.25), ("Score: 4/5", 0.75), ("a score of 3 out of 5", 0.5), ("Result: 5", 1.0),
        ("[SCORE] [2]", 0.25),
        ("[RESULT]4 and then [RESULT] 5", 0.75), ("[RESULT] 6", None), ("[RESULT] 0", None), ("Very good, 4", None),
        ("", None), (None, None), ("[RESULT] four", None), ("[RESULT] 4.5", None), ("优秀。[RESULT] 5\n", 1.0),
    ],
)  # fmt: skip
def test_grades_from_one_to_five(judgement: str | None, value: float | None) -> None:
    score = grade(judgement)
    assert (score.value, score.state) == (value, "unjudged" if value is None else "scored")


@pytest.mark.parametrize(
    ("judgement", "parsed"),
    [
        ("8 7\nThe first is better.", "8 7"), ("8, 7", "8 7"), ("8.5 9", "8.5 9"), ("8,7", "8 7"), ("10 0", "10 0"),
        ("Assistant 1: 8", ""), ("8", ""), ("8 7 6", ""), ("", ""), (None, ""), ("8 eleven", ""),
        ("8 11", ""), ("nan 3", ""),
    ],
)  # fmt: skip
def test_two_marks_on_the_first_line(judgement: str | None, parsed: str) -> None:
    score = second_mark(judgement)
    assert score.parsed == parsed
    assert score.state == ("scored" if parsed else "unjudged")


def test_the_published_figure_counts_failed_judgements_for_both() -> None:
    marks = ["8 6", "10 9", ""]
    assert relative(marks, published=True) == pytest.approx(100 * 14 / 17)
    assert relative(marks, published=False) == pytest.approx(100 * 15 / 18)
    assert relative(["", ""], published=True) is None


@given(st.lists(st.tuples(st.integers(1, 10), st.integers(1, 10)), min_size=1))
def test_without_failures_the_figures_agree(pairs: list[tuple[int, int]]) -> None:
    marks = [f"{one} {other}" for one, other in pairs]
    expected = 100 * sum(other for _, other in pairs) / sum(one for one, _ in pairs)
    for published in (True, False):
        assert relative(marks, published=published) == pytest.approx(expected)
