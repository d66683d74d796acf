"""The catalogue of questions: which properties are asked, and in which words of each language.

One YAML file a property family, one a language's way of writing dates and lists. See `catalogue/README.md`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from pipeline import vocabulary
from pipeline.errors import ConfigError
from pipeline.questions.catalogue_file import convert, read_yaml
from pipeline.questions.language_format import LanguageFormat, load_format

CATALOGUE = Path(__file__).parent / "catalogue"
KINDS = ("open", "choice")
MIN_WORDINGS = 3
ENTITY = "{entity}"

_SLOT = re.compile(r"\{([^{}]*)\}")


class _Wording(msgspec.Struct, forbid_unknown_fields=True):
    text: str
    means: str = ""


class _LanguageBlock(msgspec.Struct, forbid_unknown_fields=True):
    status: Literal["draft", "machine_checked", "reviewed"]
    revision: Annotated[int, msgspec.Meta(ge=1)]
    provenance: str
    to_check: tuple[str, ...]
    open: list[_Wording]
    choice: list[_Wording]


class _Refused(msgspec.Struct, forbid_unknown_fields=True):
    qid: Annotated[int, msgspec.Meta(ge=1)]
    why: str


class _Family(msgspec.Struct, forbid_unknown_fields=True):
    family: str
    meaning: str
    properties: Annotated[tuple[Annotated[int, msgspec.Meta(ge=0)], ...], msgspec.Meta(min_length=1)]
    answer: Literal["entity", "item", "time"]
    true_properties: tuple[int, ...]
    distractors: Literal["same_domain", "other_domain", "near_dates"]
    languages: dict[str, Any]
    domains: tuple[str, ...] = ()
    other_properties: Literal["ignored", "must_agree"] = "ignored"
    refused: tuple[_Refused, ...] = ()


@dataclass(frozen=True)
class Wording:
    """One question text. `number` counts from 1 in its kind; `names_entity` says whether it has the slot {entity}."""

    number: int
    text: str
    means: str
    names_entity: bool

    def render(self, entity_label: str | None) -> str:
        return self.text.replace(ENTITY, entity_label) if entity_label is not None else self.text

    def collides(self, entity_label: str) -> bool:
        """Whether the label has one of the quotation marks that the wording puts around it."""
        before, _, after = self.text.partition(ENTITY)
        marks = before[-1:] + after[:1]
        return any(char in marks and unicodedata.category(char)[0] == "P" for char in entity_label)


@dataclass(frozen=True)
class Wordings:
    """All wordings of a family in one language. `revision` is part of the template id."""

    status: str
    revision: int
    provenance: str
    to_check: tuple[str, ...]
    by_kind: Mapping[str, tuple[Wording, ...]]


@dataclass(frozen=True)
class Family:
    """What one group of properties asks.

    Attributes:
        properties: P-numbers; the first that has a best value is asked. 0 asks for the entity's own name.
        answer: entity (its label), item (labels of the values) or time.
        true_properties: an entity's values of these, of any rank, are never offered as wrong options.
        distractors: same_domain prefers values seen with the entity's domain, other_domain refuses them.
        domains: asked of these only; empty means of all.
        must_agree: whether the wordings could mean any of the properties, so that all must have the same values.
        refused: values that are neither asked for nor offered, being true of nearly everything.
    """

    name: str
    properties: tuple[int, ...]
    answer: str
    true_properties: tuple[int, ...]
    distractors: str
    domains: frozenset[str]
    must_agree: bool
    refused: frozenset[int]
    languages: Mapping[str, Wordings]


@dataclass(frozen=True)
class Catalogue:
    """All families and languages. `sha256` is the digest of the files, for a stage's fingerprint."""

    families: tuple[Family, ...]
    formats: Mapping[str, LanguageFormat]
    sha256: str

    def require(self, languages: Sequence[str]) -> None:
        """Raises ConfigError where a language has no wordings yet."""
        missing = [language for language in languages if language not in self.formats]
        if missing:
            raise ConfigError(
                f"no question wordings in {', '.join(missing)}; the catalogue has {', '.join(sorted(self.formats))}"
            )


def template_id(family: str, language: str, kind: str, number: int, revision: int) -> str:
    """What an item says of its wording: `country/sw/open/2/r1`."""
    return f"{family}/{language}/{kind}/{number}/r{revision}"


