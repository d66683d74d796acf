"""Is a value in a text? Numbers count by what they are worth, words with their endings, other values are told apart.

An ending may make one value of another (Niger, Nigeria). Where both are places that CLDR names, the nearer one counts;
between other values, a letter or a number that is not the value's own is all there is to tell them by.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from itertools import chain, takewhile
from pathlib import Path
from typing import Any

import babel

from pipeline import vocabulary
from pipeline.generation.signs import signs_of
from pipeline.generation.text import WITHOUT_SPACES, scripts
from pipeline.questions.catalogue_file import read_yaml
from pipeline.questions.language_format import LanguageFormat, load_format
from pipeline.questions.templates import CATALOGUE, LANGUAGES, WORDS
from pipeline.reading import comparable

# Digits in groups, the last of three (1,234; 12,34,567; 1 234), or with a decimal mark.
_NUMBER = re.compile(r"(?<!\d)\d{1,3}(?:[ ,.'’٬]\d{2,3})*[ ,.'’٬]\d{3}(?!\d)|\d+(?:[.,٫]\d+)?")
_GROUPED = re.compile(r"\d{1,3}(?:\D\d{2,3})*\D\d{3}")
# Accents move with endings in these (Łódź, Łodzi; Κένυα, Κενύας), and no two values differ by them alone.
_WITH_ACCENTS = frozenset({"LATIN", "CYRILLIC", "GREEK"})
# Of centuries: XVII is no form of XVIII.
_ROMAN = re.compile(r"[ivxlcdm]+")
_KATAKANA = re.compile("[ァ-ヺー]")
_LEAST_SHARED, _SHORT, _LONG = 3, 3, 6


def numbers(text: str) -> set[str]:
    """Numbers of a text in ASCII digits, without the marks of groups, with a point before a fraction."""
    found = set()
    for written in _NUMBER.findall(plain := _digits(text)):
        if _GROUPED.fullmatch(written):
            found.add(re.sub(r"\D", "", written).lstrip("0"))
        else:
            whole, point, fraction = re.sub(r"[,٫]", ".", written).partition(".")
            found.add((whole.lstrip("0") or "0") + point + fraction)
    # Ethiopic numbers and the like have no decimal digits.
    return found | {char for char in plain if unicodedata.category(char) in {"No", "Nl"}}


def holds(text: str, value: str, language: str) -> bool:
    """Whether a text has all numbers and words of a value, in any order, with the endings that the language gives them.

    Articles, the word that joins a list, and the word beside a plain year may be missing.

    Args:
        text: in which it is looked for.
        value: a label, a date or a quantity as the questions have it, or several of them in a list.
        language: of both, the data set's code.
    """
    if not numbers(value) <= numbers(text):
        return False
    there = _Words(text, language)
    return all(there.have(word) for word in _needed(value, language))


def is_part_of(name: str, value: str, language: str) -> bool:
    """Whether a word is one of a value's, or a form of it."""
    there = _Words(name, language)
    return any(map(there.have, _words(value, language)))


def tells_another(text: str, value: str, template: str, language: str) -> bool:
    """Whether a text tells a longer place name around the value, or the number of its date as another date.

    Args:
        text: that has the value.
        value: as in `holds`.
        template: what it tells counts for nothing.
        language: of all, the data set's code.
    """
    there, asked, own = _Words(text, language), _Words(template, language), _name(value, language)
    written = {
        name for name in _places(language) if there.have_all_as_written(name) and _has_forms(name, own, language)
    }
    for name in (*written, *_longer_names(own, language)):
        if all(map(there.have, name)) and not all(map(asked.have, name)):
            return True
    return bool(numbers(value)) and _another_date(text, value, language)


def identity(languages: Iterable[str]) -> dict[str, Any]:
    """What of files and libraries decides, for fingerprints: how the languages write dates, and CLDR's names."""
    files = {code: hashlib.sha256(_words_file(code).read_bytes()).hexdigest() for code in sorted(languages)}
    return {"babel": babel.__version__, "words": files}


class _Words:
    """The words of a text, to be asked for forms of others."""

    def __init__(self, text: str, language: str) -> None:
        self._signs, self._language = signs_of(language), language
        self._words = _words(text, language)
        self._forms = {form for word in self._words for form in self._without_joined(word, self._signs.joined)}

    def have(self, word: str) -> bool:
        """Whether one of them is the word or a form of it."""
        if word in self._forms or _ROMAN.fullmatch(word):
            return word in self._forms
        if scripts(word) & WITHOUT_SPACES:
            return any(_stands_in(word, each, self._signs.beside) for each in self._words)
        articles = [article for article in self._signs.articles if article in self._signs.joined]
        return any(self._is_form(form, of) for of in self._without_joined(word, articles) for form in self._forms)

    def have_all_as_written(self, words: Iterable[str]) -> bool:
        """Whether all of them are there without an ending, or with something joined to their beginning."""
        return self._forms.issuperset(words)

    @staticmethod
    def _without_joined(word: str, joined: Sequence[str]) -> list[str]:
        rests = (word.removeprefix(each) for each in joined if word.startswith(each))
        return [word, *(rest for rest in rests if len(rest) > 1)]

    def _is_form(self, word: str, of: str) -> bool:
        if word == of:
            return True
        shared = self._shared(word, of)
        places = _place_words(self._language).get(word[:2], frozenset()) if shared else frozenset()
        return shared > 0 and word not in places and all(self._shared(word, other) <= shared for other in places)

    def _shared(self, word: str, of: str) -> int:
        """Letters that a word shares with what it is a form of; 0 where it is none."""
        shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(word, of, strict=False)))
        syllables = scripts(of) == {"HANGUL"}
        may_lose = 0 if len(of) <= _SHORT or syllables else 1 if len(of) < _LONG else 2
        if syllables and shared == len(of) == 1:
            return shared if word[1:] in self._signs.beside else 0
        is_form = len(of) - shared <= may_lose and len(word) - shared <= self._signs.ending > 0
        return shared if is_form and shared >= (2 if syllables else _LEAST_SHARED) else 0


