"""Statements about pictures: whether a reply says that they hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources

import yaml

from eval.scoring.written import first_line, normalised

_WITHOUT_SPACES = ("ja", "th", "zh")
# A subset of what an utterance may hold: a mark where a phrase stood, so that what it holds is not read again.
_READ = " | "


def read_truth(reply: str, language: str) -> bool | None:
    """Whether the reply's first line says true or false; None where it says neither or both.

    Args:
        reply: as the model gave it.
        language: the data set's code; words of English are read beside those of the language.
    """
    said = f" {normalised(first_line(reply), language)} "
    found: dict[str, set[bool]] = {"anywhere": set(), "first": set()}
    for phrase, where, holds in _phrases(language):
        first = where == "first"
        begins = said.startswith(phrase) if phrase.startswith(" ") else said.lstrip().startswith(phrase)
        if begins if first else phrase in said:
            found[where].add(holds)
            said = said.replace(phrase, _READ, 1 if first else -1)
    told = found["anywhere"] or found["first"]
    return told.pop() if len(told) == 1 else None


@cache
def _phrases(language: str) -> tuple[tuple[str, str, bool], ...]:
    """Phrases with where they count and what they say, the longest first."""
    words = _words()
    phrases = {
        (_spaced(phrase, code), "anywhere" if kind in ("true", "false") else "first", kind in ("true", "yes"))
        for code in {"en", language} & words.keys()
        for kind, of_kind in words[code].items()
        for phrase in of_kind
    }
    return tuple(sorted(phrases, key=lambda phrase: (-len(phrase[0].strip()), phrase)))


def _spaced(phrase: str, language: str) -> str:
    words = normalised(phrase, language)
    return words if language in _WITHOUT_SPACES else f" {words} "


@cache
def _words() -> Mapping[str, Mapping[str, Iterable[str]]]:
    text = (resources.files("eval.scoring") / "truth.yaml").read_text(encoding="utf-8")
    words: Mapping[str, Mapping[str, Iterable[str]]] = yaml.safe_load(text)
    return words
