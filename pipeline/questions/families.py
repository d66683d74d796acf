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
    answer: Literal["entity", "item", "time"]
    true_properties: tuple[int, ...]
    distractors: Literal["same_domain", "other_domain", "near_dates"]
    domains: tuple[str, ...] = ()
    other_properties: Literal["ignored", "must_agree"] = "ignored"
    refused: tuple[_Refused, ...] = ()


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
    meaning: str
    properties: tuple[int, ...]
    answer: str
    true_properties: tuple[int, ...]
    distractors: str
    domains: frozenset[str]
    must_agree: bool
    refused: frozenset[int]


def load_families(path: Path) -> Mapping[str, Family]:
    """Read and check the families, in the order of the file.

    Raises:
        ConfigError: names file and family, and says what is wrong.
    """
    return {str(name): _family(path, str(name), block) for name, block in read_yaml(path).items()}


def _family(path: Path, name: str, block: object) -> Family:
    where = f"{path}: property family {name}"
    raw = convert(block, _Family, where)
    if (raw.answer == "entity") != (0 in raw.properties) or (raw.answer == "time") != (raw.distractors == "near_dates"):
        raise ConfigError(f"{where}: `answer: {raw.answer}` does not go with its `properties` and `distractors`")
    unknown = sorted(set(raw.domains) - set(vocabulary.domains()))
    if unknown:
        raise ConfigError(f"{where}: unknown domain {unknown[0]!r}; allowed: {', '.join(vocabulary.domains())}")
    return Family(
        name, raw.meaning, raw.properties, raw.answer, raw.true_properties, raw.distractors, frozenset(raw.domains),
        raw.other_properties == "must_agree", frozenset(value.qid for value in raw.refused),
    )  # fmt: skip
