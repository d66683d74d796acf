"""The wordings of one family in one language: read, checked, and put into words for a thing of a domain."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Literal, get_args

import msgspec

from pipeline.errors import ConfigError
from pipeline.questions.catalogue_file import convert
from pipeline.questions.families import Family
from pipeline.questions.nouns import Nouns

Status = Literal["draft", "machine_checked", "reviewed"]
STATUSES: tuple[Status, ...] = get_args(Status)
KINDS = ("open", "choice")
MIN_WORDINGS = 3
ENTITY, GIVEN = "{entity}", "{given}"

_SLOT = re.compile(r"\{([^{}]*)\}")


class _Wording(msgspec.Struct, forbid_unknown_fields=True):
    text: str
    means: str = ""


class _Block(msgspec.Struct, forbid_unknown_fields=True):
    status: Status
    revision: Annotated[int, msgspec.Meta(ge=1)]
    to_check: tuple[str, ...]
    open: list[_Wording]
    choice: list[_Wording]


@dataclass(frozen=True)
class Wording:
    """One question text.

    Attributes:
        number: counts from 1 in its kind.
        text: as in the catalogue, with all slots.
        means: a literal translation back into English.
        names_entity: whether it has the slot {entity}.
        by_domain: the text with the noun of a domain put in, where the noun decides it; {entity} and {given} are left.
    """

    number: int
    text: str
    means: str
    names_entity: bool
    by_domain: Mapping[str, str]

    def render(self, domain: str, entity_label: str | None, given_label: str | None = None) -> str:
        """The question about a thing of a domain, with names put in as they stand."""
        text = self.by_domain.get(domain, self.text)
        if entity_label is not None:
            text = text.replace(ENTITY, entity_label)
        return text.replace(GIVEN, given_label) if given_label is not None else text

    def collides(self, label: str, slot: str = ENTITY) -> bool:
        """Whether the label has one of the quotation marks that the wording puts around it."""
        return not _marks_around(self.text, slot).isdisjoint(label)


@cache
def _marks_around(text: str, slot: str) -> frozenset[str]:
    """Punctuation that stands next to a slot."""
    parts = text.split(slot)
    marks = {part.rstrip()[-1:] for part in parts[:-1]} | {part.lstrip()[:1] for part in parts[1:]}
    return frozenset(mark for mark in marks if mark and unicodedata.category(mark)[0] == "P")


@dataclass(frozen=True)
class Wordings:
    """All wordings of a family in one language. `revision` is part of the template id."""

    status: Status
    revision: int
    to_check: tuple[str, ...]
    by_kind: Mapping[str, tuple[Wording, ...]]

    def is_at_least(self, status: Status) -> bool:
        """Whether they have been looked at as much as is wanted."""
        return STATUSES.index(self.status) >= STATUSES.index(status)


def read_wordings(where: str, family: Family, block: object, nouns: Nouns, used: dict[str, str]) -> Wordings:
    """Check the wordings of a family.

    Args:
        where: named by errors.
        family: what they ask.
        block: what the file has for it.
        nouns: of the same language.
        used: texts of the language so far -> where; those of this family are added.

    Raises:
        ConfigError: says which text is wrong and why.
    """
    parsed = convert(block, _Block, where)
    by_kind: dict[str, tuple[Wording, ...]] = {}
    for kind, texts in zip(KINDS, (parsed.open, parsed.choice), strict=True):
        if len(texts) < MIN_WORDINGS:
            raise ConfigError(f"{where}: {len(texts)} {kind} wordings; at least {MIN_WORDINGS} are needed")
        wordings = tuple(_wording(where, family, text, number, nouns) for number, text in enumerate(texts, start=1))
        if all(wording.names_entity for wording in wordings):
            raise ConfigError(f"{where}: at least one {kind} wording must do without {ENTITY}, for names that tell")
        for wording in wordings:
            if wording.text in used:
                raise ConfigError(f"{where}: {wording.text!r} is also a wording of {used[wording.text]}")
            used[wording.text] = f"{family.name}, {kind}"
        by_kind[kind] = wordings
    return Wordings(parsed.status, parsed.revision, parsed.to_check, by_kind)


def _wording(where: str, family: Family, wording: _Wording, number: int, nouns: Nouns) -> Wording:
    text = wording.text
    for slot in _SLOT.findall(text):
        fault = None if f"{{{slot}}}" in (ENTITY, GIVEN) else nouns.fault(slot)
        if fault is not None:
            raise ConfigError(f"{where}: {text!r}: {fault}")
    if "{" in _SLOT.sub("", text) or "}" in _SLOT.sub("", text):
        raise ConfigError(f"{where}: {text!r} has a stray brace")
    # A no-break space is no superfluous one: French sets it inside its quotation marks.
    if text != text.strip() or "  " in text or not text:
        raise ConfigError(f"{where}: {text!r} is empty or has superfluous spaces")
    if family.answer == "entity" and ENTITY in text:
        raise ConfigError(f"{where}: {text!r} names the entity, which is the answer")
    if (GIVEN in text) != bool(family.given):
        raise ConfigError(f"{where}: {text!r}: {GIVEN} belongs into all wordings of a family that tells a second fact")
    return Wording(number, text, wording.means, ENTITY in text, _by_domain(text, family, nouns))


def _by_domain(text: str, family: Family, nouns: Nouns) -> Mapping[str, str]:
    if not nouns.depends_on_domain(text):
        return {}
    domains: Iterable[str] = family.domains or nouns.by_domain
    return {domain: nouns.fill(text, domain) for domain in domains}
