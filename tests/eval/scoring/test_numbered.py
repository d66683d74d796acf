from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from eval.scoring.numbered import paper_number, strict_number
from eval.tasks.task import Item


def item(language: str = "en", *choices: str, right: int = 1) -> Item:
    options = choices or ("Soto", "Rawon", "Gulai", "7 Up cake")
    answers = (options[right],)
    return Item("1", language, None, (), "", "choice", options, answers, right, {}, "c")


@given(st.integers(1, 4), st.integers(0, 3))
def test_a_number_alone_is_read_alike(number: int, right: int) -> None:
    scores = paper_number(item(right=right), str(number)), strict_number(item(right=right), str(number))
    assert {score.value for score in scores} == {float(number - 1 == right)}
    assert {score.parsed for score in scores} == {str(number)}


@given(st.text(max_size=20))
def test_no_reply_fails_and_nothing_is_guessed(reply: str) -> None:
    for score in (paper_number(item(), reply), strict_number(item(), reply)):
        assert not score.guessed
        assert (score.value is None) == (score.state == "unparsed")
