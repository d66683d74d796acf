"""What is asked, in no language: one family for a property or a group of properties."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from pipeline import vocabulary
from pipeline.errors import ConfigError
from pipeline.questions.catalogue_file import convert, read_yaml


class _Refused(msgspec.Struct, forbid_unknown_fields=True):
    qid: Annotated[int, msgspec.Meta(ge=1)]
    why: str


class _Family(msgspec.Struct, forbid_unknown_fields=True):
    meaning: str
    properties: Annotated[tuple[Annotated[int, msgspec.Meta(ge=0)], ...], msgspec.Meta(min_length=1)]
    answer: Literal["entity", "item", "time", "quantity", "text"]
    true_properties: tuple[int, ...]
    distractors: Literal["same_domain", "other_domain", "near_dates", "near_quantities", "same_language"]
    domains: tuple[str, ...] = ()
    given: tuple[Annotated[int, msgspec.Meta(ge=1)], ...] = ()
    other_properties: Literal["ignored", "must_agree"] = "ignored"
    refused: tuple[_Refused, ...] = ()


class _Reason(msgspec.Struct, forbid_unknown_fields=True):
    properties: Annotated[dict[Annotated[int, msgspec.Meta(ge=1)], str], msgspec.Meta(min_length=1)]
    why: Annotated[str, msgspec.Meta(min_length=1)]


class _NeverAsked(msgspec.Struct, forbid_unknown_fields=True):
    never_asked: tuple[_Reason, ...]


_DISTRACTORS = {"time": ("near_dates",), "quantity": ("near_quantities",), "text": ("same_language",)}


@dataclass(frozen=True)
class Family:
    """What one group of properties asks.

    Attributes:
        properties: P-numbers; the first that has a best value is asked. 0 asks for the entity's own name.
        answer: entity (its label), item (labels of the values), time, quantity (a length or a count), or text (in
            a language that the statement names).
        true_properties: an entity's values of these, of any rank, are never offered as wrong options.
        distractors: same_domain prefers values seen with the entity's domain, other_domain refuses them.
        domains: asked of these only; empty means of all.
        must_agree: whether the wordings could mean any of the properties, so that all must have the same values.
        refused: values that are neither asked for nor offered, being true of nearly everything.
        given: P-numbers of a second fact, which the question tells; empty where it tells none.
        group: the file that it is in.
    """

    name: str
    meaning: str
    properties: tuple[int, ...]
    answer: str
    true_properties: tuple[int, ...]
    distractors: str
    domains: frozenset[str]
    must_agree: bool
    refused: frozenset[int]
    given: tuple[int, ...] = ()
    group: str = ""


def load_families(directory: Path, never_asked: Mapping[int, str]) -> Mapping[str, Family]:
    """Read and check the families of a folder, in the order of its files and of what is in them.

    Args:
        directory: has the files.
        never_asked: P-number -> why no family may ask for it.

    Raises:
        ConfigError: names file and family, and says what is wrong.
    """
    families: dict[str, Family] = {}
    for path in sorted(directory.glob("*.yaml")):
        for name, block in read_yaml(path).items():
            if name in families:
                raise ConfigError(f"{path}: property family {name}: is in {families[name].group}.yaml too")
            family = families[str(name)] = _family(path, str(name), block)
            for number in (*family.properties, *family.given):
                if number in never_asked:
                    raise ConfigError(
                        f"{path}: property family {name}: P{number} is never asked: {never_asked[number]}"
                    )
    return families


def load_never_asked(path: Path) -> Mapping[int, str]:
    """P-number -> why it is never asked for.

    Raises:
        ConfigError: the file is missing or malformed, or has a property twice.
    """
    found: dict[int, str] = {}
    for row in convert(read_yaml(path), _NeverAsked, str(path)).never_asked:
        for number in row.properties:
            if number in found:
                raise ConfigError(f"{path}: P{number} stands there twice")
            found[number] = row.why
    return found


def _family(path: Path, name: str, block: object) -> Family:
    where = f"{path}: property family {name}"
    raw = convert(block, _Family, where)
    wrong = _DISTRACTORS.get(raw.answer, ("same_domain", "other_domain"))
    if (raw.answer == "entity") != (0 in raw.properties) or raw.distractors not in wrong:
        raise ConfigError(f"{where}: `answer: {raw.answer}` does not go with its `properties` and `distractors`")
    unknown = sorted(set(raw.domains) - set(vocabulary.domains()))
    if unknown:
        raise ConfigError(f"{where}: unknown domain {unknown[0]!r}; allowed: {', '.join(vocabulary.domains())}")
    if set(raw.given) & set(raw.properties):
        raise ConfigError(f"{where}: `given` tells what is asked for")
    return Family(
        name, raw.meaning, raw.properties, raw.answer, raw.true_properties, raw.distractors, frozenset(raw.domains),
        raw.other_properties == "must_agree", frozenset(value.qid for value in raw.refused), raw.given, path.stem,
    )  # fmt: skip
