"""WorldCuisines' rules: options that have numbers, and names that may be in any language."""

from __future__ import annotations

import re

from eval.scoring.short import value_said
from eval.scoring.written import same, visible
from eval.tasks.task import Item, Score

_ALONE = re.compile(r"[(\[]?(\d+)[)\]]?[.:)、。।]?")
_BEFORE_WORDS = re.compile(r"[(\[]?(\d+)(?:[)\]]|\s*[.:、。।-]|\s)\s*(.+)")


def paper_number(item: Item, reply: str) -> Score:
    """The published rule: the reply is a number, else the first number in it counts.

    A reply without digits is wrong, even if it has the right option's words: the published code finds their number in
    the prompt, but as a text, which equals no number.
    """
    try:
        number = int(reply)
    except ValueError:
        match = re.search(r"\d+", reply)
        number = int(match[0]) if match else 0
    return Score(float(number - 1 == _right(item)), "scored", str(number) if number else "")


def strict_number(item: Item, reply: str) -> Score:
    """A number alone, a number with that option's words, or the words of exactly one option; else unparsed."""
    chosen = _chosen(item, value_said(visible(reply)))
    return (
        Score(None, "unparsed", "")
        if chosen is None
        else Score(float(chosen == _right(item)), "scored", str(chosen + 1))
    )


def paper_any_name(item: Item, reply: str) -> Score:
    """The published rule `multi`: one of the references, without case, stands anywhere in the reply."""
    said = reply.lower()
    return Score(float(any(answer.lower() in said for answer in item.answers)), "scored", said)


def _chosen(item: Item, said: str) -> int | None:
    def alike(words: str) -> list[int]:
        return [index for index, choice in enumerate(item.choices) if same(words, choice, item.language)]

    named = alike(said)
    if len(named) == 1:
        return named[0]
    if alone := _ALONE.fullmatch(said):
        return _option(item, alone[1])
    if with_words := _BEFORE_WORDS.fullmatch(said):
        number = _option(item, with_words[1])
        return number if number in alike(with_words[2]) else None
    return None


def _option(item: Item, number: str) -> int | None:
    index = int(number) - 1
    return index if 0 <= index < len(item.choices) else None


def _right(item: Item) -> int:
    if item.answer_index is None:
        raise ValueError(f"item {item.item_id} has no answer_index: a choice needs one")
    return item.answer_index
