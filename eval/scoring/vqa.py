"""VQA accuracy: a reply is as right as people of ten gave it, all of it from three on (Antol et al. 2015)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources

import yaml

from eval.scoring.short import value_said
from eval.scoring.written import normalised, same
from eval.tasks.task import Item, Score

_ENOUGH = 3
_ARTICLES = ("a", "an", "the")
_PUNCTUATION = ';/[]"{}()=+\\_-><@`,?!'
_BETWEEN_DIGITS = re.compile(r"\d,+\d")
_FULL_STOP = re.compile(r"\.(?!\d)")
_MOST_FULL_STOPS = 32  # the published script gives a flag where the number of replacements stands
_NUMBERS = {
    word: str(number)
    for number, word in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    )
} | {"none": "0"}


def paper_vqa(item: Item, reply: str) -> Score:
    """VQAv2's published rule: the mean, over each of the people left out once, of min(n/3, 1) of the others.

    English alone: articles and number words, punctuation and contractions without apostrophe are made equal.

    Args:
        item: `answers` are all that people gave, repeated ones too.
        reply: as the model gave it.
    """
    return _agreement([published(answer) for answer in item.answers], published(reply))


def paper_textvqa(item: Item, reply: str) -> Score:
    """TextVQA's published rule: as `paper_vqa`, after commas and question marks go and "'s" becomes a word."""
    return _agreement([published(_words(answer)) for answer in item.answers], published(_words(reply)))


def strict_vqa(item: Item, reply: str) -> Score:
    """min(n/3, 1) of the people who gave what the reply's first line says, as `written.same` compares."""
    said = value_said(reply)
    if not normalised(said, item.language):
        return Score(None, "unparsed", "")
    number = sum(same(said, answer, item.language) for answer in item.answers)
    return Score(min(1.0, number / _ENOUGH), "scored", said)


def published(text: str) -> str:
    """A text as the VQA evaluation compares it, its order of steps kept.

    A mark is taken out where it stands beside a space anywhere in the text, or where a comma stands between digits;
    else it becomes a space. A full stop goes unless a digit follows.
    """
    text = text.replace("\n", " ").replace("\t", " ").strip()
    bare = text
    grouped = _BETWEEN_DIGITS.search(text) is not None
    for mark in _PUNCTUATION:
        beside_space = f"{mark} " in text or f" {mark}" in text
        bare = bare.replace(mark, "" if beside_space or grouped else " ")
    bare = _FULL_STOP.sub("", bare, count=_MOST_FULL_STOPS)
    words = (_NUMBERS.get(word, word) for word in bare.lower().split())
    return " ".join(_contractions().get(word, word) for word in words if word not in _ARTICLES)


def _words(text: str) -> str:
    return text.lower().replace(",", "").replace("?", "").replace("'s", " 's").strip()


def _agreement(answers: Sequence[str], said: str) -> Score:
    given = sum(answer == said for answer in answers)
    shares = [min(1.0, (given - (answer == said)) / _ENOUGH) for answer in answers]
    return Score(sum(shares) / len(shares) if shares else 0.0, "scored", said)


@cache
def _contractions() -> Mapping[str, str]:
    table = yaml.safe_load((resources.files("eval.scoring") / "contractions.yaml").read_text(encoding="utf-8"))
    written = {
        form[:place] + form[place + 1 :]: form
        for form in table["forms"]
        for place, mark in enumerate(form)
        if mark == "'"
    }
    written |= table["also"]
    return {wrong: right for wrong, right in written.items() if wrong not in table["but_not"]}
