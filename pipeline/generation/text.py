"""Reading texts of many scripts: which scripts letters belong to, what stands in quotation marks."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from pipeline.reading import DIRECTION, comparable

# Opening mark -> the marks that may close it.
QUOTES = {
    "«": "»", "»": "«", "“": "”", "„": "“”", "”": "”“", "‘": "’", "‚": "‘’", "‹": "›", "「": "」", "『": "』",
    "《": "》", "〈": "〉", "״": "״", '"': '"',
}  # fmt: skip
# An apostrophe or the gershayim of a Hebrew abbreviation, where letters stand on both sides.
_ALSO_INSIDE_WORDS = frozenset('‘"״')
WITHOUT_SPACES = frozenset({"CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR"})
_SPACES = re.compile(r"\s+")
_NO_BREAK = ("\u00a0", "\u202f")
_JAPANESE = frozenset({"CJK", "HIRAGANA", "KATAKANA"})


def tidied(text: str) -> str:
    """One line in NFC without controls and without marks that would turn the direction of writing.

    Spaces are single. One that must not be broken at, as in French before a question mark, stays what it is.
    """
    kept = (
        " " if char in "\n\r\t\u2028\u2029" else char
        for char in unicodedata.normalize("NFC", text)
        if char in "\n\r\t" or not (char in DIRECTION or unicodedata.category(char) in {"Cc", "Co", "Cs"})
    )
    return _SPACES.sub(lambda found: found[0] if found[0] in _NO_BREAK else " ", "".join(kept)).strip()


def quoted_name(question: str) -> str | None:
    """The text between the first quotation mark and the last that closes it: templates put the entity's name there."""
    for start, char in enumerate(question):
        letters_around = question[max(0, start - 1) : start].isalpha() and question[start + 1 : start + 2].isalpha()
        if char in QUOTES and not (char in _ALSO_INSIDE_WORDS and letters_around):
            end = max(question.rfind(mark) for mark in QUOTES[char])
            if end > start + 1:
                return question[start + 1 : end].strip() or None
    return None


def without(text: str, name: str | None) -> str:
    """The text, comparable, with every occurrence of the name taken out."""
    return comparable(text).replace(comparable(name), " ") if name else comparable(text)


@cache
def _script(char: str) -> str:
    return unicodedata.name(char, "UNNAMED").split()[0]


def scripts(text: str) -> frozenset[str]:
    """Scripts of the letters, by their Unicode names: LATIN, ARABIC, CJK, HIRAGANA, ETHIOPIC, ..."""
    letters = unicodedata.normalize("NFKC", text)
    return frozenset(_script(char) for char in letters if unicodedata.category(char) in {"Lu", "Ll", "Lt", "Lo"})


def scripts_beside(found: frozenset[str]) -> frozenset[str]:
    """Scripts that a text may use whose template uses `found`: Japanese mixes three."""
    return found | _JAPANESE if found & {"HIRAGANA", "KATAKANA"} else found


def words(text: str) -> list[str]:
    """Comparable words without the punctuation around them; of a language without spaces, whole clauses."""
    return [word for part in comparable(text).split() if (word := bare(part))]


def bare(word: str) -> str:
    """The word without the punctuation and symbols around it; empty where it has nothing else."""

    def punctuation(char: str) -> bool:
        return unicodedata.category(char)[0] in "PS"

    start, end = 0, len(word)
    while start < end and punctuation(word[start]):
        start += 1
    while end > start and punctuation(word[end - 1]):
        end -= 1
    return word[start:end]
