"""The gallery: each picture with one fact asked in several languages, its statement, its author and licence."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from eval.report.fact import NAME, Question, Text, item_url, question
from eval.report.selection import ANCHOR, select
from eval.report.wording import words
from pipeline import vocabulary


@dataclass(frozen=True)
class Card:
    """One picture. `licence_url` and `page_url` are None where they are no web address."""

    name: Text
    qid: int
    item_url: str
    country: str
    domain: str
    split: str
    picture: str
    width: int
    height: int
    alt: str
    title: str
    page_url: str | None
    licence: str
    licence_url: str | None
    attribution: str
    dump_dates: str
    questions: tuple[Question, ...]
    num_items: int


def cards(rows: Sequence[Mapping[str, Any]]) -> list[Card]:
    """The cards of a gallery, in the order of the rows.

    Args:
        rows: of `schema.SHARDS`.
    """
    return [_card(row, items) for row, items in zip(rows, select(rows), strict=True)]


def _card(row: Mapping[str, Any], shown: Sequence[Mapping[str, Any]]) -> Card:
    name = _name(row)
    country, domain = vocabulary.countries()[row["country"]].name, words(row["domain"])
    return Card(
        name=name,
        qid=row["qid"],
        item_url=item_url(row["qid"]),
        country=country,
        domain=domain,
        split=row["split"],
        picture="data:image/jpeg;base64," + base64.b64encode(row["image"]).decode(),
        width=row["width"],
        height=row["height"],
        alt=f"{name.text} ({domain}, {country})",
        title=row["title"],
        page_url=_web(row["page_url"]),
        licence=row["licence"],
        licence_url=_web(row["licence_url"]),
        attribution=row["attribution"],
        dump_dates=", ".join(sorted({item["dump_date"] for item in shown})),
        questions=tuple(map(question, shown)),
        num_items=len(row["items"]),
    )


def _name(row: Mapping[str, Any]) -> Text:
    """What the thing is called: the answer to what its name is, English before others, else the file's name."""
    named = [item for item in row["items"] if item["property"] == NAME]
    for item in sorted(named, key=lambda item: item["language"] != ANCHOR):
        return question({**item, "answer": item["original_answer"]}).answer
    return Text(PurePosixPath(row["title"]).stem, "", "auto")


def _web(url: str | None) -> str | None:
    return url if url and url.startswith(("https://", "http://")) else None
