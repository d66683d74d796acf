"""Rules of words as one regular expression, for titles and categories in any script."""

from __future__ import annotations

import re
from collections.abc import Iterable

_LETTER = r"[^\W\d_]"
# Kana, Chinese characters, Hangul and Thai: scripts in which a word touches the next.
_UNSPACED = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")


def any_of(rules: Iterable[str]) -> re.Pattern[str]:
    """All rules as one expression, case aside, which finds nothing where there is no rule.

    Args:
        rules: regular expressions. What one finds may not touch another letter, unless the rule is in a script in which
            words touch.
    """
    parts = [word if _UNSPACED.search(word) else f"(?<!{_LETTER})(?:{word})(?!{_LETTER})" for word in rules]
    return re.compile("|".join(parts) or "(?!)", re.IGNORECASE)
