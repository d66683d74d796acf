"""How a language speaks of the thing in the picture: "this dish", in the forms that its sentences need.

One noun stands for all things of a domain, and says no more of them than the domain does: that a place of worship is
a mosque may be what is asked. Whatever agrees with the noun is written out in the wording, `{he|she|it}`, in the order
of the language's genders.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from pipeline import vocabulary
from pipeline.errors import ConfigError
from pipeline.questions.catalogue_file import convert, read_yaml

FILE = "nouns.yaml"
THIS = "this"

_SLOT = re.compile(r"\{([^{}]*)\}")
_NOUN = re.compile(r"([Tt])his(?:\.(\w+))?")


class _File(msgspec.Struct, forbid_unknown_fields=True):
    language: str
    nouns: dict[str, dict[str, str]]
    genders: tuple[str, ...] = ()
    forms: dict[str, str] = {}
    to_check: tuple[str, ...] = ()


@dataclass(frozen=True)
class Nouns:
    """The nouns of one language.

    Attributes:
        genders: what words may agree with, in the order of alternatives; at most one where nothing agrees.
        forms: names of the forms beside the plain one.
        by_domain: form -> text; `this` is the plain one.
        gender_of: domain -> index into `genders`.
    """

    genders: tuple[str, ...]
    forms: frozenset[str]
    by_domain: Mapping[str, Mapping[str, str]]
    gender_of: Mapping[str, int]

    def fill(self, text: str, domain: str) -> str:
        """A wording with its noun and what agrees with it put in; other slots stay."""

        def put(slot: re.Match[str]) -> str:
            name = slot[1]
            noun = _NOUN.fullmatch(name)
            if noun:
                form = self.by_domain[domain][noun[2] or THIS]
                return form if noun[1] == "t" else form[:1].upper() + form[1:]
            if "|" in name:
                return name.split("|")[self.gender_of[domain]]
            return slot[0]

        return _SLOT.sub(put, text)

    def fault(self, slot: str) -> str | None:
        """What is wrong with a slot that is neither a name's nor one of these, or None."""
        noun = _NOUN.fullmatch(slot)
        if noun:
            known = noun[2] is None or noun[2] in self.forms
            return None if known else f"{{{slot}}} asks for a form that {FILE} does not have"
        if "|" in slot:
            number = len(slot.split("|"))
            wanted = len(self.genders)
            return None if number == wanted else f"{{{slot}}} has {number} alternatives for {wanted} genders"
        return f"unknown slot {{{slot}}}"

    def depends_on_domain(self, text: str) -> bool:
        """Whether the noun or its gender decides the text."""
        return any(_NOUN.fullmatch(slot) or "|" in slot for slot in _SLOT.findall(text))


def load_nouns(path: Path) -> Nouns:
    """Read and check the nouns of a language.

    Raises:
        ConfigError: names file and domain, and says what is missing.
    """
    raw = convert(read_yaml(path), _File, str(path))
    missing = sorted(set(vocabulary.domains()) ^ set(raw.nouns))
    if missing:
        raise ConfigError(f"{path}: nouns: {missing[0]}: in only one of this file and domains.yaml; each needs all")
    wanted = {THIS, *raw.forms}
    agrees = len(raw.genders) > 1
    gender_of: dict[str, int] = {}
    for domain, noun in raw.nouns.items():
        given = set(noun) - {"gender"}
        if given != wanted:
            names = ", ".join(sorted(given ^ wanted))
            raise ConfigError(
                f"{path}: nouns: {domain}: has or lacks {names}; the forms are {', '.join(sorted(wanted))}"
            )
        if agrees and noun.get("gender") not in raw.genders:
            raise ConfigError(f"{path}: nouns: {domain}: gender is one of {', '.join(raw.genders)}")
        gender_of[domain] = raw.genders.index(noun["gender"]) if agrees else 0
        if any(not text or text != text.strip() or set("{}") & set(text) for text in noun.values()):
            raise ConfigError(f"{path}: nouns: {domain}: a form is empty, or has superfluous spaces or braces")
    return Nouns(raw.genders, frozenset(raw.forms), raw.nouns, gender_of)
