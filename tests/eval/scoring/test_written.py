from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.scoring.written import first_line, normalised, same, without_article
from pipeline import vocabulary

LANGUAGES = sorted(vocabulary.languages())
texts = st.text(max_size=20)
languages = st.sampled_from(LANGUAGES)


@given(texts, languages)
def test_what_is_normalised_stays_so(text: str, language: str) -> None:
    once = normalised(text, language)
    assert normalised(once, language) == once
    assert once == " ".join(once.split())


@given(st.text(st.characters(categories=["L", "M", "N", "Z"]), max_size=20), languages)
def test_composed_or_not_is_the_same(text: str, language: str) -> None:
    assert normalised(unicodedata.normalize("NFD", text), language) == normalised(text, language)


@given(texts, texts, languages)
def test_sameness_goes_both_ways(one: str, other: str, language: str) -> None:
    assert same(one, other, language) == same(other, one, language)
    assert same(one, one, language) == bool(normalised(one, language))


@given(st.integers(0, 10**12), st.sampled_from(["٠", "۰", "०", "০", "௦", "౦", "๐", "෦"]))
def test_digits_of_other_scripts_are_the_same_number(number: int, zero: str) -> None:
    written = "".join(chr(ord(zero) + int(digit)) for digit in str(number))
    assert same(written, f"{number:,}", "en")


@given(st.integers(1, 10**9))
def test_numbers_differ_by_sign_and_point(number: int) -> None:
    assert not same(f"-{number}", str(number), "en")
    assert not same(f"{number}.5", f"{number}5", "en")
    assert same(f"{number}.5", f"{number},5", "de")


@pytest.mark.parametrize(
    ("language", "with_article", "bare"),
    [
        ("de", "der Hund", "hund"), ("el", "Η γάτα", "γάτα"), ("en", "an owl", "owl"), ("es", "los perros", "perros"),
        ("fr", "l’église", "église"), ("fr", "d'eau", "eau"), ("ga", "an madra", "madra"), ("it", "l'acqua", "acqua"),
        ("nl", "het huis", "huis"), ("no", "et hus", "hus"), ("pt", "os cães", "cães"), ("ro", "un câine", "câine"),
        ("ar", "القاهرة", "قاهرة"), ("iw", "הכלב", "כלב"), ("ja", "the cat", "the cat"),
    ],
)  # fmt: skip
def test_articles_of_each_language(language: str, with_article: str, bare: str) -> None:
    assert without_article(normalised(with_article, language), language) == normalised(bare, language)


@pytest.mark.parametrize(("language", "text"), [("en", "the"), ("en", "A"), ("ar", "الي"), ("iw", "הר"), ("es", "la")])
def test_an_article_alone_or_most_of_a_word_stays(language: str, text: str) -> None:
    said = normalised(text, language)
    assert without_article(said, language) == said


@pytest.mark.parametrize("mark", "।॥。、，！？・「」፡።፣؟،؛۔׃¿¡«»…")
def test_punctuation_of_all_scripts_is_no_word(mark: str) -> None:
    assert normalised(f"{mark}a{mark}", "en") == "a"
    assert first_line(f"{mark}\n a \nb") == "a"
