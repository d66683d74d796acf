"""Which quotation marks around texts are a model's, and which are the text's own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.imports.quotes import without_quotes

TURNS = st.lists(st.tuples(st.text(max_size=20), st.text(max_size=20)), min_size=1, max_size=3)


@given(TURNS)
def test_a_row_in_quotes_is_the_row_without_them_whatever_its_texts_hold(turns: list[tuple[str, str]]) -> None:
    quoted = tuple((f'"{question}"', f'"{answer}"') for question, answer in turns)
    assert without_quotes(quoted) == tuple(turns)


@given(TURNS)
def test_nothing_but_a_pair_is_ever_taken_off(turns: list[tuple[str, str]]) -> None:
    for before, after in zip(turns, without_quotes(tuple(turns)), strict=True):
        for text, left in zip(before, after, strict=True):
            assert text in (left, f'"{left}"')


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (('"What is it?"', '"A krar."'), ("What is it?", "A krar.")),
        (('"What is it?"', "A krar."), ("What is it?", "A krar.")),
        (("Which painting is it?", '"Guernica"'), ("Which painting is it?", '"Guernica"')),
        (('"Guernica" or "The Scream"?', '"Guernica"'), ('"Guernica" or "The Scream"?', '"Guernica"')),
        (('"Guernica" or "The Scream"', "both"), ('"Guernica" or "The Scream"', "both")),
        (('"', '"'), ('"', '"')),
        (('What is "das"?', '"'), ('What is "das"?', '"')),
    ],
)
def test_cases(before: tuple[str, str], after: tuple[str, str]) -> None:
    assert without_quotes((before,)) == (after,)
