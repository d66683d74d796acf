"""Questions about many pictures: from rows of `concepts` and `images` to the items of each picture."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from pipeline.questions.concept import concepts_of
from pipeline.questions.generate import QuestionMaker
from pipeline.questions.items import Asked, Item
from pipeline.questions.values import SkipReason

# Of the table `images`, what questions need.
IMAGE_COLUMNS = ("qid", "sha256", "statement_id", "property")


def ask_about(
    maker: QuestionMaker, concepts: pa.Table, images: Sequence[Mapping[str, Any]]
) -> tuple[list[Asked], Counter[SkipReason]]:
    """Every question about every picture.

    Args:
        maker: what asks.
        concepts: rows of `concepts`.
        images: rows of `images` with `IMAGE_COLUMNS`, of those concepts.

    Returns:
        What was asked of each picture, in their order, and how many questions were not made for each reason.
    """
    naming = {image["property"] for image in images}
    asked: list[Asked] = []
    skipped: Counter[SkipReason] = Counter()
    seen: set[tuple[int, str]] = set()
    with _without_collector():
        by_qid = {concept.qid: concept for concept in concepts_of(concepts, maker.properties | naming)}
        for image in images:
            concept, items = by_qid[image["qid"]], list[Item]()
            if (concept.qid, image["sha256"]) in seen:
                # Two titles of one file, a redirect for example: its questions would have the same ids.
                skipped[SkipReason.SAME_PICTURE] += maker.most_per_picture
            else:
                items, reasons = maker.ask(concept, image)
                skipped.update(reasons)
            seen.add((concept.qid, image["sha256"]))
            asked.append(Asked(concept, image["sha256"], items))
    return asked, skipped


@contextmanager
def _without_collector() -> Iterator[None]:
    """Tens of thousands of items come, and all stay: looking for cycles among them takes a quarter of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
