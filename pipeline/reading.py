"""What a reader takes for the same text, and what would turn the direction of the text around it."""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import lru_cache

# Left-to-right and right-to-left embeddings, overrides and isolates: left open, they would turn around whatever the
# text is put into. The plain marks U+200E and U+200F are harmless and are needed in some names.
DIRECTION = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

_UNSEEN = re.compile(
    "[" + "".join(chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) == "Cf") + "]+"
)


@lru_cache(maxsize=1 << 16)
def comparable(text: str) -> str:
    """Equal for texts that a reader would take for the same.

    Width, case, composition and spacing do not count, nor do characters that are not seen, such as marks of direction.
    """
    if text.isascii():
        return " ".join(text.lower().split())
    folded = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFKC", " ".join(_UNSEEN.sub("", folded).split()))
