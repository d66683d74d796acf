"""Open questions with a short answer: the reply must be the answer, give or take case, width and punctuation."""

from __future__ import annotations

import unicodedata

from eval.scoring.verdict import Verdict


def normalised(text: str) -> str:
    """Compatibility form, case folded, punctuation and symbols as spaces, single spaces; vowel signs are kept."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    kept = "".join(" " if unicodedata.category(character)[0] in "PSZC" else character for character in folded)
    return " ".join(kept.split())


def score_open(reply: str, answer: str) -> Verdict:
    """Right where the reply's first line is the answer and nothing else; unread where it says nothing."""
    first = next((line for line in reply.splitlines() if normalised(line)), "")
    said = normalised(first)
    if not said:
        return Verdict(None, None)
    return Verdict(said == normalised(answer), first.strip())
