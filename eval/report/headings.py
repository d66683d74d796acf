"""What a group of items is called: a language, a country, a property, or a benchmark's own word."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from babel import Locale

from eval.report.fact import NAME, Text, property_url
from eval.report.wording import words
from pipeline import vocabulary

# Languages of benchmarks that CLDR does not name.
_MORE = {"quz": "Cusco Quechua"}


@dataclass(frozen=True)
class Heading:
    """A group's name in English, a language's own name, and the page of a property."""

    label: str
    own_name: Text | None = None
    url: str | None = None


def heading(by: str, group: str) -> Heading:
    """What the scores of a group stand under.

    Args:
        by: column `by` of `schema.SCORES`.
        group: its column `group`.
    """
    if by == "language":
        return Heading(language_name(group), _own_name(group))
    if by == "country":
        known = vocabulary.countries().get(group)
        return Heading(known.name if known else group)
    if by == "property" and group.isdecimal():
        return Heading("name") if int(group) == NAME else Heading(f"P{group}", url=property_url(int(group)))
    return Heading(words(group))


def language_name(code: str) -> str:
    """English name: ours of the 39 languages, CLDR's of others, the code where neither has one."""
    known = vocabulary.languages().get(code)
    return known.name if known else _cldr().get(code, code)


def spoken(text: str, language: str) -> Text:
    """Words in a language, which a browser sets by its script where we do not know its direction."""
    known = vocabulary.languages().get(language)
    return Text(text, known.wikidata[0], known.direction) if known else Text(text, language, "auto")


def _own_name(code: str) -> Text | None:
    known = vocabulary.languages().get(code)
    return spoken(known.own_name, code) if known else None


@cache
def _cldr() -> dict[str, str]:
    return {**Locale("en").languages, **_MORE}
