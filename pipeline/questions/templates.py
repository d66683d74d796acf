"""The catalogue of questions: what is asked, and the words of every language for it.

See `catalogue/README.md` for the files and how to mend them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from pipeline.errors import ConfigError
from pipeline.questions.catalogue_file import read_yaml
from pipeline.questions.families import Family, load_families, load_never_asked
from pipeline.questions.language_format import LanguageFormat, load_format
from pipeline.questions.living_people import DECIDING
from pipeline.questions.nouns import FILE as NOUNS
from pipeline.questions.nouns import Nouns, load_nouns
from pipeline.questions.wordings import Wordings, read_wordings

CATALOGUE = Path(__file__).parent / "catalogue"
FAMILIES, NEVER_ASKED, LANGUAGES, WORDS = "families", "never_asked.yaml", "languages", "words.yaml"


@dataclass(frozen=True)
class Language:
    """How a language writes, what it calls the things in pictures, and what it can ask of them."""

    format: LanguageFormat
    nouns: Nouns
    wordings: Mapping[str, Wordings]


@dataclass(frozen=True)
class Catalogue:
    """All families and languages."""

    families: tuple[Family, ...]
    languages: Mapping[str, Language]

    @cached_property
    def properties(self) -> frozenset[int]:
        """P-numbers whose statements decide what is asked and what is true."""
        looked_at = (family.properties + family.true_properties + family.given for family in self.families)
        return frozenset(number for numbers in looked_at for number in numbers) | DECIDING

    def require(self, languages: Sequence[str]) -> None:
        """Raises ConfigError where a language has no wordings yet."""
        _require(languages, sorted(self.languages))


def catalogue_identity(languages: Sequence[str], directory: Path = CATALOGUE) -> dict[str, Any]:
    """What decides the questions in these languages, for a stage's fingerprint: digests of files, none of them parsed.

    Mending another language changes nothing here.

    Raises:
        ConfigError: the catalogue has no wordings in one of the languages.
    """
    there = sorted(path.name for path in (directory / LANGUAGES).glob("*") if path.is_dir())
    _require(languages, there)
    return {
        "families": _digest(directory / FAMILIES),
        "languages": {language: _digest(directory / LANGUAGES / language) for language in languages},
    }


def _require(languages: Sequence[str], there: Sequence[str]) -> None:
    missing = [language for language in languages if language not in there]
    if missing:
        raise ConfigError(f"no question wordings in {', '.join(missing)}; the catalogue has {', '.join(there)}")


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
    folders = sorted(path for path in (directory / LANGUAGES).glob("*") if path.is_dir())
    if not folders or not (directory / FAMILIES).is_dir():
        raise ConfigError(f"{directory}: no catalogue of questions there ({FAMILIES}/*.yaml and {LANGUAGES}/*/)")
    families = load_families(directory / FAMILIES, load_never_asked(directory / NEVER_ASKED))
    languages = {folder.name: _language(folder, families) for folder in folders}
    return Catalogue(tuple(families.values()), languages)


def _digest(folder: Path) -> str:
    files = [(path.name, sha256(path.read_bytes()).hexdigest()) for path in sorted(folder.glob("*.yaml"))]
    return sha256(repr(files).encode()).hexdigest()


def _language(folder: Path, families: Mapping[str, Family]) -> Language:
    code = folder.name
    nouns = load_nouns(folder / NOUNS)
    used: dict[str, str] = {}
    wordings: dict[str, Wordings] = {}
    for group in dict.fromkeys(family.group for family in families.values()):
        path = folder / f"{group}.yaml"
        raw = read_yaml(path)
        blocks, wanted = raw.get("questions"), {name for name, family in families.items() if family.group == group}
        if raw.get("language") != code:
            raise ConfigError(f"{path}: says language {raw.get('language')!r}; mend the key or move the file")
        if not isinstance(blocks, dict) or set(blocks) != wanted:
            names = ", ".join(sorted(map(str, set(blocks if isinstance(blocks, dict) else ()) ^ wanted)))
            raise ConfigError(f"{path}: family {names}: in only one of this file and {FAMILIES}/{group}.yaml")
        for name in blocks:
            where = f"{path}: language {code}, family {name}"
            wordings[name] = read_wordings(where, families[name], blocks[name], nouns, used)
    path = folder / WORDS
    return Language(load_format(path, read_yaml(path)), nouns, wordings)
