from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.scoring.numbered import paper_any_name, paper_number, strict_number
from eval.tasks.task import Item


def item(language: str = "en", *choices: str, right: int = 1) -> Item:
    options = choices or ("Soto", "Rawon", "Gulai", "7 Up cake")
    answers = (options[right],)
    return Item("1", language, None, (), "", "choice", options, answers, right, {}, "c")


@pytest.mark.parametrize(
    ("reply", "paper", "strict"),
    [
        ("2", 1, 1), (" 2 ", 1, 1), ("2.", 1, 1), ("2. Rawon", 1, 1), ("(2) Rawon", 1, 1), ("Rawon", 0, 1),
        ("rawon.", 0, 1),
        ("3", 0, 0), ("3. Gulai", 0, 0), ("The answer is 2", 1, 1), ("2. Soto", 1, None), ("Not 3, but 2", 0, None),
        ("In 1922 it was Rawon", 0, None), ("", 0, None), ("I do not know", 0, None), ("9", 0, None), ("-2", 0, None),
        ("2 or 3", 1, None), ("２", 1, 1), ("٢", 1, 1), ("२", 1, 1), ("2) Rawon", 1, 1), ("**2**", 1, 1),
        ("7 Up cake", 0, 0),
        ("B", 0, None), ("Soto or Rawon", 0, None), ("2\nbecause it is black", 1, 1), ("Answer: 2", 1, 1),
        ("option 2", 1, None),
        ("Rawon (2)", 1, None), ("2: Rawon", 1, 1), ("02", 1, 1),
    ],
)  # fmt: skip
def test_what_the_rules_decide(reply: str, paper: int, strict: int | None) -> None:
    assert paper_number(item(), reply).value == paper
    score = strict_number(item(), reply)
    assert (score.value, score.state) == (strict, "unparsed" if strict is None else "scored")


@pytest.mark.parametrize(
    ("language", "choices", "reply"),
    [
        ("ja", ("ソト", "ラウォン"), "ラウォン。"), ("th", ("โซโต", "ราวอน"), "2. ราวอน"),
        ("ar", ("سوتو", "راون"), "«راون»"),
        ("hi", ("सोतो", "रावोन"), "रावोन।"), ("si", ("සොතෝ", "රවොන්"), "රවොන්"), ("ko", ("소토", "라원"), "2) 라원"),
        ("zh", ("索托", "黑果牛肉汤"), "2．黑果牛肉汤"),
    ],
)  # fmt: skip
def test_options_in_other_scripts(language: str, choices: tuple[str, ...], reply: str) -> None:
    assert strict_number(item(language, *choices), reply).value == 1


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


def test_a_name_in_any_language_counts_wherever_it_stands() -> None:
    dish = Item("1", "id", None, (), "", "open", (), ("Rawon", "ラウォン"), None, {}, "c")
    said = ["RAWON", "これはラウォンです", "Rawonan", "Soto", ""]
    assert [paper_any_name(dish, reply).value for reply in said] == [1, 1, 1, 0, 0]
