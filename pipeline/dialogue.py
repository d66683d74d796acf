"""A QA item as the turns that a model sees: the same in training, in evaluation and where tokens are counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LETTERS = "ABCDEFGH"
# A code point that Unicode keeps from being a character: it holds the place of answers while a template is filled in.
_NO_CHARACTER = "\ufdd0"


def question_text(item: Mapping[str, Any]) -> str:
    """What is asked, options included, one a line.

    Args:
        item: `schema.QA_ITEM`.
    """
    if item["kind"] == "open":
        return str(item["question"])
    options = [f"{letter}. {choice}" for letter, choice in zip(LETTERS, item["choices"], strict=False)]
    return "\n".join([item["question"], *options])


def exchanges(item: Mapping[str, Any]) -> list[tuple[str, str]]:
    """All questions and answers of an item in their order: one pair, and one for each of its later turns."""
    later = [(turn["question"], turn["answer"]) for turn in item.get("later_turns") or ()]
    return [(question_text(item), answer_text(item)), *later]


def pieces(processor: Any, item: Mapping[str, Any], *, picture: bool) -> list[tuple[str, str]]:
    """What a model is given and what it should say, in turns: texts before each answer, answers with what ends them.

    Joined they are the conversation as the chat template writes it, up to the end of the last answer.

    Args:
        processor: whose chat template it is; what the template puts behind an answer begins with the tokenizer's
            token for the end.
        item: `schema.QA_ITEM`.
        picture: whether the first turn has a place for one.
    """
    said = exchanges(item)
    end = str(processor.tokenizer.eos_token)
    held = _NO_CHARACTER
    while any(held in question for question, _ in said):
        held += _NO_CHARACTER
    messages: list[dict[str, Any]] = []
    for question, _ in said:
        messages += [_turn("user", question), _turn("assistant", held)]
    if picture:
        messages[0]["content"].insert(0, {"type": "image"})
    # The last answer is what the prompt asks for.
    first, *later = str(processor.apply_chat_template(messages[:-1], add_generation_prompt=True)).split(held)
    asked = [first, *(text.removeprefix(end) for text in later)]
    return [(before, answer + end) for before, (_, answer) in zip(asked, said, strict=True)]


def _turn(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "content": [{"type": "text", "text": text}]}


def answer_text(item: Mapping[str, Any]) -> str:
    """What should be answered: the words, or letter and words of the right option."""
    if item["kind"] == "open":
        return str(item["answer"])
    return f"{LETTERS[item['answer_index']]}. {item['answer']}"
