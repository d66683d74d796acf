from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.scoring.letters import LETTERS, chosen_option, paper_letter, strict_letter
from eval.scoring.mmmu import paper_mmmu
from eval.tasks.task import Item
from tests.eval.scoring.replies import item

CHOICES = ("lute", "drum", "flute", "harp")


def asked(number: int = 1) -> Item:
    return item(item_id=str(number), kind="choice", choices=CHOICES, answer_index=1)


@given(
    st.integers(0, 3), st.sampled_from(["{}", "{}.", "({})", "{})", " {} \n", "**{}**", "{}: {word}", "{}. {word}."])
)
def test_a_letter_in_every_form_is_read(number: int, form: str) -> None:
    assert chosen_option(form.format(LETTERS[number], word=CHOICES[number]), CHOICES, "en") == number


@given(st.text(max_size=30))
def test_strict_never_guesses_and_any_reply_has_a_decision(reply: str) -> None:
    strict = strict_letter(asked(), reply)
    assert not strict.guessed
    assert (strict.value is None) == (strict.state == "unparsed") == (strict.parsed == "")
    for rule in (paper_letter, paper_mmmu):
        paper = rule(asked(), reply)
        assert paper.state == "scored"
        assert paper == rule(asked(), reply)


def test_guesses_are_seeded_by_the_item_and_even() -> None:
    guesses = [paper_letter(asked(number), "") for number in range(2000)]
    assert all(score.guessed for score in guesses)
    counts = Counter(score.parsed for score in guesses)
    assert set(counts) == set("ABCD")
    assert max(counts.values()) < 1.2 * min(counts.values())
    assert guesses == [paper_letter(asked(number), "") for number in range(2000)]


def test_an_item_without_the_right_options_number_is_an_error() -> None:
    with pytest.raises(ValueError, match="item 1 of kind open has no answer_index"):
        strict_letter(item(choices=CHOICES), "B")
