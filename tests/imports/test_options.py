"""Choice questions are recognised where writing them gives the same texts, and only there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dialogue import answer_text, question_text
from pipeline.imports.options import choice_columns

LINE = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12)


@given(LINE, st.lists(LINE, min_size=2, max_size=8), st.data())
def test_what_this_project_writes_comes_back(question: str, choices: list[str], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(choices) - 1))
    item = {
        "kind": "choice", "question": question, "answer": choices[index], "choices": choices, "answer_index": index,
    }  # fmt: skip
    assert choice_columns(question_text(item), answer_text(item)) == item


@given(st.text(alphabet="AB. \nx", max_size=30), st.text(alphabet="AB. \nx", max_size=12))
def test_the_texts_are_the_same_either_way(question: str, answer: str) -> None:
    found = choice_columns(question, answer)
    if found is not None:
        assert (question_text(found), answer_text(found)) == (question, answer)
        assert found["choices"][found["answer_index"]] == found["answer"]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Which?\nA. x\nB. y", "x"),
        ("Which?\nA. x\nB. y", "C. z"),
        ("Which?\nA. x\nB. y", "A. y"),
        ("Which? A. x B. y", "A. x"),
        ("Which?\nA. x", "A. x"),
        ("\nA. x\nB. y", "A. x"),
        ("Which?\nA. x\nB. y", ""),
    ],
)
def test_others_stay_open(question: str, answer: str) -> None:
    assert choice_columns(question, answer) is None
