"""The words of the questions: one YAML file a language, with its dates, its lists and every family it can ask.

See `catalogue/README.md` for the files and how to mend them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from pipeline.errors import ConfigError
from pipeline.questions.catalogue_file import convert, read_yaml
from pipeline.questions.families import Family, load_families
from pipeline.questions.language_format import LanguageFormat, load_format

CATALOGUE = Path(__file__).parent / "catalogue"
FAMILIES = "families.yaml"
KINDS = ("open", "choice")
MIN_WORDINGS = 3
ENTITY = "{entity}"

_SLOT = re.compile(r"\{([^{}]*)\}")


class _Wording(msgspec.Struct, forbid_unknown_fields=True):
    text: str
    means: str = ""


class _Block(msgspec.Struct, forbid_unknown_fields=True):
    status: Literal["draft", "machine_checked", "reviewed"]
    revision: Annotated[int, msgspec.Meta(ge=1)]
    to_check: tuple[str, ...]
    open: list[_Wording]
    choice: list[_Wording]


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
        marks = before.rstrip()[-1:] + after.lstrip()[:1]
        return any(char in marks and unicodedata.category(char)[0] == "P" for char in entity_label)


@dataclass(frozen=True)
class Wordings:
    """All wordings of a family in one language. `revision` is part of the template id."""

    status: str
    revision: int
    to_check: tuple[str, ...]
    by_kind: Mapping[str, tuple[Wording, ...]]


@dataclass(frozen=True)
class Language:
    """How a language writes, what it can ask, and the SHA-256 of its file, for a stage's fingerprint."""

    format: LanguageFormat
    wordings: Mapping[str, Wordings]
    sha256: str


@dataclass(frozen=True)
class Catalogue:
    """All families and languages. `families_sha256` is the digest of the families' file."""

    families: tuple[Family, ...]
    languages: Mapping[str, Language]
    families_sha256: str

    def require(self, languages: Sequence[str]) -> None:
        """Raises ConfigError where a language has no wordings yet."""
        missing = [language for language in languages if language not in self.languages]
        if missing:
            raise ConfigError(
                f"no question wordings in {', '.join(missing)}; the catalogue has {', '.join(sorted(self.languages))}"
            )

    def identity(self, languages: Sequence[str]) -> dict[str, Any]:
        """What decides the questions in these languages: mending another language changes nothing here."""
        return {
            "families": self.families_sha256,
            "languages": {language: self.languages[language].sha256 for language in languages},
        }


def template_id(family: str, language: str, kind: str, number: int, revision: int) -> str:
    """What an item says of its wording: `country/sw/open/2/r1`."""
    return f"{family}/{language}/{kind}/{number}/r{revision}"


@cache
def shipped_catalogue() -> Catalogue:
    """The catalogue of this package, read once in a process."""
    return load_catalogue(CATALOGUE)


def load_catalogue(directory: Path) -> Catalogue:
    """Read and check every file of a catalogue.

    Raises:
        ConfigError: names file, language and family, and says what is wrong.
    """
    paths = sorted((directory / "languages").glob("*.yaml"))
    if not (directory / FAMILIES).exists() or not paths:
        raise ConfigError(f"{directory}: no catalogue of questions there ({FAMILIES} and languages/*.yaml)")
    families = load_families(directory / FAMILIES)
    languages = {path.stem: _language(path, families) for path in paths}
    return Catalogue(tuple(families.values()), languages, _digest(directory / FAMILIES))


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def _language(path: Path, families: Mapping[str, Family]) -> Language:
    raw = read_yaml(path)
    blocks = raw.get("questions")
    if not isinstance(blocks, dict) or set(blocks) != set(families):
        names = ", ".join(sorted(map(str, set(blocks if isinstance(blocks, dict) else ()) ^ set(families))))
        raise ConfigError(f"{path}: family {names}: in only one of this file and {FAMILIES}; each needs all")
    used: dict[str, str] = {}
    wordings = {
        name: _wordings(f"{path}: language {path.stem}, family {name}", family, blocks[name], used)
        for name, family in families.items()
    }
    return Language(load_format(path, raw), wordings, _digest(path))


def _wordings(where: str, family: Family, block: object, used: dict[str, str]) -> Wordings:
    parsed = convert(block, _Block, where)
    by_kind: dict[str, tuple[Wording, ...]] = {}
    for kind, texts in zip(KINDS, (parsed.open, parsed.choice), strict=True):
        if len(texts) < MIN_WORDINGS:
            raise ConfigError(f"{where}: {len(texts)} {kind} wordings; at least {MIN_WORDINGS} are needed")
        wordings = tuple(_checked(where, family.answer, text, number) for number, text in enumerate(texts, start=1))
        if all(wording.names_entity for wording in wordings):
            raise ConfigError(f"{where}: at least one {kind} wording must do without {ENTITY}, for names that tell")
        for wording in wordings:
            if wording.text in used:
                raise ConfigError(f"{where}: {wording.text!r} is also a wording of {used[wording.text]}")
            used[wording.text] = f"{family.name}, {kind}"
        by_kind[kind] = wordings
    return Wordings(parsed.status, parsed.revision, parsed.to_check, by_kind)


def _checked(where: str, answer: str, wording: _Wording, number: int) -> Wording:
    text = wording.text
    for slot in _SLOT.findall(text):
        if f"{{{slot}}}" != ENTITY:
            raise ConfigError(f"{where}: {text!r} has the unknown slot {{{slot}}}; only {ENTITY} is filled")
    if "{" in _SLOT.sub("", text) or "}" in _SLOT.sub("", text) or text.count(ENTITY) > 1:
        raise ConfigError(f"{where}: {text!r} has a stray brace or names the entity twice")
    # A no-break space is no superfluous one: French sets it inside its quotation marks.
    if text != text.strip() or "  " in text or not text:
        raise ConfigError(f"{where}: {text!r} is empty or has superfluous spaces")
    if answer == "entity" and ENTITY in text:
        raise ConfigError(f"{where}: {text!r} names the entity, which is the answer")
    return Wording(number, text, wording.means, ENTITY in text)
