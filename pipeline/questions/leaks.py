"""Whether a question gives its answer away: letter for letter, or by the sound in another script."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from anyascii import anyascii

# Shorter ones occur by chance in longer ones: "Ur" in "Turkish".
_LEAST_SOUNDED = 4
_UNSOUNDED = re.compile("[^a-z0-9]+")


@lru_cache(maxsize=1 << 16)
def sounded(text: str) -> str:
    """A text in plain Latin letters, as near as letters go: to compare across scripts, never to be shown."""
    return _UNSOUNDED.sub("", (text if text.isascii() else anyascii(text)).lower())


def tells(name: str, answers: Sequence[str]) -> bool:
    """Whether a name that a question puts in gives away an answer.

    Told from both ends: a name may hold the answer, and the answer the name. Also compared is the transliteration,
    without spaces and marks, so that Москва tells Moskva, and "2.Bundesliga" "2. Bundesliga".

    Args:
        name: comparable.
        answers: comparable texts, all of them true.
    """
    for answer in answers:  # noqa: SIM110 - a generator would cost as much as all that is in it
        if name in answer or answer in name or _sounds_alike(name, answer):
            return True
    return False


def _sounds_alike(name: str, answer: str) -> bool:
    one, other = sounded(name), sounded(answer)
    return min(len(one), len(other)) >= _LEAST_SOUNDED and (one in other or other in one)
