"""The sample's tables: YAML rows that a person reviews, read as typed entities in Wikidata's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline import vocabulary
from pipeline.errors import ConfigError
from pipeline.questions.catalogue_file import convert, read_yaml
from sample.rows import Claim, Drawing, Rank, Row, check_row
from sample.snaks import FILE, ITEM, PICTURE, Snak, read_snak

__all__ = ["CONCEPTS", "Drawing", "Entity", "Rank", "Sample", "Statement", "load_sample"]

CONCEPTS = "concepts"


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
        return Statement(read_snak(prop, claim, where), "normal", (), known)
    qualifiers = tuple(read_snak(name, value, where) for name, values in claim.qualifiers.items() for value in values)
    return Statement(read_snak(prop, claim.value, where), claim.rank, qualifiers, known)
