"""The label of an item in a language, with its fallbacks; and when two labels read alike."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

MUL = "mul"

Labels = Sequence[Mapping[str, Any]]


def label_codes(language: str, languages: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Wikidata's codes to try for a data-set language, best first, `mul` last."""
    return (*languages.get(language, (language,)), MUL)


# Left-to-right and right-to-left embeddings, overrides and isolates: left open, they would turn around whatever the
# label is put into. The plain marks U+200E and U+200F are harmless and are needed in some names.
_DIRECTION = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

_UNSEEN = {code: None for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) == "Cf"}


def _usable(label: str) -> bool:
    """Whether the label has text, and nothing that breaks a template, a line or the direction of writing."""
    return bool(comparable(label)) and not any(
        char in "{}\ufffd" or char in _DIRECTION or unicodedata.category(char) in {"Cc", "Co", "Cs", "Zl", "Zp"}
        for char in label
    )


def choose_label(labels: Labels | None, codes: Sequence[str]) -> tuple[str, str] | None:
    """The label in the first of the codes that has a usable one, as (text, code); never one of another language."""
    by_code = {row["language"]: row["label"] for row in labels or ()}
    for code in codes:
        label = by_code.get(code)
        if label is not None and _usable(label):
            return unicodedata.normalize("NFC", label.strip()), code
    return None


def comparable(text: str) -> str:
    """Equal for texts that a reader would take for the same.

    Width, case, composition and spacing do not count, nor do characters that are not seen, such as marks of direction.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFKC", " ".join(folded.translate(_UNSEEN).split()))


def names_in(labels: Labels | None, codes: Sequence[str]) -> set[str]:
    """Labels and aliases in the given codes, comparable."""
    rows = [row for row in labels or () if row["language"] in codes]
    return {comparable(name) for row in rows for name in (row["label"], *(row.get("aliases") or ()))}
