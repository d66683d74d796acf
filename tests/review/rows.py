"""Items put before a reviewer, made up by hand."""

from __future__ import annotations

from typing import Any

from pipeline.review.item import ReviewItem
from pipeline.review.verdict import Verdict
from tests.eval.report import made_up

GUID = "Q42$F078E5B3-F9A8-480E-B7AC-D97778CBBEF9"


def review_item(qa_id: int = 7, language: str = "sw", kind: str = "open", **changes: Any) -> ReviewItem:
    """Changes are of the item; `means`, `title`, `attribution`, `page_url`, `licence` and `licence_url` beside it."""
    image = {"sha256": f"{qa_id:064x}", "width": 4, "height": 3, "title": "Oud.jpg", "page_url": "https://example.org/p",
             "attribution": "Oud.jpg by A", "licence": "CC0", "licence_url": None}  # fmt: skip
    image |= {name: changes.pop(name) for name in list(changes) if name in image}
    means = changes.pop("means", "Where is this?")
    choices, index = (["Peru", "Kenya"], 1) if kind == "choice" else (None, None)
    question = changes.pop("question", "Hiki kipo wapi?")
    item = made_up.item(
        42, language, kind,
        **{"qa_id": qa_id, "template_id": f"country/{language}/{kind}/1/r1", "statement_ids": [GUID],
           "question": question, "original_question": question, "answer": "Kenya", "choices": choices,
           "original_answer": changes.get("answer", "Kenya"),
           "answer_index": index, **changes},
    )  # fmt: skip
    return ReviewItem(item, "kenya", "food", image, b"\xff\xd8picture", means)


def verdict(qa_id: int = 7, question: str = "good", **changes: Any) -> Verdict:
    fixed = {"template_id": "country/sw/open/1/r1", "reworded": False, "reviewer": "reader-1"}
    return Verdict(qa_id, question=question, **{**fixed, **changes})
