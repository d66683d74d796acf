"""The sample's tables: YAML rows that a person reviews, read as typed entities in Wikidata's words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from pipeline import vocabulary
from pipeline.errors import ConfigError
from pipeline.questions.catalogue_file import convert, read_yaml
from sample.rows import ENTITY_ID, Claim, Drawing, Rank, Row, check_row

__all__ = [
    "CONCEPTS", "FILE", "ITEM", "PICTURE", "TIME", "Drawing", "Entity", "Rank", "Sample", "Snak", "Statement", "Time",
    "load_sample", "parse_time",
]  # fmt: skip

ITEM, TIME, FILE = "wikibase-item", "time", "commonsMedia"
PICTURE = "P18"
CONCEPTS = "concepts"

# The properties a row may use, with Wikidata's datatype. Another one is added here.
DATATYPES: Mapping[str, str] = {
    **dict.fromkeys(("P17", "P31", "P131", "P140", "P186", "P276", "P279", "P361", "P495", "P527"), ITEM),
    **dict.fromkeys(("P571", "P577", "P580", "P582", "P1319", "P1326"), TIME),
    PICTURE: FILE,
}

DAY, YEAR, DECADE, CENTURY = 11, 9, 8, 7
GREGORIAN, JULIAN = "Q1985727", "Q1985786"
_FIRST_GREGORIAN_YEAR = 1583

_DATE = re.compile(
    r"(?:(?P<year>[1-9]\d{0,3})(?:-(?P<month>\d\d)-(?P<day>\d\d))?"
    r"|(?P<decade>[1-9]\d{0,2}0)s"
    r"|(?P<century>[1-9]\d?)(?:st|nd|rd|th) century)"
    r"(?P<bce> BCE)?"
)


@dataclass(frozen=True)
class Time:
    """A time as in the dump: "+1889-00-00T00:00:00Z", its precision (7 century ... 11 day), its calendar's item."""

    time: str
    precision: int
    calendar: str


@dataclass(frozen=True)
class Snak:
    """A property with a value: an item id, a file name or a time. None where `snaktype` is somevalue or novalue."""

    property: str
    datatype: str
    snaktype: Literal["value", "somevalue", "novalue"]
    value: str | Time | None


@dataclass(frozen=True)
class Statement:
    """A main snak with its rank and qualifiers. `known`: written from knowledge, not found in the row's source."""

    snak: Snak
    rank: Rank
    qualifiers: tuple[Snak, ...]
    known: bool


@dataclass(frozen=True)
class Entity:
    """One row.

    Attributes:
        id: Q- or P-number, as "Q243".
        group: "concepts", or the name of the file without its ending.
        country: key of the country whose file a concept stands in, else None.
        labels: Wikidata's language code -> label, in NFC.
        known: codes whose label or aliases are written from knowledge, not found in the source.
        statements: in the order of the rows, the picture last.
        sources: where the id was confirmed, each "owner/repository: file".
    """

    id: str
    group: str
    country: str | None
    labels: Mapping[str, str]
    aliases: Mapping[str, tuple[str, ...]]
    known: frozenset[str]
    statements: tuple[Statement, ...]
    num_sitelinks: int
    sources: tuple[str, ...]
    drawing: Drawing | None

    @property
    def picture(self) -> str | None:
        """Title of the picture on Commons without "File:", if it has one."""
        return next((str(row.snak.value) for row in self.statements if row.snak.property == PICTURE), None)

    def items(self) -> Iterator[tuple[str, str]]:
        """(property, item) of everything that statements and qualifiers point to."""
        for statement in self.statements:
            for snak in (statement.snak, *statement.qualifiers):
                if snak.datatype == ITEM and isinstance(snak.value, str):
                    yield snak.property, snak.value


@dataclass(frozen=True)
class Sample:
    """All rows by id, items in the order of their numbers, then properties."""

    entities: Mapping[str, Entity]

    def group(self, name: str) -> list[Entity]:
        return [entity for entity in self.entities.values() if entity.group == name]


