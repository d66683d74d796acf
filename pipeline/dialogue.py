"""A QA item as the two turns that a model sees: the same in training and in evaluation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

LETTERS = "ABCDEFGH"


def question_text(item: Mapping[str, Any]) -> str:
    """What is asked, options included, one a line.

    Args:
        item: `schema.QA_ITEM`.
    """
    if item["kind"] == "open":
        return str(item["question"])
    options = [f"{letter}. {choice}" for letter, choice in zip(LETTERS, item["choices"], strict=False)]
    return "\n".join([item["question"], *options])


def prompt(processor: Any, question: str) -> str:
    """The text before the answer, with one place for the picture.

    Args:
        processor: whose chat template it is.
        question: as `question_text` gives it.
    """
    turn = {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": question}]}
    return str(processor.apply_chat_template([turn], add_generation_prompt=True))


def answer_text(item: Mapping[str, Any]) -> str:
    """What should be answered: the words, or letter and words of the right option."""
    if item["kind"] == "open":
        return str(item["answer"])
    return f"{LETTERS[item['answer_index']]}. {item['answer']}"


def chosen_index(reply: str, choices: Sequence[str]) -> int | None:
    """Which option a reply means: by a leading letter, or by the words of exactly one option; None where by neither.

    A letter counts where something other than a letter follows it, so that "Because" is not B.
    """
    text = reply.strip()
    letter, rest = text[:1].upper(), text[1:2]
    if letter and letter in LETTERS[: len(choices)] and not rest.isalpha():
        return LETTERS.index(letter)
    named = [number for number, choice in enumerate(choices) if choice.casefold() in text.casefold()]
    return named[0] if len(named) == 1 else None
