from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.questions.leaks import sounded, tells
from pipeline.reading import comparable

NAMES = st.text("abmoskвмоскéあ東 -", min_size=1, max_size=8).map(comparable).filter(bool)


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("Museum of PERU", "Peru"),
        ("Peru", "Republic of Peru"),
        ("Москва", "Moskva"),
        ("Moskva", "Москва"),
        ("Московский Кремль — Москва", "Moskva"),
        ("Kiyomizu", "キヨミズ"),
        ("Αθήνα", "Athina"),
        ("Évora", "evora"),
        ("Évora", "Эвора"),
        ("Tokyo Tower", "токйо"),
        ("2.Bundesliga", "2. Bundesliga"),
    ],
)
def test_a_name_that_holds_the_answer_tells_it_in_any_script(name: str, answer: str) -> None:
    assert tells(comparable(name), [comparable(answer)])
    assert tells(comparable(answer), [comparable(name)])
    assert tells(comparable(name), ["qqqqqq", comparable(answer)])


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("Turkish", "Ур"),  # letter for letter it would be told: ur
        ("Тур", "Turkish"),
        ("Москва", "Minsk"),
        ("東京", "漢字"),
        ("Rome", "Roma"),
    ],
)
def test_short_sounds_and_other_names_tell_nothing(name: str, answer: str) -> None:
    assert not tells(comparable(name), [comparable(answer)])
    assert not tells(comparable(answer), [comparable(name)])


def test_a_short_name_tells_letter_for_letter_only() -> None:
    assert tells("ur", ["turkish"])
    assert not tells("ур", ["turkish"])


def test_no_answer_is_told_by_anything() -> None:
    assert not tells("москва", [])


@given(NAMES, st.lists(NAMES, max_size=3))
def test_telling_is_holding_one_another_by_letter_or_by_sound(name: str, answers: list[str]) -> None:
    def held(one: str, other: str) -> bool:
        return one in other or other in one

    by_letter = any(held(name, answer) for answer in answers)
    by_sound = any(
        held(sounded(name), sounded(answer)) and min(len(sounded(name)), len(sounded(answer))) >= 4
        for answer in answers
    )
    assert tells(name, answers) is (by_letter or by_sound)


@given(st.text(max_size=20))
def test_a_sound_is_in_plain_small_letters_and_digits(text: str) -> None:
    assert sounded(text).isascii()
    assert all(char.isalnum() and not char.isupper() for char in sounded(text))
    assert sounded(sounded(text)) == sounded(text)
