"""The label of an item in a language, with its fallbacks; and when two labels read alike."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

MUL = "mul"

Labels = Sequence[Mapping[str, Any]]


def label_codes(language: str, languages: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Wikidata's codes to try for a data-set language, best first, `mul` last."""
    return (*languages.get(language, (language,)), MUL)


def _usable(label: str) -> bool:
    return bool(label.strip()) and not any(char in "{}" or unicodedata.category(char) == "Cc" for char in label)


def choose_label(labels: Labels | None, codes: Sequence[str]) -> tuple[str, str] | None:
    """The label in the first of the codes that has a usable one, as (text, code); never one of another language."""
    by_code = {row["language"]: row["label"] for row in labels or ()}
    for code in codes:
        label = by_code.get(code)
        if label is not None and _usable(label):
            return " ".join(unicodedata.normalize("NFC", label).split(" ")), code
    return None


def comparable(text: str) -> str:
    """Equal for texts that a reader would take for the same: width, case and composition do not count."""
    return unicodedata.normalize("NFKC", text).casefold()


def names_in(labels: Labels | None, codes: Sequence[str]) -> set[str]:
    """Labels and aliases in the given codes, comparable."""
    rows = [row for row in labels or () if row["language"] in codes]
    return {comparable(name) for row in rows for name in (row["label"], *(row.get("aliases") or ()))}
