from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.scoring.choice import score_choice
from eval.scoring.open import Grounds, score_open
from pipeline.dialogue import answer_text

CHOICES = ["lute", "drum", "flute", "harp"]


@given(st.integers(0, 3))
def test_the_taught_answer_is_read_as_right(index: int) -> None:
    item = {"kind": "choice", "answer": CHOICES[index], "answer_index": index, "choices": CHOICES}
    assert score_choice(answer_text(item), CHOICES, index, "en").correct
    assert score_choice(answer_text(item), CHOICES, (index + 1) % 4, "en").correct is False


def test_a_reply_that_names_no_option_is_neither_right_nor_wrong() -> None:
    assert score_choice("I cannot tell", CHOICES, 0, "en").correct is None


@pytest.mark.parametrize(
    ("reply", "answer", "correct"),
    [
        ("Krar", "krar", True),
        ("  «Krar».\nand more", "Krar", True),
        ("The krar", "Krar", True),
        ("ＫＲＡＲ", "krar", True),
        ("हिन्दी", "हिन्द", False),
        ("عود", "عود", True),
        ("", "Krar", None),
        (" .\n", "Krar", None),
    ],
)
def test_open_answers(reply: str, answer: str, correct: bool | None) -> None:
    assert score_open(reply, answer, Grounds("", answer, "en")).correct is correct


@pytest.mark.parametrize(
    ("reply", "correct"),
    [
        ("It is in Kenya.", True),
        ("kenya", True),
        ("One finds it in Kenya.\nAnd more", True),
        ("It is in Uganda.", False),
        ("It is in Kenya or Uganda.", False),
        ("Is it in Kenya?", False),
        ("I cannot say: Kenya", False),
        ("", None),
    ],
)
def test_an_answer_taught_in_a_sentence_may_be_given_in_another(reply: str, correct: bool | None) -> None:
    grounds = Grounds("Which country is it in?", "Kenya", "en")
    assert score_open(reply, "It is in Kenya.", grounds).correct is correct


def test_an_answer_taught_as_its_label_is_that_alone() -> None:
    grounds = Grounds("Which country is it in?", "Kenya", "en")
    assert score_open("It is in Kenya.", "Kenya", grounds).correct is False
    assert score_open("KENYA!", "Kenya", grounds).correct is True
