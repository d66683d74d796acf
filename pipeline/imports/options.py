"""Multiple-choice questions among texts, recognised where this project would write them the same way."""

from __future__ import annotations

from typing import Any

from pipeline.dialogue import LETTERS, answer_text, question_text


def choice_columns(question: str, answer: str) -> dict[str, Any] | None:
    """kind, question, answer, choices and answer_index of a choice question; None for any other.

    A text counts as one if its last lines are options, `A. ` and so on, the answer is one of these lines, and writing
    the columns out gives the very texts again: what a model is taught is the same either way.

    Args:
        question: options included, one a line.
        answer: letter and words.
    """
    letter = answer[:1]
    if not letter or letter not in LETTERS or answer[1:3] != ". ":
        return None
    before, mark, after = question.partition("\nA. ")
    if not mark or not before:
        return None
    choices = _split(f"A. {after}")
    index = LETTERS.index(letter)
    if len(choices) < 2 or index >= len(choices):
        return None
    found = {
        "kind": "choice", "question": before, "answer": choices[index], "choices": choices, "answer_index": index,
    }  # fmt: skip
    return found if (question_text(found), answer_text(found)) == (question, answer) else None


def _split(lines: str) -> list[str]:
    """The options; a line that begins with no letter that is due belongs to the option before it."""
    choices: list[str] = []
    for line in lines.split("\n"):
        due = f"{LETTERS[len(choices)]}. " if len(choices) < len(LETTERS) else None
        if due is not None and line.startswith(due):
            choices.append(line.removeprefix(due))
        else:
            choices[-1] += f"\n{line}"
    return choices
