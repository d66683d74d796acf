"""The properties of the sample, and their values as rows write them: items, dates, quantities, texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from pipeline import vocabulary
from pipeline.errors import ConfigError
from sample.rows import ENTITY_ID

# Wikidata's datatypes.
ITEM, TIME, QUANTITY, FILE, TEXT = "wikibase-item", "time", "quantity", "commonsMedia", "monolingualtext"
PICTURE = "P18"

# The properties a row may use, with Wikidata's datatype. Another one is added here.
DATATYPES: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "P17", "P31", "P50", "P84", "P86", "P88", "P112", "P127", "P131", "P135", "P136", "P138", "P140", "P149",
            "P159", "P170", "P175", "P180", "P186", "P195", "P206", "P276", "P279", "P282", "P291", "P361", "P366",
            "P407", "P417", "P462", "P495", "P527", "P547", "P674", "P706", "P740", "P825", "P837", "P840", "P921",
            "P941", "P1071", "P1419", "P1435", "P1480", "P1535", "P1582", "P2012", "P2079", "P2283", "P2341",
            "P2348", "P2596",
        ),
        ITEM,
    ),
    **dict.fromkeys(("P571", "P577", "P580", "P582", "P1191", "P1319", "P1326", "P1619"), TIME),
    **dict.fromkeys(("P1083", "P1101", "P2043", "P2048"), QUANTITY),
    "P1705": TEXT,
    PICTURE: FILE,
}  # fmt: skip

DAY, YEAR, DECADE, CENTURY = 11, 9, 8, 7
GREGORIAN, JULIAN = "Q1985727", "Q1985786"
_FIRST_GREGORIAN_YEAR = 1583

UNITS: Mapping[str, str] = {"m": "Q11573", "km": "Q828224", "cm": "Q174728", "ft": "Q3710"}

_DATE = re.compile(
    r"(?:(?P<year>[1-9]\d{0,3})(?:-(?P<month>\d\d)-(?P<day>\d\d))?"
    r"|(?P<decade>[1-9]\d{0,2}0)s"
    r"|(?P<century>[1-9]\d?)(?:st|nd|rd|th) century)"
    r"(?P<bce> BCE)?"
)
_QUANTITY = re.compile(r"(?P<amount>[1-9]\d*(?:\.\d+)?)(?: (?P<unit>[a-z]+))?")
_TEXT = re.compile(r"(?P<language>[a-z-]+): (?P<text>\S(?:.*\S)?)")


@dataclass(frozen=True)
class Time:
    """A time as in the dump: "+1889-00-00T00:00:00Z", its precision (7 century ... 11 day), its calendar's item."""

    time: str
    precision: int
    calendar: str


@dataclass(frozen=True)
class Quantity:
    """A decimal of at least 1 as it is written, and the item of its unit; None for a count."""

    amount: str
    unit: str | None


@dataclass(frozen=True)
class Text:
    """A text and the language that it is in, by Wikidata's code."""

    text: str
    language: str


Value = str | Time | Quantity | Text


@dataclass(frozen=True)
class Snak:
    """A property with a value; `str` is an item id or a file name. None where `snaktype` is somevalue or novalue."""

    property: str
    datatype: str
    snaktype: Literal["value", "somevalue", "novalue"]
    value: Value | None


def parse_time(text: str) -> Time:
    """A date as people write it, in Wikidata's form: "1889", "1889-03-31", "1880s", "12th century", "447 BCE".

    The calendar is Julian before 1583, as Wikidata's own editor sets it.

    Raises:
        ValueError: the text is none of these, or no such day exists.
    """
    match = _DATE.fullmatch(text)
    if match is None:
        raise ValueError(f'{text!r} is not a date such as "1889", "1889-03-31", "1880s", "12th century" or "447 BCE"')
    month, day = int(match["month"] or 0), int(match["day"] or 0)
    if match["year"]:
        year, precision = int(match["year"]), DAY if match["day"] else YEAR
    elif match["decade"]:
        year, precision = int(match["decade"]), DECADE
    else:
        year, precision = 100 * int(match["century"]), CENTURY
    if precision == DAY:
        date(year, month, day)
    calendar = JULIAN if match["bce"] or year < _FIRST_GREGORIAN_YEAR else GREGORIAN
    sign = "-" if match["bce"] else "+"
    return Time(f"{sign}{year:04d}-{month:02d}-{day:02d}T00:00:00Z", precision, calendar)


def parse_quantity(text: str) -> Quantity:
    """A count or a length: "40000", "330 m", "54.5 cm", "361 ft".

    Raises:
        ValueError: the text is neither, is less than 1, or is in another unit.
    """
    match = _QUANTITY.fullmatch(text)
    if match is None or (match["unit"] or "m") not in UNITS:
        raise ValueError(f'{text!r} is not a quantity such as "40000" or "54.5 cm"; units are {", ".join(UNITS)}')
    return Quantity(match["amount"], match["unit"] and UNITS[match["unit"]])


def parse_text(text: str) -> Text:
    """A text after Wikidata's code of its language: "ja: 姫路城".

    Raises:
        ValueError: there is no code, or one that `pipeline/languages.yaml` does not have.
    """
    match = _TEXT.fullmatch(text)
    if match is None or match["language"] not in vocabulary.label_languages():
        raise ValueError(f'{text!r} is not a text after a label code of languages.yaml, such as "ja: 姫路城"')
    return Text(match["text"], match["language"])


_PARSERS: Mapping[str, Callable[[str], Value]] = {TIME: parse_time, QUANTITY: parse_quantity, TEXT: parse_text}


def read_snak(prop: str, value: str, where: str) -> Snak:
    """A property and its value as a row writes them.

    Raises:
        ConfigError: starts with `where`; the property is not in `DATATYPES`, or the value is not of its datatype.
    """
    datatype = DATATYPES.get(prop)
    if datatype is None or prop == PICTURE:
        raise ConfigError(f"{where}: {prop!r} is not a property of the sample; a picture goes under `picture`")
    if value in ("somevalue", "novalue"):
        return Snak(prop, datatype, value, None)  # type: ignore[arg-type]
    if datatype in _PARSERS:
        try:
            return Snak(prop, datatype, "value", _PARSERS[datatype](value))
        except ValueError as error:
            raise ConfigError(f"{where}: {prop}: {error}") from error
    if ENTITY_ID.fullmatch(value) is None or value[0] != "Q":
        raise ConfigError(f"{where}: {prop} needs an item such as Q142, not {value!r}")
    return Snak(prop, datatype, "value", value)
