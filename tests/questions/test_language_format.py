from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ConfigError
from pipeline.questions.catalogue_file import read_yaml
from pipeline.questions.language_format import load_format
from pipeline.questions.templates import CATALOGUE, Catalogue

Load = Callable[[str, str], None]


@pytest.fixture
def load_changed(tmp_path: Path) -> Load:
    """Loads Spanish with one piece of its file replaced."""

    def load(old: str, new: str) -> None:
        path = tmp_path / "es" / "words.yaml"
        path.parent.mkdir()
        shutil.copy(CATALOGUE / "languages" / "es" / "words.yaml", path)
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        load_format(path, read_yaml(path))

    return load


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("language: es", "language: ca", "says language 'ca'; put it into ca/"),
        ("0123456789", "012345678", "length >= 10"),
        ("0123456789", "1234567890", "digits '1234567890' must be ten, nought first"),
        ("0123456789", "01234 6789", "must be ten, nought first"),
        ('year: "{n}"', 'year: "{year}"', "date pattern year needs exactly one of {n}"),
        ('year: "{n}"', 'year: "año"', "date pattern year needs exactly one of {n}"),
        ('year: "{n}"', 'year: "{n}}"', "date pattern year needs exactly one of {n}"),
        ("década de {n} a. C.", "{roman}", "date pattern decade_bce needs exactly one of {n}"),
        ('century: "siglo {roman}"', 'century: "{n} {roman}"', "century needs exactly one of {n}, {ordinal}, {roman}"),
        ("(i|í|", "(i|(í|", "is no regular expression"),
        ("  comma: ", "  coma: ", "coma"),
        ("digits: ", "digit: ", "digit"),
        ("  year_bce: ", "  year_ace: ", "year_"),
    ],
)
def test_a_malformed_file_is_refused(load_changed: Load, old: str, new: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_changed(old, new)
    assert "es/words.yaml" in str(caught.value)
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "A, B and C"),
        ("es", "A, B y C"),
        ("ja", "A、B、C"),
        ("ar", "A وB وC"),
        ("am", "A፣ B እና C"),
    ],
)
def test_lists_are_joined_in_the_way_of_the_language(catalogue: Catalogue, language: str, expected: str) -> None:
    assert catalogue.languages[language].format.join(["A", "B", "C"]) == expected


@pytest.mark.parametrize(
    ("last", "conjunction"),
    [
        ("Italia", "e"), ("iglesia", "e"), ("Índice", "e"), ("hilo", "e"), ("Ypacaraí", "e"), ("Yvelines", "e"),
        ("hierro", "y"), ("hielo", "y"), ("hiato", "y"), ("Yemen", "y"), ("yeso", "y"), ("oro", "y"), ("Hungría", "y"),
    ],
)  # fmt: skip
def test_spanish_and_gives_way_before_the_sound_i(catalogue: Catalogue, last: str, conjunction: str) -> None:
    assert catalogue.languages["es"].format.join(["cobre", last]) == f"cobre {conjunction} {last}"


# Digits stand in no conjunction, so that a value is found only where it was put.
@given(st.lists(st.text("357", min_size=1), min_size=1, max_size=4))
def test_a_list_holds_every_value_in_order(catalogue: Catalogue, texts: list[str]) -> None:
    for style in (language.format for language in catalogue.languages.values()):
        joined, position = style.join(texts), 0
        for text in texts:
            position = joined.index(text, position) + len(text)
        assert position == len(joined)
        assert joined.startswith(texts[0])


@given(st.integers(1, 9999))
def test_digits_of_every_language_are_read_back_as_the_number(catalogue: Catalogue, number: int) -> None:
    for style in (language.format for language in catalogue.languages.values()):
        assert int(style.number(number)) == number
