"""A small dump of what a SPARQL service knows of some entities, their values, and the classes and places above them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline import vocabulary
from pipeline.errors import InputError
from pipeline.wikidata.choice import lists
from pipeline.wikidata.outline import property_names
from pipeline.wikidata.sparql import queries
from pipeline.wikidata.sparql.entities import Json, entities_of
from pipeline.wikidata.sparql.service import Binding, Service, TooMuchError

_PAGE = 2_000
_ITEMS_PER_QUERY = 50
_ENTITIES_PER_MEMBER = 40
# Up these trees every item is asked for, to the top: classes, places, wholes.
_CLIMBED = (279, 131, 361)


@dataclass
class Snapshot:
    """What was asked for, as it grows.

    Attributes:
        service: who is asked.
        edges: properties that are asked of items that entities point to, and of those above them.
        languages: Wikidata's codes of the terms that are kept.
        report: told what is going on, in a few words.
        entities: item -> entity in dump form.
    """

    service: Service
    edges: Sequence[int] = (31, 279, 131, 361)
    languages: Sequence[str] = field(default_factory=lambda: sorted(vocabulary.label_languages()))
    report: Callable[[str], None] = print
    entities: dict[int, Json] = field(default_factory=dict)

    def find(self, countries: Iterable[str], properties: Sequence[int], classes: Sequence[int]) -> list[int]:
        """Items with a picture that a statement ties to a country, by number.

        Args:
            countries: keys of the countries.
            properties: those that give a country directly.
            classes: the items are in one of them or below; empty takes any.
        """
        found: set[int] = set()
        for country in countries:
            items = sorted(item for item, key in lists.country_items().items() if key == country)
            found.update(self._pages(items, properties, classes))
            self.report(f"{country}: {len(found):,} items with a picture so far")
        return sorted(found)

    def add(self, items: Sequence[int]) -> None:
        """The items with all they say, the items they point to with their terms, and the trees above those.

        Raises:
            InputError: the service does not answer, or does not know one of the items.
        """
        self._add_whole(items)
        unknown = [item for item in items if item not in self.entities]
        if unknown:
            raise InputError(f"{self.service.endpoint}: knows nothing of Q{unknown[0]} ({len(unknown)} such items)")
        level = _pointed_to(self.entities.values()) - self.entities.keys()
        while level:
            level = self._add_upward(sorted(level)) - self.entities.keys()

    def write(self, path: Path) -> int:
        """Write the dump, members laid out as the real dump's are; how many entities it has."""
        lines = [
            json.dumps(self.entities[item], separators=(",", ":"), ensure_ascii=True).encode()
            for item in sorted(self.entities)
        ]
        partial = path.with_name(path.name + ".partial")
        with partial.open("wb") as file:
            file.write(gzip.compress(b"[\n", mtime=0))
            for start in range(0, len(lines), _ENTITIES_PER_MEMBER):
                file.write(gzip.compress(b",\n", mtime=0) if start else b"")
                file.write(gzip.compress(b",\n".join(lines[start : start + _ENTITIES_PER_MEMBER]), mtime=0))
            file.write(gzip.compress(b"\n]\n", mtime=0))
        partial.replace(path)
        return len(lines)

    def _pages(self, countries: Sequence[int], properties: Sequence[int], classes: Sequence[int]) -> list[int]:
        """Page by page; where that is too much for the service, property by property, then for fewer items."""
        found: list[int] = []
        while True:
            after = found[-1] if found else 0
            try:
                page = self.service.ask(queries.items_of(countries, properties, classes, after, _PAGE))
            except TooMuchError as error:
                middle = len(countries) // 2
                parts = (
                    [(countries, [prop]) for prop in properties]
                    if len(properties) > 1
                    else [(half, properties) for half in (countries[:middle], countries[middle:]) if middle]
                )
                if parts:
                    return [item for part in parts for item in self._pages(*part, classes)]
                raise InputError(
                    f"{self.service.endpoint}: items with P{properties[0]} Q{countries[0]} are too many for its time "
                    f"limit: name classes, or items, or take the dump ({error})"
                ) from error
            found += [int(row["number"]["value"]) for row in page]
            if len(page) < _PAGE:
                return found

    def _add_whole(self, items: Sequence[int]) -> None:
        for done, batch in enumerate(_batches(items)):
            statements = self._halving(lambda part: queries.statements_of(part), batch)
            qualifiers = self._halving(queries.qualifiers_of, batch)
            self.entities.update(entities_of(batch, statements, qualifiers, self._terms(batch), self._revisions(batch)))
            self.report(f"{min((done + 1) * _ITEMS_PER_QUERY, len(items)):,} of {len(items):,} items")

    def _add_upward(self, items: Sequence[int]) -> set[int]:
        above: set[int] = set()
        for batch in _batches(items):
            statements = self._halving(lambda part: queries.statements_of(part, self.edges), batch)
            made = entities_of(batch, statements, (), self._terms(batch))
            # Nothing is known of some: an entity without anything still says that it was asked for.
            self.entities.update({item: made.get(item, _empty(item)) for item in batch})
            above |= _pointed_to(made.values(), _CLIMBED)
        self.report(f"{len(items):,} items above or beside them")
        return above

    def _terms(self, batch: Sequence[int]) -> list[Binding]:
        return self._halving(lambda part: queries.terms_of(part, self.languages), batch)

    def _revisions(self, batch: Sequence[int]) -> list[Binding]:
        return self._halving(queries.revisions_of, batch)

    def _halving(self, query: Callable[[Sequence[int]], str], items: Sequence[int]) -> list[Binding]:
        """The solutions for all items, asked for in halves where the whole is too much for the service."""
        try:
            return self.service.ask(query(items))
        except TooMuchError as error:
            if len(items) == 1:
                raise InputError(f"{self.service.endpoint}: cannot tell all about Q{items[0]}: {error}") from error
            middle = len(items) // 2
            return self._halving(query, items[:middle]) + self._halving(query, items[middle:])


def _batches(items: Sequence[int]) -> Iterable[Sequence[int]]:
    return (items[start : start + _ITEMS_PER_QUERY] for start in range(0, len(items), _ITEMS_PER_QUERY))


def _empty(item: int) -> Json:
    return {"type": "item", "id": f"Q{item}", "labels": {}, "aliases": {}, "claims": {}, "sitelinks": {}}


def _pointed_to(entities: Iterable[Json], properties: Sequence[int] = ()) -> set[int]:
    """Items that statements point to; with these properties alone, if any are named."""
    names = property_names(properties)
    return {
        claim["mainsnak"]["datavalue"]["value"]["numeric-id"]
        for entity in entities
        for name, claims in entity["claims"].items()
        for claim in claims
        if (not names or name in names) and _is_item(claim["mainsnak"])
    }


def _is_item(snak: dict[str, Any]) -> bool:
    value = snak.get("datavalue", {})
    return bool(value.get("type") == "wikibase-entityid" and value["value"]["entity-type"] == "item")
