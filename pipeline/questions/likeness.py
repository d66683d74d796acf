"""By what the eye alone tells one option from others: script, capital letter, length. They must not differ in it."""

from __future__ import annotations

import unicodedata
from collections import Counter
from functools import lru_cache
from typing import NamedTuple


class Look(NamedTuple):
    """How a text looks.

    Attributes:
        script: of most of its letters, by the first word of their Unicode names; empty without letters.
        is_lower: whether it begins with a small letter, where the script has any.
        length: characters.
    """

    script: str
    is_lower: bool
    length: int

    def is_like(self, other: Look) -> bool:
        """Whether neither stands out beside the other: of two lengths the longer is at most twice the shorter, or so.

        Six characters more are always allowed: of "Rio" and "Salvador" neither looks like the answer.
        """
        return (
            self.script == other.script
            and self.is_lower == other.is_lower
            and self.length <= 2 * other.length + 6
            and other.length <= 2 * self.length + 6
        )


@lru_cache(maxsize=1 << 16)
def _script(char: str) -> str:
    name = unicodedata.name(char, "").split(" ")[0]
    # Kanji and hiragana make one word; katakana alone says that a word came from abroad.
    return "CJK" if name == "HIRAGANA" else name


@lru_cache(maxsize=1 << 16)
def look_of(text: str) -> Look:
    """How a text in NFC looks."""
    if text.isascii():
        return Look("LATIN" if any(map(str.isalpha, text)) else "", text[:1].islower(), len(text))
    scripts = Counter(_script(char) for char in text if char.isalpha())
    if scripts["CJK"]:
        return Look("CJK", False, len(text))
    most = max(scripts.values(), default=0)
    script = min((name for name, number in scripts.items() if number == most), default="")
    return Look(script, text[:1].islower(), len(text))
