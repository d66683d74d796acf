"""Lengths and counts: read, written in every language, and wrong ones that are wrong by any measure."""

from __future__ import annotations

import unicodedata
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.questions.quantities import Quantity, near_quantities, quantity_of, write_quantity
from pipeline.questions.templates import Catalogue

METRE, CENTIMETRE, FOOT = 11573, 174728, 3710

AMOUNTS = st.decimals("0.01", "99999", places=2, allow_nan=False, allow_infinity=False)
QUANTITIES = st.builds(Quantity, AMOUNTS, st.sampled_from([None, METRE, CENTIMETRE, FOOT]))


@pytest.mark.parametrize(
    ("amount", "unit", "expected"),
    [
        ("+35", METRE, Quantity(Decimal(35), METRE)),
        ("+4.50", CENTIMETRE, Quantity(Decimal("4.5"), CENTIMETRE)),
        ("+12", None, Quantity(Decimal(12), None)),
        ("-3", None, None),
        ("0", METRE, None),
        ("+35", 11570, None),
        ("about 5", None, None),
        (None, None, None),
        ("NaN", None, None),
        ("Infinity", None, None),
    ],
)
def test_a_statement_is_read(amount: str | None, unit: int | None, expected: Quantity | None) -> None:
    assert quantity_of({"amount": amount, "unit": unit}) == expected


@pytest.mark.parametrize(
    ("language", "amount", "unit", "expected"),
    [
        ("en", "35", METRE, "35 meters"),
        ("en", "1200", None, "1,200"),
        ("de", "1234.5", METRE, "1.234,5 Meter"),
        ("bn", "35", METRE, "৩৫ মিটার"),
        ("fa", "1200", None, "۱٬۲۰۰"),
        ("ru", "2", METRE, "2 метра"),
        ("ru", "5", METRE, "5 метров"),
        ("zh", "35", METRE, "35米"),
        ("sw", "35", METRE, "mita 35"),
        ("iw", "35.0", METRE, "35 מטרים"),
        ("ar", "1", METRE, "1 متر"),
    ],
)
def test_a_quantity_is_written_as_the_language_writes_it(
    catalogue: Catalogue, language: str, amount: str, unit: int | None, expected: str
) -> None:
    style = catalogue.languages[language].format
    written = write_quantity(Quantity(Decimal(amount), unit), style)
    # CLDR spaces with characters that do not break; which of them is its own affair.
    assert "".join(" " if char.isspace() else char for char in written) == expected


@example(Quantity(Decimal(1), METRE))
@given(QUANTITIES)
def test_every_language_writes_with_its_digits_alone(quantity: Quantity) -> None:
    from pipeline.questions.templates import shipped_catalogue

    for code, language in shipped_catalogue().languages.items():
        written = write_quantity(quantity, language.format)
        digits = {char for char in written if unicodedata.category(char) == "Nd"}
        assert digits <= set(language.format.digits), (code, written)
        assert digits


@given(QUANTITIES, st.lists(QUANTITIES, max_size=3))
def test_wrong_ones_are_far_from_all_that_is_true(quantity: Quantity, true: list[Quantity]) -> None:
    for wrong in near_quantities(quantity, true):
        assert wrong.unit == quantity.unit
        for each in (quantity, *true):
            assert abs(wrong.metres - each.metres) > Decimal("0.1") * each.metres
    amounts = [wrong.amount for wrong in near_quantities(quantity, true)]
    assert amounts == sorted(set(amounts))


@given(st.integers(4, 99999))
def test_there_are_enough_wrong_ones_on_either_side(number: int) -> None:
    near = near_quantities(Quantity(Decimal(number), None), [])
    assert sum(wrong.amount < number for wrong in near) >= 1
    assert sum(wrong.amount > number for wrong in near) >= 3
    assert all(wrong.amount == wrong.amount.to_integral_value() for wrong in near)


def test_they_are_no_rounder_and_no_finer_than_the_right_one() -> None:
    near = near_quantities(Quantity(Decimal("31.4"), METRE), [])
    assert all(wrong.significant_digits <= 3 for wrong in near)
    assert len(near) > 6
    assert {wrong.significant_digits for wrong in near_quantities(Quantity(Decimal(80), None), [])} <= {1, 2}
