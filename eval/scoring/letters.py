"""Questions with options: which one a reply chooses, as published for CVQA and M3Exam, and strictly."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from eval.scoring.seeded import guess
from eval.scoring.written import first_line, normalised, same
from eval.tasks.task import Item, Score

LETTERS = "ABCDEFGHIJ"

_PUBLISHED_LETTERS = "ABCD"
_PUBLISHED_LIKENESS = 0.7
# A letter at the start that is a choice and not a word such as "A" or "I": a mark, the line's end or nothing follows.
_LEADING = re.compile(
    r"[\W_]*([A-Ja-j])[*_`\"')\]}»]*(?:\s*[.:,)、。।۔]+[*_`]*(?=\s|$)|[.:)、。](?=\w)|\s*\n|\s*$)|[*_`\s]*[(\[]([A-Ja-j])[)\]]"
)
_LETTERS_ALONE = re.compile(r"[\W_]*[A-J](?:[\W_]+(?:(?:and|or)[\W_]+)?[A-J])*[\W_]*")
_TOLD = re.compile(r"\b(?i:answer|option|choice)\b(?:\s+is)?[\s:*_`\"'(\[]*([A-J])(?![\w'’])")
# In any language: a letter in brackets, and one that ends a line behind a colon.
_BRACKETED = re.compile(r"[(\[]([A-J])[)\]]")
_AFTER_A_COLON = re.compile(r":[\s*_`\"'(\[]*([A-J])[*_`\"')\].。।]*\s*$", re.MULTILINE)
_AROUND = " .,!?:;*_`\"'。、।۔\n\t"


def paper_letter(item: Item, reply: str) -> Score:
    """CVQA's and M3Exam's published rule.

    The first of: a letter a to d, of either case, before ")", ".", ":" or white space, wherever it stands, even at the
    end of a word ("Mosaic." is C); any such letter ("Because" is B); the option whose text is likest to the reply, if
    the likeness (Ratcliff and Obershelp's) is over 0.7; a random one of A to D, however many options there are.
    """
    text = reply.strip()
    marked = re.search(r"[a-d](?=[).:\s])", text, re.IGNORECASE) or re.search(r"[a-d]", text, re.IGNORECASE)
    if marked:
        return _decided(item, marked[0].upper())
    likeness = [
        SequenceMatcher(None, text, re.sub(r"^[A-D]\.\s*", "", option).strip()).ratio() for option in item.choices
    ]
    best = max(likeness, default=0.0)
    if best > _PUBLISHED_LIKENESS:
        return _decided(item, LETTERS[likeness.index(best)])
    return _decided(item, guess(item.item_id, _PUBLISHED_LETTERS), guessed=True)


def strict_letter(item: Item, reply: str) -> Score:
    """A letter that stands as one, or the words of exactly one option; else unparsed. Nothing is guessed.

    A letter and words that name different options, or two letters, are unparsed.
    """
    chosen = chosen_option(reply, item.choices, item.language)
    return Score(None, "unparsed", "") if chosen is None else _decided(item, LETTERS[chosen])


def chosen_option(reply: str, choices: Sequence[str], language: str) -> int | None:
    """Number of the option that a reply chooses; None where that cannot be read.

    Args:
        reply: as the model gave it.
        choices: options in their order, at most ten.
        language: the data set's code.
    """
    text = unicodedata.normalize("NFKC", reply).strip()
    # An option may begin as a letter does: "C. S. Lewis".
    whole = [number for number, choice in enumerate(choices) if _bare(text) == _bare(choice)]
    if len(whole) == 1 and len(_bare(text)) > 1:
        return whole[0]
    letters = _letters_in(text)
    if letters:
        named = set(_named(_LEADING.sub("", text, count=1), choices, language)) if _LEADING.match(text) else set()
        (letter, *others) = letters
        contradicted = len(named) == 1 and letter not in named
        return None if others or contradicted or letter >= len(choices) else letter
    equal = [number for number, choice in enumerate(choices) if same(first_line(text), choice, language)]
    named_in_text = equal or list(_named(text, choices, language))
    return named_in_text[0] if len(named_in_text) == 1 else None


def _bare(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip(_AROUND)


def _letters_in(text: str) -> set[int]:
    """Every letter that the reply gives as a choice."""
    if _LETTERS_ALONE.fullmatch(text):
        return {LETTERS.index(letter) for letter in re.findall(r"\b[A-J]\b", text)}
    leading = _LEADING.match(text)
    patterns = (_TOLD, _BRACKETED, _AFTER_A_COLON)
    letters = {LETTERS.index(told) for pattern in patterns for told in pattern.findall(text)}
    return letters | {LETTERS.index((leading[1] or leading[2]).upper())} if leading else letters


def _named(text: str, choices: Sequence[str], language: str) -> Iterator[int]:
    """Options whose words stand in a text, but for those that stand only inside a longer option's."""
    left = f" {normalised(text, language)} "
    for number, choice in sorted(enumerate(choices), key=lambda option: -len(option[1])):
        words = normalised(choice, language)
        wanted = words if language in ("ja", "th", "zh") else f" {words} "
        if words and wanted in left:
            left = left.replace(wanted, " | ")
            yield number


def _decided(item: Item, letter: str, *, guessed: bool = False) -> Score:
    if item.answer_index is None:
        raise ValueError(f"item {item.item_id} of kind {item.kind} has no answer_index: letters score choices only")
    return Score(float(letter == LETTERS[item.answer_index]), "scored", letter, guessed)
