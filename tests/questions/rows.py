"""Rows of `concepts` and `images` as the stage hands them over, and a small world to ask about.

Labels are made up of the language's name and an id, except where a test needs real ones, so that no test depends on
what a word means.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pipeline.questions.balance import EVERYTHING, Balance
from pipeline.questions.concept import Concept
from pipeline.questions.distractor_pool import DistractorPool, pool_rows
from pipeline.questions.generate import QuestionMaker
from pipeline.questions.items import items_array
from pipeline.questions.kinship import Kinship
from pipeline.questions.labels import Codes, label_codes
from pipeline.questions.question_settings import QuestionSettings
from pipeline.questions.templates import Catalogue, shipped_catalogue
from pipeline.questions.values import SkipReason
from tests.kit.concepts import chosen

LANGUAGES: Mapping[str, tuple[str, ...]] = {
    "am": ("am",), "ar": ("ar",), "bn": ("bn",), "en": ("en", "en-gb"), "es": ("es",), "hi": ("hi",),
    "id": ("id",), "ja": ("ja",), "ru": ("ru",), "sw": ("sw",),
}  # fmt: skip
CODES = tuple(LANGUAGES)
GREGORIAN = 1985727
NO_KIN = Kinship.of({})


def label(language: str, text: str, aliases: Sequence[str] = ()) -> dict[str, Any]:
    return {"language": language, "label": text, "aliases": list(aliases)}


def labels(qid: int, languages: Iterable[str] = CODES) -> list[dict[str, Any]]:
    return [label(language, f"{language}-{qid}") for language in languages]


def statement(guid: str, number: int, **fields: Any) -> dict[str, Any]:
    empty = dict.fromkeys(("text", "language", "time", "time_precision", "calendar", "amount", "unit", "latitude"))
    row = {
        "statement_id": guid, "property": number, "rank": "normal", "best": True, "snaktype": "value", "type": None,
        "qid": None, "longitude": None, "qualifiers": [], "value_labels": None, **empty, **fields,
    }  # fmt: skip
    return row


def item(guid: str, number: int, qid: int, **fields: Any) -> dict[str, Any]:
    return statement(guid, number, **{"type": "wikibase-entityid", "qid": qid, "value_labels": labels(qid), **fields})


def time(
    guid: str, number: int, written: str, precision: int, calendar: int = GREGORIAN, **fields: Any
) -> dict[str, Any]:
    return statement(guid, number, type="time", time=written, time_precision=precision, calendar=calendar, **fields)


def qualifier(number: int, **fields: Any) -> dict[str, Any]:
    return {"property": number, "snaktype": "value", "qid": None, **fields}


CIRCA = qualifier(1480, qid=5727902)


def concept(qid: int, statements: Sequence[Mapping[str, Any]] = (), **fields: Any) -> dict[str, Any]:
    picture = statement(f"Q{qid}$picture", 18, type="string", text=f"{qid}.jpg")
    row: dict[str, Any] = {
        "qid": qid, "revision": 1, "dump_date": "2026-01-05", "num_sitelinks": 5,
        **chosen(qid, "peru"), "domain": "monument", "class_path": [],
        "labels": labels(qid), "statements": [picture, *statements],
    }  # fmt: skip
    return {**row, **fields}


def image(qid: int, sha256: str = "ab" * 32) -> dict[str, Any]:
    return {"qid": qid, "statement_id": f"Q{qid}$picture", "sha256": sha256, "property": 18}


# Every property that a full concept has by hand, and those that would have to agree with one of them.
_BY_HAND = frozenset({0, 31, 17, 495, 571, 186, 131, 276, 140, 527})


def full_concept(qid: int, **fields: Any) -> dict[str, Any]:
    """A concept that every family can ask about; its values differ from those of other ids."""
    others = {family.properties[0]: family.answer for family in shipped_catalogue().families}
    return concept(
        qid,
        [
            item(f"Q{qid}$31", 31, 1000 + qid, best=True),
            item(f"Q{qid}$17", 17, 2000 + qid),
            time(f"Q{qid}$571", 571, f"+{1500 + qid}-00-00T00:00:00Z", 9),
            item(f"Q{qid}$186a", 186, 3000 + qid),
            item(f"Q{qid}$186b", 186, 4000 + qid),
            item(f"Q{qid}$131", 131, 5000 + qid),
            item(f"Q{qid}$140", 140, 6000 + qid),
            item(f"Q{qid}$527", 527, 7000 + qid),
            *(_value(qid, number, others[number]) for number in sorted(others.keys() - _BY_HAND)),
        ],
        **fields,
    )


def _value(qid: int, number: int, answer: str) -> dict[str, Any]:
    guid = f"Q{qid}${number}"
    if answer == "time":
        return time(guid, number, f"+{1600 + qid}-00-00T00:00:00Z", 9)
    if answer == "quantity":
        return quantity(guid, number, f"+{10 + qid}")
    if answer == "text":
        return text(guid, number, f"native {qid}", "xx")
    return item(guid, number, 1000 * number + qid)


def world(size: int = 8) -> list[dict[str, Any]]:
    """Concepts of two domains, of which everything but ingredients is asked, and of several countries."""
    return [
        full_concept(
            number,
            domain=("monument", "artwork")[number % 2],
            countries=[f"country{number % 3}"],
            class_path=[1000 + number],
        )
        for number in range(1, size + 1)
    ]


def pool_of(
    concepts: Iterable[Mapping[str, Any]], catalogue: Catalogue, near: Mapping[str, Sequence[str]] | None = None
) -> DistractorPool:
    rows = [row for concept in concepts for row in pool_rows(Concept.of(concept), catalogue)]
    return DistractorPool(rows, label_codes(LANGUAGES), near or {})


def questions_of(
    row: Mapping[str, Any], picture: Mapping[str, Any], catalogue: Catalogue, languages: Mapping[str, Codes],
    pool: DistractorPool, kinship: Kinship, settings: QuestionSettings, balance: Balance = EVERYTHING,
) -> tuple[list[dict[str, Any]], Counter[SkipReason]]:  # fmt: skip
    """Items as rows of `schema.QA_ITEM`, and why others were not made."""
    maker = QuestionMaker(catalogue, languages, pool, kinship, settings, balance)
    items, skipped = maker.ask(Concept.of(row), picture)
    made: list[dict[str, Any]] = items_array(items).to_pylist()
    return made, skipped


def quantity(guid: str, number: int, amount: str, unit: int | None = None, **fields: Any) -> dict[str, Any]:
    return statement(guid, number, type="quantity", amount=amount, unit=unit, **fields)


def text(guid: str, number: int, written: str, language: str, **fields: Any) -> dict[str, Any]:
    return statement(guid, number, type="monolingualtext", text=written, language=language, **fields)
