"""What tells a name, a question, a refusal or a form of a word: `signs.yaml`; what it lacks is not checked."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec
import yaml

from pipeline.reading import comparable

FILE = Path(__file__).parent / "signs.yaml"


class Signs(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Of one language; see the head of the file.

    Attributes:
        capitals: words that are written with a capital and are no names; `any` if nouns are.
        questions: words that ask.
        anywhere: whether these may be parts of longer words.
        refusals: what a refusal begins with.
        ending: letters that a form of a word may add; 0 where words do not change.
        articles: what a name may lack, a word or what is joined to it.
        joined: what is written together with the beginning of a word.
        beside: what may stand beside a word of one syllable or sign.
        alternating: letters that take each other's place.
    """

    capitals: Literal["any"] | tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    anywhere: bool = False
    refusals: tuple[str, ...] = ()
    ending: int = 0
    articles: tuple[str, ...] = ()
    joined: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    alternating: tuple[str, ...] = ()

    def ask(self, text: str) -> bool:
        """Whether a comparable text has a word that asks."""
        return self._asking.search(text) is not None

    @property
    def _asking(self) -> re.Pattern[str]:
        return _any_of(self.questions, self.anywhere)


class SignsFile(msgspec.Struct, forbid_unknown_fields=True):
    """The whole file: `everywhere` are signs of a refusal in any language, `english` of an English text."""

    everywhere: tuple[str, ...]
    english: tuple[str, ...]
    languages: Mapping[str, Signs]


def signs_of(language: str) -> Signs:
    """The signs of a language of the data set, none where it is not in the file."""
    return load_signs().languages.get(language, Signs())


def refuses(text: str, language: str) -> bool:
    """Whether a text begins as a refusal does in its language, or has what models say of themselves."""
    plain = comparable(text).replace("’", "'")
    begins = tuple(comparable(opening).replace("’", "'") for opening in signs_of(language).refusals)
    return plain.startswith(begins) or any(sign in plain for sign in load_signs().everywhere)


@cache
def identity() -> str:
    """Hex SHA-256 of the file, for fingerprints: it decides which rewordings stand."""
    return hashlib.sha256(FILE.read_bytes()).hexdigest()


@cache
def load_signs() -> SignsFile:
    """The file, read once in a process."""
    return msgspec.convert(yaml.safe_load(FILE.read_text(encoding="utf-8")), SignsFile)


@cache
def _any_of(found: tuple[str, ...], anywhere: bool) -> re.Pattern[str]:
    """None of no words; combining marks are part of a word."""
    if not found:
        return re.compile(r"(?!)")
    either = "|".join(re.escape(comparable(word)) for word in found)
    return re.compile(either if anywhere else rf"(?<!\w)(?:{either})(?!\w)")
