"""Wrong replies as cards: what was asked, said and read, and what was trained on about the same entity."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from eval.report.benchmarks.data import Row, Sample, WorstError
from eval.report.benchmarks.errors import right
from eval.report.benchmarks.views import task_title
from eval.report.fact import Text, item_url
from eval.report.headings import heading, language_name, spoken

# Longest side of a shown picture, px.
SIDE = 240
QUALITY = 80
_STATEMENT = re.compile(r"[Qq](\d+)\$[0-9A-Fa-f-]+")


@dataclass(frozen=True)
class Picture:
    """A JPEG as an address that holds it, and its size, px."""

    url: str
    width: int
    height: int


@dataclass(frozen=True)
class Taught:
    """A training sample. `statements` are (GUID, address); the address is None where the GUID is none."""

    qa_id: int
    language: str
    question: Text
    answer: Text
    statements: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True)
class Said:
    """A model's reply.

    Attributes:
        model: its name.
        reply: untouched.
        parsed: what our rule read of it; empty where it read nothing.
        decided: right or wrong, or why it is neither.
        judge, judgement: who judged it and with what words; None where nobody did.
    """

    model: str
    reply: Text
    parsed: str
    decided: str
    judge: str | None
    judgement: str | None


@dataclass(frozen=True)
class ErrorCard:
    """One wrong reply. `country` is empty, and `item_url` None, where the benchmark tells none."""

    title: str
    item_id: str
    language: str
    country: str
    qid: int
    item_url: str | None
    picture: Picture | None
    question: Text
    answers: tuple[Text, ...]
    replies: tuple[Said, ...]
    samples: tuple[Taught, ...]


def error_cards(errors: Sequence[WorstError]) -> list[ErrorCard]:
    """The cards, in the order of the errors."""
    return [_card(error) for error in errors]


def shrunk(picture: bytes) -> Picture:
    """A picture as a JPEG of at most `SIDE` px a side.

    Args:
        picture: encoded, in any format that Pillow reads.
    """
    with Image.open(io.BytesIO(picture)) as opened:
        small = opened.convert("RGB")
    small.thumbnail((SIDE, SIDE))
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=QUALITY)
    return Picture("data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode(), *small.size)


def _card(error: WorstError) -> ErrorCard:
    row = error.prediction
    return ErrorCard(
        title=task_title(row["task"]),
        item_id=str(row["item_id"]),
        language=language_name(row["language"]),
        country=heading("country", row["country"]).label if row["country"] else "",
        qid=row["qid"],
        item_url=item_url(row["qid"]) if row["qid"] else None,
        picture=None if error.picture is None else shrunk(error.picture),
        question=_words(row["question"], row["language"]),
        answers=tuple(_words(answer, row["language"]) for answer in row["answers"]),
        replies=tuple(_said(each) for each in (row, error.baseline) if each is not None),
        samples=tuple(map(_taught, error.samples)),
    )


def _said(row: Row) -> Said:
    return Said(
        row["model"],
        # In whatever language it is.
        Text(row["reply"], "", "auto"),
        row["parsed"],
        ("right" if right(row) else "wrong") if row["strict_state"] == "scored" else row["strict_state"],
        row["judge"],
        row["judgement"],
    )


def _words(text: str, language: str) -> Text:
    # Prompts mix English with the item's language: the first letter tells the direction.
    return Text(text, spoken("", language).lang, "auto")


def _taught(sample: Sample) -> Taught:
    return Taught(
        sample.qa_id,
        language_name(sample.language),
        spoken(sample.question, sample.language),
        spoken(sample.answer, sample.language),
        tuple((guid, _statement_url(guid)) for guid in sample.statement_ids),
    )


def _statement_url(guid: str) -> str | None:
    found = _STATEMENT.fullmatch(guid)
    return f"{item_url(int(found[1]))}#{guid}" if found else None
