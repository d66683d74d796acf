from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.scoring.graded import grade, paper_second_mark, relative, second_mark


def test_the_published_figure_counts_failed_judgements_for_both() -> None:
    marks = ["8 6", "10 9", ""]
    assert relative(marks, published=True) == pytest.approx(100 * 14 / 17)
    assert relative(marks, published=False) == pytest.approx(100 * 15 / 18)
    assert relative(["", ""], published=True) is None


def test_the_published_figure_counts_marks_with_more_between_them_as_failed() -> None:
    marks = ["8 6", "10, 9"]
    assert relative(marks, published=True) == pytest.approx(100 * 5 / 7)
    assert relative(marks, published=False) == pytest.approx(100 * 15 / 18)
    assert relative(["10, 9"], published=True) is None


@given(st.lists(st.tuples(st.integers(1, 10), st.integers(1, 10)), min_size=1))
def test_without_failures_the_figures_agree(pairs: list[tuple[int, int]]) -> None:
    marks = [f"{one} {other}" for one, other in pairs]
    expected = 100 * sum(other for _, other in pairs) / sum(one for one, _ in pairs)
    for published in (True, False):
        assert relative(marks, published=published) == pytest.approx(expected)


@given(st.integers(1, 5), st.text(max_size=20))
def test_a_grade_at_the_end_is_read_whatever_stands_before(given_grade: int, feedback: str) -> None:
    assert grade(f"{feedback} [RESULT] {given_grade}").value == (given_grade - 1) / 4


@given(st.text(max_size=12))
def test_what_is_published_reads_no_more_marks_than_ours(judgement: str) -> None:
    published = paper_second_mark(judgement)
    assert published.state == "unjudged" or published == second_mark(judgement)
