"""Lengths and counts: read from statements, written by CLDR's rules, and wrong ones near the right one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from babel import Locale
from babel.numbers import format_decimal
from babel.units import format_unit

from pipeline import vocabulary
from pipeline.questions.language_format import LanguageFormat

_NUMBERING = {"0": "latn", "۰": "arabext", "٠": "arab", "০": "beng"}
# Wrong ones are the right one times one of these: far enough to be wrong by any measure, near enough to be likely.
_FACTORS = tuple(map(Decimal, ("0.4", "0.5", "0.6", "0.7", "0.8", "1.25", "1.4", "1.6", "1.8", "2", "2.5")))
# Statements of one thing differ by so much where somebody measured anew, or in another unit.
_SAME = Decimal("0.1")
_LEAST_DIGITS, _MOST_DIGITS = 2, 3


@dataclass(frozen=True)
class Quantity:
    """A positive number as it is written, and its unit's item, None for a count."""

    amount: Decimal
    unit: int | None

    @property
    def metres(self) -> Decimal:
        """A length in metres; a count as it is."""
        return self.amount if self.unit is None else self.amount / Decimal(str(_units()[self.unit]["per_metre"]))

    @property
    def significant_digits(self) -> int:
        """As written, noughts at the end of a whole number not counted."""
        return len(self.amount.normalize().as_tuple().digits)


@cache
def _units() -> Mapping[int, Mapping[str, Any]]:
    loaded: Mapping[int, Mapping[str, Any]] = yaml.safe_load(
        (Path(__file__).parent / "units.yaml").read_text(encoding="utf-8")
    )
    return loaded


def quantity_of(statement: Mapping[str, Any]) -> Quantity | None:
    """The statement's quantity, or None where it is not positive or in a unit that is not asked in."""
    unit = statement.get("unit")
    if unit is not None and unit not in _units():
        return None
    try:
        amount = Decimal(str(statement.get("amount")))
    except InvalidOperation:
        return None
    return Quantity(amount, unit) if amount.is_finite() and amount > 0 else None


def write_quantity(quantity: Quantity, style: LanguageFormat) -> str:
    """The quantity as a short answer: `35 metres`, `1,200`, with the language's digits and order."""
    locale = Locale.parse(vocabulary.cldr_code(style.language))
    numbering = _NUMBERING[style.digits[0]]
    amount = quantity.amount.normalize()
    written = number = format_decimal(amount, locale=locale, numbering_system=numbering)
    if quantity.unit is not None:
        unit = _units()[quantity.unit]["unit"]
        written = format_unit(amount, unit, length="long", locale=locale, numbering_system=numbering)
        # Arabic says "a metre": among other answers the number must be there.
        written = written if any(map(str.isdigit, written)) else f"{number} {written}"
    # Babel takes separators from the numbering system, and leaves the digits as they are.
    return str(written).translate({ord(digit): own for digit, own in zip("0123456789", style.digits, strict=True)})


def near_quantities(quantity: Quantity, true: Iterable[Quantity]) -> list[Quantity]:
    """Wrong quantities of the same unit and about as many digits, smallest first, none near one that is true."""
    metres = [quantity.metres, *(each.metres for each in true)]
    digits = min(max(quantity.significant_digits, _LEAST_DIGITS), _MOST_DIGITS)
    found: dict[Decimal, Quantity] = {}
    for factor in _FACTORS:
        wrong = Quantity(_rounded(quantity.amount * factor, digits, whole=_is_whole(quantity.amount)), quantity.unit)
        if wrong.amount > 0 and all(abs(wrong.metres - each) > _SAME * each for each in metres):
            found.setdefault(wrong.amount, wrong)
    return [found[amount] for amount in sorted(found)]


def _is_whole(amount: Decimal) -> bool:
    return amount == amount.to_integral_value()


def _rounded(amount: Decimal, digits: int, *, whole: bool) -> Decimal:
    """To so many significant digits; a whole number to no fraction."""
    place = Decimal(1).scaleb(amount.adjusted() - digits + 1)
    rounded = (amount / place).quantize(Decimal(1), ROUND_HALF_EVEN) * place
    return rounded.to_integral_value(ROUND_HALF_EVEN) if whole else rounded