def load_sample(directory: Path) -> Sample:
    """Read every YAML file of the directory and of its folder `concepts`.

    Raises:
        ConfigError: a row is wrong, or points to an item without a row; the message names file and row.
    """
    entities: dict[str, Entity] = {}
    written_in: dict[str, Path] = {}
    titles: dict[str, str] = {}
    for path in sorted([*directory.glob("*.yaml"), *directory.glob(f"{CONCEPTS}/*.yaml")]):
        for entity in _read_file(path):
            where = f"{path}, {entity.id}"
            if entity.id in entities:
                raise ConfigError(f"{where}: has a row in {written_in[entity.id]} already; keep one of them")
            if entity.picture in titles:
                raise ConfigError(f"{where}: {titles[entity.picture]} has the same picture; give it another title")
            if entity.picture is not None:
                titles[entity.picture] = entity.id
            entities[entity.id], written_in[entity.id] = entity, path
    if not entities:
        raise ConfigError(f"{directory}: no tables of the sample there (*.yaml, {CONCEPTS}/*.yaml)")
    for entity in entities.values():
        for prop, item in entity.items():
            if item not in entities:
                where = f"{written_in[entity.id]}, {entity.id}"
                raise ConfigError(f"{where}: {prop} points to {item}, which has no row; add one")
    return Sample(dict(sorted(entities.items(), key=lambda pair: (pair[0][0] == "P", int(pair[0][1:])))))


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


def _read_file(path: Path) -> Iterator[Entity]:
    group, country = path.stem, None
    if path.parent.name == CONCEPTS:
        group, country = CONCEPTS, path.stem
        if country not in vocabulary.countries():
            raise ConfigError(f"{path}: {country!r} is no country; name the file after a key of countries.yaml")
    for key, value in read_yaml(path).items():
        where = f"{path}, {key}"
        row = convert(value, Row, where)
        check_row(str(key), row, country is not None, where)
        statements = _statements(row, where)
        aliases = {code: tuple(names) for code, names in row.aliases.items()}
        yield Entity(
            key, group, country, row.labels, aliases, frozenset(row.known), statements, row.sitelinks,
            tuple(row.source), row.drawing,
        )  # fmt: skip


def _statements(row: Row, where: str) -> tuple[Statement, ...]:
    statements = [
        _statement(prop, claim, known, where)
        for claims, known in ((row.statements, False), (row.known_statements, True))
        for prop, values in claims.items()
        for claim in values
    ]
    snaks = [statement.snak for statement in statements]
    for number, snak in enumerate(snaks):
        if snak in snaks[:number]:
            raise ConfigError(f"{where}: {snak.property} states the same value twice; keep one of them")
    if row.picture is not None:
        statements.append(Statement(Snak(PICTURE, FILE, "value", row.picture), "normal", (), known=False))
    return tuple(statements)


def _statement(prop: str, claim: str | Claim, known: bool, where: str) -> Statement:
    if isinstance(claim, str):
        return Statement(_snak(prop, claim, where), "normal", (), known)
    qualifiers = tuple(_snak(name, value, where) for name, values in claim.qualifiers.items() for value in values)
    return Statement(_snak(prop, claim.value, where), claim.rank, qualifiers, known)


def _snak(prop: str, value: str, where: str) -> Snak:
    datatype = DATATYPES.get(prop)
    if datatype is None or prop == PICTURE:
        raise ConfigError(f"{where}: {prop!r} is not a property of the sample; a picture goes under `picture`")
    if value in ("somevalue", "novalue"):
        return Snak(prop, datatype, value, None)  # type: ignore[arg-type]
    if datatype == TIME:
        try:
            return Snak(prop, datatype, "value", parse_time(value))
        except ValueError as error:
            raise ConfigError(f"{where}: {prop}: {error}") from error
    if ENTITY_ID.fullmatch(value) is None or value[0] != "Q":
        raise ConfigError(f"{where}: {prop} needs an item such as Q142, not {value!r}")
    return Snak(prop, datatype, "value", value)