def load_catalogue(directory: Path = CATALOGUE) -> Catalogue:
    """Read and check every file of a catalogue.

    Raises:
        ConfigError: names file, family and language, and says what is wrong.
    """
    formats = {path.stem: load_format(path) for path in sorted((directory / "languages").glob("*.yaml"))}
    paths = sorted(directory.glob("*.yaml"))
    if not paths or not formats:
        raise ConfigError(f"{directory}: no catalogue of questions there (*.yaml and languages/*.yaml)")
    used: dict[tuple[str, str], str] = {}
    families = tuple(_load_family(path, frozenset(formats), used) for path in paths)
    digest = sha256()
    for path in [*paths, *sorted((directory / "languages").glob("*.yaml"))]:
        digest.update(path.relative_to(directory).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return Catalogue(families, formats, digest.hexdigest())


def _load_family(path: Path, languages: frozenset[str], used: dict[tuple[str, str], str]) -> Family:
    raw = convert(read_yaml(path), _Family, f"{path}: property family {path.stem}")
    where = f"{path}: property family {raw.family}"
    if raw.family != path.stem:
        raise ConfigError(f"{where}: name the file {raw.family}.yaml or mend the key `family`")
    if (raw.answer == "entity") != (0 in raw.properties) or (raw.answer == "time") != (raw.distractors == "near_dates"):
        raise ConfigError(f"{where}: `answer: {raw.answer}` does not go with its `properties` and `distractors`")
    unknown = sorted(set(raw.domains) - set(vocabulary.domains()))
    if unknown:
        raise ConfigError(f"{where}: unknown domain {unknown[0]!r}; allowed: {', '.join(vocabulary.domains())}")
    if set(raw.languages) != languages:
        names = ", ".join(sorted(map(str, set(raw.languages) ^ languages)))
        raise ConfigError(f"{where}: language {names}: in only one of this file and languages/; each needs both")
    blocks = {
        language: _load_language(f"{where}, language {language}", language, raw, block, used)
        for language, block in raw.languages.items()
    }
    return Family(
        raw.family, raw.properties, raw.answer, raw.true_properties, raw.distractors, frozenset(raw.domains),
        raw.other_properties == "must_agree", frozenset(value.qid for value in raw.refused), blocks,
    )  # fmt: skip


def _load_language(
    where: str, language: str, raw: _Family, block: object, used: dict[tuple[str, str], str]
) -> Wordings:
    parsed = convert(block, _LanguageBlock, where)
    by_kind: dict[str, tuple[Wording, ...]] = {}
    for kind, texts in zip(KINDS, (parsed.open, parsed.choice), strict=True):
        if len(texts) < MIN_WORDINGS:
            raise ConfigError(f"{where}: {len(texts)} {kind} wordings; at least {MIN_WORDINGS} are needed")
        wordings = tuple(_checked(where, raw.answer, text, number) for number, text in enumerate(texts, start=1))
        if all(wording.names_entity for wording in wordings):
            raise ConfigError(f"{where}: at least one {kind} wording must do without {ENTITY}, for names that tell")
        for wording in wordings:
            if (language, wording.text) in used:
                raise ConfigError(f"{where}: {wording.text!r} is also a wording of {used[language, wording.text]}")
            used[language, wording.text] = f"{raw.family}, {kind}"
        by_kind[kind] = wordings
    return Wordings(parsed.status, parsed.revision, parsed.provenance, parsed.to_check, by_kind)


def _checked(where: str, answer: str, wording: _Wording, number: int) -> Wording:
    text = wording.text
    for slot in _SLOT.findall(text):
        if f"{{{slot}}}" != ENTITY:
            raise ConfigError(f"{where}: {text!r} has the unknown slot {{{slot}}}; only {ENTITY} is filled")
    if "{" in _SLOT.sub("", text) or "}" in _SLOT.sub("", text) or text.count(ENTITY) > 1:
        raise ConfigError(f"{where}: {text!r} has a stray brace or names the entity twice")
    if text != " ".join(text.split()) or not text:
        raise ConfigError(f"{where}: {text!r} is empty or has superfluous spaces")
    if answer == "entity" and ENTITY in text:
        raise ConfigError(f"{where}: {text!r} names the entity, which is the answer")
    return Wording(number, text, wording.means, ENTITY in text)
