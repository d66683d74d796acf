from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import vocabulary
from pipeline.dataset.alike.words import normalised, shingles, words
from pipeline.questions.templates import shipped_catalogue


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Where is “Łódź” — in Poland?", ["where", "is", "łódź", "in", "poland"]),
        ("Ìkà ọ̀kà, ọkà!", ["ìkà", "ọ̀kà", "ọkà"]),  # tone marks are part of the word
        ("L’eau d'ici: 1,000.5 m", ["l'eau", "d'ici", "1,000.5", "m"]),
        ("इस चित्र में “चिमटा” है।", ["इस", "चित्र", "में", "चिमटा", "है"]),
        ("የየትኛው አገር ነው?", ["የየትኛው", "አገር", "ነው"]),
        ("다음 중 여기에", ["다음", "중", "여기에"]),
        ("צה״ל של ישראל", ["צה״ל", "של", "ישראל"]),
        ("画像、ＡＢＣです", ["画", "像", "abc", "で", "す"]),
        ("ที่นี้", ["ที่", "นี้"]),  # marks stay with their consonants
        ("?!", []),
    ],
)
def test_words_of_many_scripts(text: str, expected: list[str]) -> None:
    assert words(text) == [word for each in expected for word in words(each)]
    assert len(words(text)) == len(expected)
    assert words(text)[:2] == expected[:2]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("مَسْجِدٌ", "مسجد"),  # vowels that may be written or not
        ("كتابـــ عربي", "کتاب عربی"),  # Arabic letters in Persian, and a stretched line
        ("שָׁלוֹם", "שלום"),
        ("İSTANBUL", "istanbul"),
        ("ＷＨＡＴ  is\tthis ？", "what is this"),
        ("ﾃｽﾄ", "テスト"),
        ("caf\u0065\u0301", "CAFÉ"),
        ("wor\u200bd", "word"),
    ],
)
def test_what_a_reader_takes_for_the_same_is_the_same(one: str, other: str) -> None:
    assert normalised(one) == normalised(other)
    assert shingles(one) == shingles(other)


@pytest.mark.parametrize(("one", "other"), [("ma", "mà"), ("คา", "ค่า"), ("কল", "কাল"), ("resume", "resumé")])
def test_marks_that_make_another_word_count(one: str, other: str) -> None:
    assert normalised(one) != normalised(other)


def test_order_counts_but_little_of_it() -> None:
    one, other = set(shingles("the tower of the church")), set(shingles("the church of the tower"))
    assert one != other
    assert len(one & other) > len(one - other)


def test_a_text_without_words_is_itself() -> None:
    assert normalised("♯") == "♯" != normalised("♭")
    assert shingles("♯") == ()


@pytest.mark.parametrize("code", sorted(vocabulary.languages()))
def test_every_wording_of_the_catalogue_has_words_of_its_own(code: str) -> None:
    """Texts of each of the 39 languages are cut, and no two of a family come to the same."""
    language = shipped_catalogue().languages[code]
    for wordings in language.wordings.values():
        for texts in wordings.by_kind.values():
            pieces = [shingles(each.text) for each in texts]
            assert all(len(each) >= 3 for each in pieces)
            assert len(set(pieces)) == len(pieces)


@given(st.text(max_size=40))
def test_normalising_twice_is_normalising_once(text: str) -> None:
    assert normalised(normalised(text)) == normalised(text)
    assert shingles(text) == tuple(sorted(set(shingles(text))))
