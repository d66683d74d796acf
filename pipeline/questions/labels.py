"""The label of an item in a language, with its fallbacks."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from pipeline.reading import DIRECTION, comparable

MUL = "mul"

Labels = Sequence[Mapping[str, Any]]


def label_codes(language: str, languages: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Wikidata's codes to try for a data-set language, best first, `mul` last."""
    return (*languages.get(language, (language,)), MUL)


@lru_cache(maxsize=1 << 16)
def usable(label: str) -> bool:
    """Whether the label has text, and nothing that breaks a template, a line or the direction of writing."""
    return bool(comparable(label)) and not any(
        char in "{}\ufffd" or char in DIRECTION or unicodedata.category(char) in {"Cc", "Co", "Cs", "Zl", "Zp"}
        for char in label
    )


def choose_label(labels: Labels | None, codes: Sequence[str]) -> tuple[str, str] | None:
    """The label in the first of the codes that has a usable one, as (text, code); never one of another language."""
    return best_label(by_language(labels), codes)


def by_language(labels: Labels | None) -> dict[str, str]:
    """Language code -> label."""
    return {row["language"]: row["label"] for row in labels or ()}


def best_label(by_code: Mapping[str, str], codes: Sequence[str]) -> tuple[str, str] | None:
    """`choose_label` of labels that are asked for in many languages."""
    for code in codes:
        label = by_code.get(code)
        if label is not None and usable(label):
            return unicodedata.normalize("NFC", label.strip()), code
    return None


def names_in(labels: Labels | None, codes: Sequence[str]) -> set[str]:
    """Labels and aliases in the given codes, comparable."""
    rows = [row for row in labels or () if row["language"] in codes]
    return {comparable(name) for row in rows for name in (row["label"], *(row.get("aliases") or ()))}
