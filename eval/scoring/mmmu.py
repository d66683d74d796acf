"""MMMU's and xMMMU's published parser, for questions with options and for open ones, and strict rules."""

from __future__ import annotations

import re
from collections.abc import Iterator

from eval.scoring.letters import LETTERS, strict_letter
from eval.scoring.seeded import guess
from eval.scoring.short import strict_short
from eval.tasks.task import Item, Score

_AROUND = ",.!?;:'"
_WORDS_OF_A_SENTENCE = 5
_CUES = ("could be ", "so ", "is ", "thus ", "therefore ", "final ", "answer ", "result ")
_NUMBERS = (
    re.compile(r"-?\b\d{1,3}(?:,\d{3})+\b"),
    re.compile(r"-?\d+(?:\.\d+)?[eE][+-]?\d+"),
    re.compile(r"-?(?:\d+\.\d+|\.\d+|\d+\b)(?![eE][+-]?\d+)(?![,\d])"),
)

Value = str | float


def paper_mmmu(item: Item, reply: str) -> Score:
    """The published decision, as lmms-eval has it: options by letter or words, else a random one; open ones by value.

    MMMU's own script differs in one step: there a letter must stand between spaces, here it may end a word ("DNA ").
    """
    return _paper_choice(item, reply) if item.kind == "choice" else _paper_open(item, reply)


def strict_mmmu(item: Item, reply: str) -> Score:
    """`strict_letter` of questions with options, `strict_short` of open ones."""
    return strict_letter(item, reply) if item.kind == "choice" else strict_short(item, reply)


def _paper_choice(item: Item, reply: str) -> Score:
    """Letters in brackets; else before a space; else before a full stop; else options' words in over five words.

    Of several the last in the reply, by where letter and spaces around it stand last: those that stand so nowhere are
    equal, and the first of equals is taken.
    """
    text = reply
    for mark in _AROUND:
        text = text.strip(mark)
    text = f" {text} "
    letters = LETTERS[: len(item.choices)]
    for written, place in (("({})", "({})"), ("{} ", " {} "), ("{}.", " {} ")):
        found = [letter for letter in letters if written.format(letter) in text]
        if found:
            return _chosen(item, max(found, key=lambda letter: text.rfind(place.format(letter))))
    if len(text.split()) > _WORDS_OF_A_SENTENCE:
        lower = text.lower()
        words = {letter: choice.lower() for letter, choice in zip(letters, item.choices, strict=False)}
        named = [letter for letter in letters if words[letter] in lower]
        if named:
            return _chosen(item, max(named, key=lambda letter: lower.rfind(words[letter])))
    return _chosen(item, guess(item.item_id, letters), guessed=True)


def _chosen(item: Item, letter: str, *, guessed: bool = False) -> Score:
    if item.answer_index is None:
        raise ValueError(f"item {item.item_id} of kind {item.kind} has no answer_index: a choice needs one")
    return Score(float(letter == LETTERS[item.answer_index]), "scored", letter, guessed)


def _paper_open(item: Item, reply: str) -> Score:
    """A reference's words stand in a part of the reply that may be its answer, or its number is one of theirs."""
    parts = _answers_told(reply)
    numbers = [number for part in parts for pattern in _NUMBERS for number in pattern.findall(part)]
    said = {value for text in [*parts, *numbers] for value in _values(text)}
    wanted = {value for answer in item.answers for value in _values(answer)}
    texts = [value for value in said if isinstance(value, str)]
    right = any(any(value in text for text in texts) if isinstance(value, str) else value in said for value in wanted)
    return Score(float(right), "scored", parts[0])


def _answers_told(reply: str) -> list[str]:
    """What stands behind the last cue of each line; the whole reply where no line has one.

    The published split into sentences looks for capitals in a text that has none left, so it splits at lines alone.
    """
    text = reply.strip().strip(".").lower()
    lines = text.split("\n")
    told = list(_tails(lines))
    return told or [text]


def _tails(lines: list[str]) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        cues = (*_CUES, "=") if number == len(lines) else _CUES
        shortest = ""
        for cue in cues:
            if cue in line:
                tail = line.split(cue)[-1].strip()
                if not shortest or len(tail) < len(shortest):
                    shortest = tail
        if shortest and shortest not in set(":,.!?;'"):
            yield shortest


def _values(text: str) -> list[Value]:
    """A number to two decimals, or words in lower case; one character with a space before or behind it."""
    text = text.strip()
    try:
        return [round(float(text.replace(",", "")), 2)]
    except ValueError:
        lower = text.lower()
        return [f" {lower}", f"{lower} "] if len(lower) == 1 else [lower]
