"""What rows of MMMU and of its translations have in common."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eval.tasks.reading import PICTURE, TEXT, Columns, picture
from pipeline.errors import InputError

MOST_PICTURES = 7
COLUMNS: Columns = {
    "id": TEXT,
    "question": TEXT,
    "options": TEXT,
    "answer": TEXT,
    "question_type": TEXT,
    **{f"image_{number}": (*PICTURE, "null") for number in range(1, MOST_PICTURES + 1)},
}
NUMBERED = re.compile(r"<image ([1-7])>")
_SUBJECT = re.compile(r"[^_]+_(.+)_\d+")


def options_of(row: Mapping[str, Any], place: str) -> tuple[str, ...]:
    """The options, which are published as the text of a Python list; none of an open question.

    Line ends in the text, which some translations have, are read as spaces.
    """
    if row["question_type"] != "multiple-choice":
        return ()
    found = _literal(row["options"].replace("\n", " "))
    if not isinstance(found, list) or not all(isinstance(option, str) for option in found):
        raise InputError(f"{place}: options {row['options'][:80]!r} is not the text of a list of strings")
    return tuple(found)


def lettered(options: tuple[str, ...]) -> str:
    """The options, one a line, each behind its letter."""
    return "\n".join(f"{chr(ord('A') + index)}. {option}" for index, option in enumerate(options))


def right_option(row: Mapping[str, Any], options: tuple[str, ...], place: str) -> int | None:
    """The index of the right option; None of an open question."""
    if not options:
        return None
    index = ord(row["answer"]) - ord("A") if len(row["answer"]) == 1 else -1
    if not 0 <= index < len(options):
        raise InputError(f"{place}: answer {row['answer']!r} is not the letter of one of {len(options)} options")
    return index


def open_answers(row: Mapping[str, Any]) -> tuple[str, ...]:
    """References of an open question: one text, or several as the text of a Python list."""
    found = _literal(row["answer"]) if row["answer"].startswith("[") else None
    return tuple(map(str, found)) if isinstance(found, list) else (row["answer"],)


def subject_of(row: Mapping[str, Any], place: str) -> str:
    """The subject that an id names: Art_Theory of `validation_Art_Theory_3`."""
    match = _SUBJECT.fullmatch(row["id"])
    if match is None:
        raise InputError(f"{place}: id {row['id']!r} is not of the form SPLIT_SUBJECT_NUMBER")
    return match[1]


def numbered_picture(row: Mapping[str, Any], number: int, folder: Path, place: str) -> bytes | None:
    """The picture of a mark `<image NUMBER>`; None where the row has none."""
    value = row.get(f"image_{number}")
    empty = value is None or (isinstance(value, Mapping) and value.get("bytes") is None and not value.get("path"))
    return None if empty else picture(value, folder, place)


def _literal(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (SyntaxError, ValueError):
        return None
