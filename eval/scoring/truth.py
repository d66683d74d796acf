"""Statements about pictures: whether a reply says that they hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources

import regex  # type: ignore[import-untyped]
import yaml

from eval.scoring.written import first_line, normalised

_WITHOUT_SPACES = ("ja", "th", "zh")
# Words of English stand in their texts without spaces around.
_ENGLISH = regex.compile(r"[a-z]+")
_CLAUSE_ENDS = regex.compile(r"(?!['’])\p{P}")
# Stands where a phrase stood, so that what it holds is not read again.
_READ = " | "


def read_truth(reply: str, language: str) -> bool | None:
    """Whether the reply's first line says true or false; None where it says neither or both.

    Words such as "true" count wherever they stand; "yes" and "no" where no such word stands and they are all that the
    line says before its first punctuation ("No, it is green", but not "No idea").

    Args:
        reply: as the model gave it.
        language: the data set's code; words of English are read beside those of the language.
    """
    line = first_line(reply)
    said = normalised(line, language)
    if language in _WITHOUT_SPACES:
        said = " ".join(_ENGLISH.sub(r" \g<0> ", said).split())
    said = f" {said} "
    told = set()
    for phrase, holds in _phrases(language, ("true", "false", "neither")):
        if phrase in said:
            told.add(holds)
            said = said.replace(phrase, _READ)
    told.discard(None)
    if not told:
        clauses = (normalised(clause, language) for clause in _CLAUSE_ENDS.split(line))
        first = next(filter(None, clauses), "")
        told = {holds for phrase, holds in _phrases(language, ("yes", "no")) if phrase.strip() == first}
    return told.pop() if len(told) == 1 else None


@cache
def _phrases(language: str, kinds: tuple[str, ...]) -> tuple[tuple[str, bool | None], ...]:
    """Phrases of kinds, of which the first says yes, the second no, and what each says; the longest first."""
    words = _words()
    phrases = {
        (_spaced(phrase, code), None if kind == "neither" else kind == kinds[0])
        for code in {"en", language} & words.keys()
        for kind in kinds
        for phrase in words[code].get(kind, ())
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
