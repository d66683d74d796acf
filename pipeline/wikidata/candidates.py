"""The items of a dump that have a picture and a country, found without decoding the others.

A line that does not contain the bytes "P18" has no picture. That is searched for through whole blocks, at the speed of
memory; only where it is found is a line looked at, and its rank and country decided by the typed outline.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from heapq import merge
from itertools import groupby
from typing import Any

import stringzilla

from pipeline.wikidata.dump.lines import span_around
from pipeline.wikidata.outline import Outline, OutlineReader, best_values

_find = stringzilla.find


class Candidates:
    """Which items have a picture and a country by a best statement.

    Args:
        pictures: properties (P18), one of which an item must have.
        countries: properties (P17, P495), one of which must give an item.
        country_items: the items that count as countries; None takes any.
        languages: Wikidata's codes of the labels that outlines have, in that order.
    """

    def __init__(
        self,
        pictures: Sequence[str],
        countries: Sequence[str],
        country_items: Collection[int] | None = None,
        languages: Sequence[str] = (),
    ) -> None:
        self.languages = tuple(languages)
        self._pictures, self._countries = tuple(pictures), tuple(countries)
        self._country_items = None if country_items is None else frozenset(country_items)
        self._picture_keys, self._country_keys = (
            tuple(f'"{name}"'.encode() for name in names) for names in (pictures, countries)
        )
        self._outlines = OutlineReader((), pictures, countries, languages)

    def __reduce__(self) -> tuple[type[Candidates], tuple[Any, ...]]:
        """Decoders cannot be sent to a worker: it makes its own."""
        return Candidates, (self._pictures, self._countries, self._country_items, self.languages)

    def reason_against(self, outline: Outline) -> str | None:
        """Why an item is no candidate, or None if it is one."""
        if not any(best_values(outline.links(prop)) for prop in self._pictures):
            return "no_picture"
        for prop in self._countries:
            for link in best_values(outline.links(prop)):
                qid = link.qid()
                if qid is not None and (self._country_items is None or qid in self._country_items):
                    return None
        return "no_country"

    def find(self, block: bytes) -> Iterator[tuple[int, int]]:
        """Where the lines of a block's candidates start and end.

        Raises:
            msgspec.DecodeError: a line that may be one is not JSON, or not an entity.
        """
        for start, end in self.may_be(block):
            if self.outline(block, start, end) is not None:
                yield start, end

    def outline(self, block: bytes, start: int, end: int) -> Outline | None:
        """The outline of the line at block[start:end] if it is a candidate's.

        Raises:
            msgspec.DecodeError: not JSON, or not an entity.
        """
        outline = self._outlines.read(block, start, end)
        is_item = outline.type == "item" and outline.id.startswith("Q")
        return outline if is_item and self.reason_against(outline) is None else None

    def may_be(self, block: bytes) -> Iterator[tuple[int, int]]:
        """Lines that hold the names of both properties: all candidates are among them."""
        spans = merge(*(_lines_with(block, key) for key in self._picture_keys))
        for (start, end), _ in groupby(spans):
            if any(_find(block, key, start, end) >= 0 for key in self._country_keys):
                yield start, end


def _lines_with(block: bytes, key: bytes) -> Iterator[tuple[int, int]]:
    at = _find(block, key)
    while at >= 0:
        start, end = span_around(block, at)
        yield start, end
        at = _find(block, key, end)
