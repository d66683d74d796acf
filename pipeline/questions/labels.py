"""The names of an item, with the fallbacks of each language, decoded when somebody asks for them."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal, get_args

import pyarrow as pa

from pipeline.reading import DIRECTION, comparable
from pipeline.schema import LABEL

MUL = "mul"

Codes = tuple[str, ...]
# A variant of the language (zh-hant for zh, en-gb for en), or the label that Wikidata gives for all languages.
Fallback = Literal["variant", "mul"]
FALLBACKS: tuple[Fallback, ...] = get_args(Fallback)


def label_codes(languages: Mapping[str, Codes], fallbacks: Collection[Fallback] = FALLBACKS) -> dict[str, Codes]:
    """Data-set code -> Wikidata's codes to try, best first, `mul` last.

    Args:
        languages: data-set code -> Wikidata's codes of the language and its variants, best first, without `mul`.
        fallbacks: which of the codes but the first may stand in for it.
    """
    last = (MUL,) if "mul" in fallbacks else ()
    return {
        language: (*(codes if "variant" in fallbacks else codes[:1]), *last) for language, codes in languages.items()
    }


@lru_cache(maxsize=1 << 16)
def usable(label: str) -> bool:
    """Whether the label has text, and nothing that breaks a template, a line or the direction of writing."""
    return bool(comparable(label)) and not any(
        char in "{}\ufffd" or char in DIRECTION or unicodedata.category(char) in {"Cc", "Co", "Cs", "Zl", "Zp"}
        for char in label
    )


class Labels:
    """Labels and aliases of one item, `schema.LABEL`. What was worked out for a language is kept.

    Args:
        languages: Wikidata's codes.
        texts: the label in each.
        aliases: called once, if at all: the other names in each.
    """

    __slots__ = ("_aliases", "_best", "_by_code", "_names")

    def __init__(
        self,
        languages: Sequence[str] = (),
        texts: Sequence[str] = (),
        aliases: Callable[[], Sequence[Sequence[str] | None]] = tuple,
    ) -> None:
        self._by_code = dict(zip(languages, texts, strict=True))
        self._aliases = aliases
        self._best: dict[Codes, tuple[str, str] | None] = {}
        self._names: frozenset[str] | None = None

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, Any]] | None) -> Labels:
        """From rows of `schema.LABEL`."""
        rows = rows or ()
        languages, texts = [row["language"] for row in rows], [row["label"] for row in rows]
        return cls(languages, texts, lambda: [row.get("aliases") for row in rows])

    @property
    def by_code(self) -> Mapping[str, str]:
        """Wikidata's code -> label, as it was written."""
        return self._by_code

    def best(self, codes: Codes) -> tuple[str, str] | None:
        """The label in the first of the codes that has a usable one, as (text, code); never one of another language."""
        try:
            return self._best[codes]
        except KeyError:
            found = self._best[codes] = self._chosen(codes)
            return found

    @property
    def names(self) -> frozenset[str]:
        """Labels and aliases in all languages, comparable."""
        if self._names is None:
            names = {*self._by_code.values()}.union(*(others for others in self._aliases() if others))
            self._names = frozenset(map(comparable, names))
        return self._names

    def _chosen(self, codes: Codes) -> tuple[str, str] | None:
        for code in codes:
            label = self._by_code.get(code)
            if label is not None and usable(label):
                return unicodedata.normalize("NFC", label.strip()), code
        return None


NO_LABELS = Labels()


class LabelColumn:
    """The labels of many items in one Arrow column, of which a list is decoded when it is asked for.

    Args:
        lists: a list of `schema.LABEL` for each item.
    """

    def __init__(self, lists: pa.ListArray) -> None:
        self._offsets = lists.offsets.to_pylist()
        self._languages, self._texts, self._aliases = (lists.values.field(field.name) for field in LABEL)

    def __getitem__(self, at: int) -> Labels:
        start, length = self._offsets[at], self._offsets[at + 1] - self._offsets[at]
        if not length:
            return NO_LABELS
        languages, texts = self._languages.slice(start, length), self._texts.slice(start, length)
        return Labels(languages.to_pylist(), texts.to_pylist(), self._aliases.slice(start, length).to_pylist)
