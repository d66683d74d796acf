"""A text to the pieces by which it is compared: words where a script has spaces, characters where it has none."""

from __future__ import annotations

from functools import lru_cache
from itertools import chain, pairwise

import regex  # type: ignore[import-untyped]
import xxhash

from pipeline.reading import comparable

# As in UAX #29: letters with their marks, joined by what stands inside words; numbers with their separators. Scripts
# without spaces would need dictionaries to be cut into words: each of their characters stands alone, with its marks.
_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_SPACED = rf"[[\p{{L}}\p{{M}}\p{{N}}]--[{_UNSPACED}]]+"
_WORD = regex.compile(
    rf"(?V1)(?P<unspaced>[{_UNSPACED}ー]\p{{M}}*)|\p{{N}}+(?:[.,٫٬]\p{{N}}+)*|{_SPACED}(?:['’·״׳]{_SPACED})*"
)
_UNSPACED_CHAR = regex.compile(rf"[{_UNSPACED}]")

# Hebrew points, Arabic vowels and the tatweel may be written or not; in other scripts marks are part of the letter.
# The dot of the Turkish capital İ is left over when its case is folded. Persian and Urdu texts have Arabic yeh and kaf.
_OPTIONAL = [(0x0591, 0x05BD), (0x05BF, 0x05BF), (0x05C1, 0x05C2), (0x05C4, 0x05C5), (0x05C7, 0x05C7),
             (0x0640, 0x0640), (0x064B, 0x0652), (0x0656, 0x065F), (0x0670, 0x0670), (0x06D6, 0x06ED),
             (0x0307, 0x0307)]  # fmt: skip
_FOLDED = str.maketrans(
    "يىكʼ’", "ییک''", "".join(chr(code) for first, last in _OPTIONAL for code in range(first, last + 1))
)


def words(text: str) -> list[str]:
    """The words of a text, or characters of scripts without spaces, in order; no punctuation, no case, no width."""
    folded = comparable(text)
    if not folded.isascii():
        folded = folded.translate(_FOLDED)
    return [found.group() for found in _WORD.finditer(folded)]


def normalised(text: str) -> str:
    """Equal for texts whose words are equal; what has no words, such as a symbol, is compared as it is."""
    return " ".join(words(text)) or comparable(text)


@lru_cache(maxsize=1 << 15)
def shingles(text: str) -> tuple[int, ...]:
    """What a text is compared by: hashes of its words and pairs of words, or of three characters in a row.

    Pairs take the ends of the text for words too, so that no text with words is without a pair.

    Returns:
        Distinct xxh3-64 hashes cut to 32 bits, ascending.
    """
    found = words(text)
    unspaced = sum(1 for word in found if _UNSPACED_CHAR.match(word))
    if 2 * unspaced > len(found):
        ends = ["", *found, ""]
        grams = ["\x1f".join(ends[at : at + 3]) for at in range(len(ends) - 2)]
    else:
        grams = list(chain(found, ("\x1f".join(pair) for pair in pairwise(["", *found, ""])))) if found else []
    return tuple(sorted({xxhash.xxh3_64_intdigest(gram.encode()) & 0xFFFFFFFF for gram in grams}))
