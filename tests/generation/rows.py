"""Rows of the table `questions`, put together by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from pipeline.schema import QA_ITEM

Row = dict[str, Any]

# Language -> a question with the name in quotation marks, one without, an answer to both.
QUESTIONS = {
    "en": ("The picture shows “{name}”. Which country is it from?", "What is the country of this thing?", "Kenya"),
    "ar": ("تظهر في الصورة «{name}». من أيّ بلد هي؟", "من أيّ بلد ما يظهر في هذه الصورة؟", "كينيا"),
    "ja": ("写真に写っているのは「{name}」です。どの国のものですか？", "写真のものはどの国のものですか？", "ケニア"),
    "hi": ("चित्र में “{name}” दिख रहा है। यह किस देश से है?", "इस चित्र में दिख रही चीज़ किस देश से है?", "केन्या"),
    "am": ("በምስሉ ላይ የሚታየው «{name}» ነው። ይህ የየትኛው አገር ነው?", "በዚህ ምስል ላይ የሚታየው ነገር የየትኛው አገር ነው?", "ኬንያ"),
}  # fmt: skip


def item(number: int, language: str = "en", kind: str = "open", *, named: bool = True, **fields: Any) -> Row:
    """A row of `schema.QA_ITEM`; its id depends on the arguments."""
    with_name, without_name, answer = QUESTIONS[language]
    question = with_name.replace("{name}", f"thing {number}") if named else without_name
    wrong = ["A", "B", "C"]
    choices = {"choices": [*wrong[:1], answer, *wrong[1:]], "choice_qids": [1, 2, 3, 4], "answer_index": 1}
    identity = hashlib.sha256(f"{number} {language} {kind} {named}".encode()).digest()
    row: Row = {
        **{field.name: None for field in QA_ITEM},
        "qa_id": int.from_bytes(identity[:8], "big", signed=True),
        "qid": number,
        "property": 17,
        "statement_ids": [f"Q{number}$17"],
        "rank": "normal",
        "dump_date": "2026-01-05",
        "template_id": f"country/{language}/{kind}/1/r1",
        "language": language,
        "kind": kind,
        "question": question,
        "answer": answer,
        "answer_label_language": language,
        "original_question": question,
        "original_answer": answer,
        **(choices if kind == "choice" else {}),
    }
    return {**row, **fields}


def picture_of(number: int) -> bytes:
    return f"the picture of Q{number}".encode()


def group(number: int, items: Sequence[Row] | None = None, languages: Sequence[str] = ("en", "ar", "ja")) -> Row:
    """A row of `schema.QUESTIONS`: a named open and an unnamed choice question in each language, unless told."""
    made = [item(number, language, kind, named=kind == "open") for language in languages for kind in ("open", "choice")]
    return {
        "qid": number,
        "sha256": hashlib.sha256(picture_of(number)).hexdigest(),
        "country": "kenya",
        "domain": "food",
        "num_sitelinks": 3,
        "items": made if items is None else list(items),
    }