def _needed(value: str, language: str) -> Sequence[str]:
    """The words of a value that a text may not leave out."""
    style, signs = _style(language), signs_of(language)
    may_lack = {*_words(style.conjunction, language), *signs.articles}
    may_lack.update(word for rule in style.euphony for word in _words(rule.use, language))
    if numbers(value):
        may_lack.update(_words(style.dates.year.replace("{n}", " "), language))
    words = _words(value, language)
    return [word for word in words if word not in may_lack] or ([] if numbers(value) else words)


def _another_date(text: str, value: str, language: str) -> bool:
    dates, there, right = _style(language).dates, _Words(text, language), _words(value, language)
    era = set(_words(dates.year_bce.replace("{n}", " "), language))
    era -= set(_words(dates.year.replace("{n}", " "), language))
    if all(map(there.have, era)) and not era <= set(right):
        return True
    said, plain = comparable(_digits(text)), comparable(_digits(value))
    decades = [comparable(dates.decade.replace("{n}", number)) for number in numbers(value)]
    return any(decade in said and decade not in plain for decade in decades)


def _digits(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text)
    return "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in plain)


@lru_cache(maxsize=1 << 14)
def _words(text: str, language: str) -> tuple[str, ...]:
    """Runs of letters with their marks, comparable, without accents where these move."""
    lettered = "".join(char if unicodedata.category(char)[0] in "LM" else " " for char in comparable(text))
    signs = signs_of(language)
    return tuple(_plain(word, signs.alternating) if signs.ending else word for word in lettered.split())


def _plain(word: str, alternating: Sequence[str]) -> str:
    if not scripts(word) <= _WITH_ACCENTS:
        return word
    bare = "".join(char for char in unicodedata.normalize("NFD", word) if unicodedata.category(char) != "Mn")
    return "".join(alternating[0] if char in alternating else char for char in bare)


def _stands_in(name: str, run: str, beside: Sequence[str]) -> bool:
    """Whether a run of letters without spaces has the name, and no letter beside it that makes another of it."""
    at = run.find(name)
    while at >= 0:
        before, after = run[max(0, at - 1) : at], run[at + len(name) : at + len(name) + 1]
        if not any(_joins(letter, name, end, beside) for letter, end in ((before, name[0]), (after, name[-1]))):
            return True
        at = run.find(name, at + 1)
    return False


def _joins(letter: str, name: str, end: str, beside: Sequence[str]) -> bool:
    """Katakana goes on with the same word; one Han character alone is mostly a part of a word."""
    if len(name) == 1 and scripts(name) == {"CJK"}:
        return scripts(letter) == {"CJK"} and letter not in beside
    return bool(_KATAKANA.match(letter) and _KATAKANA.match(end))


def _is_longer(name: tuple[str, ...], value: tuple[str, ...]) -> bool:
    """Whether a name is the value with something before, after or, where no spaces are written, around it."""
    size = len(value)
    if len(name) > size and any(name[at : at + size] == value for at in range(len(name) - size + 1)):
        return True
    pairs = ((one, other) for one in value for other in name if one != other and scripts(one) & WITHOUT_SPACES)
    return any(one in other for one, other in pairs)


def _has_forms(name: tuple[str, ...], value: tuple[str, ...], language: str) -> bool:
    """Whether a name of more words than the value has a form of each of the value's."""
    return len(name) > len(value) and all(map(_Words(" ".join(name), language).have, value))


def _name(text: str, language: str) -> tuple[str, ...]:
    articles = signs_of(language).articles
    return tuple(word for word in _words(text, language) if word not in articles)


@cache
def _places(language: str) -> tuple[tuple[str, ...], ...]:
    """Names of countries and regions in words, articles left out."""
    names = babel.Locale(vocabulary.cldr_code(language)).territories.values()
    return tuple(_name(name, language) for name in names)


@lru_cache(maxsize=1 << 14)
def _longer_names(value: tuple[str, ...], language: str) -> tuple[tuple[str, ...], ...]:
    return tuple(name for name in _places(language) if _is_longer(name, value))


@cache
def _place_words(language: str) -> Mapping[str, frozenset[str]]:
    """The words of all names by their first two letters."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for word in chain.from_iterable(_places(language)):
        found[word[:2]].add(word)
    return {beginning: frozenset(words) for beginning, words in found.items()}


@cache
def _style(language: str) -> LanguageFormat:
    path = _words_file(language)
    return load_format(path, read_yaml(path))


def _words_file(language: str) -> Path:
    return CATALOGUE / LANGUAGES / language / WORDS
