from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ConfigError
from pipeline.questions.catalogue_file import read_yaml
from pipeline.questions.dates import CENTURY, DECADE, YEAR, Date, write_date
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
        ('circa: "hacia {date}"', 'circa: "hacia {n}"', "date pattern circa needs exactly one of {date}"),
        ('circa: "hacia {date}"', 'circa: "hacia"', "date pattern circa needs exactly one of {date}"),
        ("hacia la {date}", "hacia la {date} {date}", "date pattern circa_decade needs exactly one of {date}"),
        ("hacia el {date}", "hacia el {date", "date pattern circa_century needs exactly one of {date}"),
        ("  circa: ", "  around: ", "around"),
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


PRECISIONS = st.sampled_from([CENTURY, DECADE, YEAR])


@given(PRECISIONS, st.integers(1, 40), st.booleans())
def test_every_language_says_of_every_date_when_it_is_circa(
    catalogue: Catalogue, precision: int, unit: int, before_era: bool
) -> None:
    exact, around = (Date(precision, -unit - 1 if before_era else unit, circa=circa) for circa in (False, True))
    for code, style in ((code, language.format) for code, language in catalogue.languages.items()):
        plain, circa = write_date(exact, style), write_date(around, style)
        assert set(plain + circa).isdisjoint("{}")
        said = circa.replace(plain, "", 1)
        assert len(said) == len(circa) - len(plain) > 0, code
        assert any(char.isalpha() for char in said), code
        assert not any(char.isnumeric() for char in said), code
        assert circa == " ".join(circa.split()), code
        numerals = {char for char in plain if char.isdecimal()}
        assert numerals <= set(style.digits), code
        if precision != CENTURY:
            assert style.number(exact.number) in circa, code


@given(PRECISIONS, st.integers(1, 19), st.integers(1, 19), st.booleans())
def test_two_circa_dates_of_a_language_never_read_alike(
    catalogue: Catalogue, precision: int, one: int, other: int, before_era: bool
) -> None:
    dates = {
        Date(precision, index, circa)
        for index in ((-one - 1, -other - 1) if before_era else (one, other))
        for circa in (False, True)
    }
    for style in (language.format for language in catalogue.languages.values()):
        assert len({write_date(date, style) for date in dates}) == len(dates)
