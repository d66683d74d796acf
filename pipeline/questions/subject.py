"""What a question tells about what it asks about: the entity's name, or nothing, so that only the picture shows it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from pipeline.generation.text import quoted_name
from pipeline.questions.families import load_families, load_never_asked
from pipeline.questions.templates import CATALOGUE, FAMILIES, NEVER_ASKED


def family_of(item: Mapping[str, Any]) -> str:
    """Template family of an item; empty where it comes from no template."""
    return str(item["template_id"]).split("/")[0]


def told_name(item: Mapping[str, Any]) -> str | None:
    """The entity's name, where the question tells it.

    Templates put it into quotation marks; those of families that tell a second fact have the value of that fact there:
    “Islam” for all mosques.
    """
    return None if family_of(item) in _tell_another_fact() else quoted_name(item["original_question"])


@cache
def _tell_another_fact() -> frozenset[str]:
    families = load_families(CATALOGUE / FAMILIES, load_never_asked(CATALOGUE / NEVER_ASKED))
    return frozenset(name for name, family in families.items() if family.given)
