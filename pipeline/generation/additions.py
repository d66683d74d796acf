"""Numbers, names and values that one of two texts has and the other has not: what a text added, or what it lost."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import takewhile

from pipeline.generation.signs import signs_of
from pipeline.generation.text import WITHOUT_SPACES, bare, scripts, words
from pipeline.reading import comparable

# One number, with the marks that group its digits or join those of a date.
_NUMBER = re.compile(r"\d+(?:[.,'’٫٬ ]\d+)*")
_DIGITS = re.compile(r"\d+")
_INSIDE_WORDS = re.compile(r"[-‐–—'’ʼ/]")
_ARABIC_STRETCH = "\u0640"
_SENTENCE_ENDS = frozenset(".?!:;…")
_CLOSING = frozenset({"Pf", "Pe", "Pi"})
# Two words are forms of one where they share so many letters at the beginning and differ in so many at the end.
_SHARED, _ENDING, _LONGER_ENDING = 4, 2, 4


def numbers_beyond(text: str, other: str) -> set[str]:
    """Numbers of a text, in ASCII digits, that the other has in no script's digits, grouped or not.

    Numbers in words are not seen.
    """
    there = {number for written in _numbers(other) for number in written}
    return {whole for whole, *parts in _numbers(text) if whole not in there and not set(parts) <= there}


def names_beyond(text: str, other: str, language: str) -> set[str]:
    """Words with a capital inside a sentence of a text of which the other has no form.

    Scripts without capitals tell nothing. Nor does German, whose every noun has one: a wording may need nouns of its
    own, and a name has no other mark.

    Args:
        text: whose names are looked for.
        other: where they may be.
        language: of both, the data set's code.
    """
    without_meaning = signs_of(language).capitals
    if without_meaning == "any":
        return set()
    there = {comparable(part) for token in _with_case(other).split() for part in _parts(token)}
    there.update(comparable(word) for word in without_meaning)
    names = {name: comparable(name) for name in _capitalised(text)}
    return {name for name, plain in names.items() if not any(_is_form(plain, word) for word in there)}


def values_beyond(text: str, other: str, values: Iterable[str]) -> set[str]:
    """Those of the values that a text tells in whole words, where words are written apart, and the other does not."""
    return {value for value in values if _tells(text, value) and not _tells(other, value)}


def _tells(text: str, value: str) -> bool:
    if scripts(value) & WITHOUT_SPACES:
        return comparable(value) in comparable(text)
    wanted = " ".join(words(value))
    return bool(wanted) and f" {wanted} " in f" {' '.join(words(text))} "


def _numbers(text: str) -> Iterator[list[str]]:
    """Of each number the whole, then its parts where marks stand inside it."""
    plain = unicodedata.normalize("NFKC", text)
    digits = "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in plain)
    for number in _NUMBER.findall(digits):
        parts = _DIGITS.findall(number)
        yield [part.lstrip("0") or "0" for part in ("".join(parts), *parts)]
    # Ethiopic numbers and the like have no decimal digits.
    yield from ([char, char] for char in digits if unicodedata.category(char) in {"No", "Nl"})


def _capitalised(text: str) -> Iterator[str]:
    """Words with a capital, but for the first of each sentence."""
    begins = True
    for token in _with_case(text).split():
        parts = _parts(token)
        inside = parts[1:] if begins or token[0] in "¿¡" else parts
        yield from (part for part in inside if any(unicodedata.category(char) in {"Lu", "Lt"} for char in part))
        begins = _ends_sentence(token) or (begins and not parts)


def _parts(token: str) -> list[str]:
    return [part for part in _INSIDE_WORDS.split(bare(token)) if part]


def _with_case(text: str) -> str:
    """The text with each letter that has no case as a word of its own, since it may touch a name without a space."""
    return "".join(
        f" {char} " if unicodedata.category(char) == "Lo" or char == _ARABIC_STRETCH else char for char in text
    )


def _ends_sentence(token: str) -> bool:
    while token and (token[-1] == '"' or unicodedata.category(token[-1]) in _CLOSING):
        token = token[:-1]
    return token[-1:] in _SENTENCE_ENDS


def _is_form(word: str, other: str) -> bool:
    if word == other:
        return True
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(word, other, strict=False)))
    shorter, longer = sorted((len(word), len(other)))
    return shared >= _SHARED and shared >= shorter - _ENDING and shared >= longer - _LONGER_ENDING
