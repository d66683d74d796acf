"""Choice questions: which option a reply names."""

from __future__ import annotations

from collections.abc import Sequence

from eval.scoring.verdict import Verdict
from pipeline.dialogue import LETTERS, chosen_index


def score_choice(reply: str, choices: Sequence[str], answer_index: int) -> Verdict:
    """Right, wrong, or unread where the reply names no option or several."""
    chosen = chosen_index(reply, choices)
    if chosen is None:
        return Verdict(None, None)
    return Verdict(chosen == answer_index, LETTERS[chosen])
