"""Choice questions: which option a reply names."""

from __future__ import annotations

from collections.abc import Sequence

from eval.scoring.letters import LETTERS, chosen_option
from eval.scoring.verdict import Verdict


def score_choice(reply: str, choices: Sequence[str], answer_index: int, language: str) -> Verdict:
    """Right, wrong, or unread where the reply names no option or several.

    Args:
        reply: as the model gave it.
        choices: options in their order.
        answer_index: of the right one.
        language: the data set's code.
    """
    chosen = chosen_option(reply, choices, language)
    if chosen is None:
        return Verdict(None, None)
    return Verdict(chosen == answer_index, LETTERS[chosen])
