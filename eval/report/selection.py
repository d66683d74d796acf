"""Which questions of a picture are shown: one fact in several languages, and all languages over a gallery."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import xxhash

from pipeline import vocabulary

ANCHOR = "en"
PER_PICTURE = 4

Item = Mapping[str, Any]
# What is asked and how: (property, kind).
Fact = tuple[int, str]


def select(rows: Sequence[Mapping[str, Any]], per_picture: int = PER_PICTURE) -> list[list[Item]]:
    """For each row the items to show, the reader's English first where there is one.

    Every language that some row has appears at least once; where the cards have no room for it, one grows. The same
    rows give the same choice.

    Args:
        rows: of `schema.SHARDS`, in the order shown.
        per_picture: items of one card.
    """
    usage = _Usage()
    chosen = [_card(row["items"], usage, per_picture) for row in rows]
    every = {item["language"] for row in rows for item in row["items"]}
    for language in sorted(every - usage.languages.keys()):
        number, item = min(
            (
                (number, item)
                for number, row in enumerate(rows)
                for item in row["items"]
                if item["language"] == language
            ),
            key=lambda place: (len(chosen[place[0]]), place[0], _draw(place[1]["qa_id"])),
        )
        chosen[number].append(item)
    return chosen


@dataclass
class _Usage:
    """How often a gallery has shown each language and each fact so far."""

    languages: Counter[str] = field(default_factory=Counter)
    facts: Counter[Fact] = field(default_factory=Counter)


def _card(items: Iterable[Item], usage: _Usage, size: int) -> list[Item]:
    facts: dict[Fact, dict[str, Item]] = {}
    for item in sorted(items, key=lambda item: _draw(item["qa_id"])):
        facts.setdefault((item["property"], item["kind"]), {}).setdefault(item["language"], item)
    if not facts:
        return []

    def preference(fact: Fact) -> tuple[int, int, int, int]:
        spoken = facts[fact]
        unseen = sum(language not in usage.languages for language in spoken)
        draws = min(_draw(item["qa_id"]) for item in spoken.values())
        return -min(len(spoken), size), -min(unseen, size), usage.facts[fact], draws

    fact = min(facts, key=preference)
    usage.facts[fact] += 1
    return [facts[fact][language] for language in _languages(facts[fact], usage, size)]


def _languages(spoken: Mapping[str, Item], usage: _Usage, size: int) -> list[str]:
    chosen: list[str] = []
    while len(chosen) < min(size, len(spoken)):
        scripts = {_script(language) for language in chosen}
        left = [language for language in spoken if language not in chosen]
        chosen.append(
            min(
                left,
                key=lambda language: (
                    bool(chosen) or language != ANCHOR,
                    usage.languages[language],
                    _script(language) in scripts,
                    _draw(spoken[language]["qa_id"]),
                ),
            )
        )
    usage.languages.update(chosen)
    return chosen


def _script(language: str) -> str:
    return vocabulary.languages()[language].script


def _draw(qa_id: int) -> int:
    return int(xxhash.xxh3_64_intdigest(f"report|{qa_id}".encode()))
