from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.questions.likeness import Look, look_of

TEXTS = st.text("aZñÑßжЖΩωעبकাถ한漢カひ1 -'ǅ", max_size=12).map(lambda text: unicodedata.normalize("NFC", text))


@pytest.mark.parametrize(
    ("text", "script", "is_lower"),
    [
        ("Great Zimbabwe", "LATIN", False),
        ("sauerkraut", "LATIN", True),
        ("Łódź", "LATIN", False),
        ("ćevapi", "LATIN", True),
        ("Москва", "CYRILLIC", False),
        ("борщ", "CYRILLIC", True),
        ("Αθήνα", "GREEK", False),
        ("μουσακάς", "GREEK", True),
        ("القاهرة", "ARABIC", False),
        ("פלאפל", "HEBREW", False),
        ("ताज महल", "DEVANAGARI", False),
        ("ঢাকা", "BENGALI", False),
        ("சென்னை", "TAMIL", False),
        ("హైదరాబాద్", "TELUGU", False),
        ("කොළඹ", "SINHALA", False),
        ("ต้มยำ", "THAI", False),
        ("አዲስ አበባ", "ETHIOPIC", False),
        ("김치", "HANGUL", False),
        ("長城", "CJK", False),
        ("お好み焼き", "CJK", False),
        ("さくら", "CJK", False),
        ("寿司バー", "CJK", False),
        ("ラーメン", "KATAKANA", False),
        ("1889", "", False),
        ("", "", False),
        ("٣٤", "", False),
        # A letter or two of another script do not decide.
        ("Цех No", "CYRILLIC", False),
        ("Kölner Dom α", "LATIN", False),
        ("'s-Hertogenbosch", "LATIN", False),
    ],
)
def test_a_look_is_script_and_first_letter_and_length(text: str, script: str, is_lower: bool) -> None:
    assert look_of(text) == Look(script, is_lower, len(text))


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Rio", "Salvador", True),
        ("sauerkraut", "borscht", True),
        ("sauerkraut", "Borscht", False),
        ("Москва", "Moscow", False),
        ("さくら", "長城", True),
        ("ラーメン", "寿司", False),
        ("القاهرة", "تهران", True),
        # Fifteen beside nine, the most that six and twice the shorter allow beside four, and one more.
        ("a" * 9, "b" * 15, True),
        ("a" * 4, "b" * 14, True),
        ("a" * 4, "b" * 15, False),
        ("a", "b" * 8, True),
        ("a", "b" * 9, False),
    ],
)
def test_who_is_like_whom(one: str, other: str, alike: bool) -> None:
    assert look_of(one).is_like(look_of(other)) is alike


@given(TEXTS, TEXTS)
def test_likeness_goes_both_ways(one: str, other: str) -> None:
    assert look_of(one).is_like(look_of(other)) == look_of(other).is_like(look_of(one))
    assert look_of(one).is_like(look_of(one))


@given(TEXTS)
def test_what_has_no_letters_is_like_no_word(text: str) -> None:
    has_letters = any(map(str.isalpha, text))
    assert bool(look_of(text).script) is has_letters
    assert look_of(text).is_like(look_of("1889")) is (not has_letters and len(text) <= 14)


@given(st.text("aZ1 -'", max_size=12))
def test_the_short_way_for_ascii_is_the_long_one(text: str) -> None:
    """The same text with a mark that is no letter beside it is looked at letter by letter."""
    assert look_of(text)[:2] == look_of(f"{text}…")[:2] or not text
    assert look_of(text).length == len(text)
