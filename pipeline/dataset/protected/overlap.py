"""Which items overlap with a list: the same entity, the same picture, or the same question."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from pipeline.dataset.protected.keys import Protected, question_key
from pipeline.near_hashes import DISTANCE, nearest
from pipeline.questions.subject import family_of, told_name

PREFIX = "protected_"
By = Literal["qid", "picture", "question"]


@dataclass(frozen=True)
class Overlap:
    """Why an item is left out.

    Attributes:
        list: name of the list.
        by: what was found in it.
        evidence: the entity, the bits in which the pictures' hashes differ, or the question.
    """

    list: str
    by: By
    evidence: str

    @property
    def reason(self) -> str:
        """What is counted: protected_qid:merlin."""
        return f"{PREFIX}{self.by}:{self.list}"


def overlaps(
    groups: Iterable[Mapping[str, Any]],
    phashes: Mapping[str, int],
    protected: Sequence[Protected],
    distance: int = DISTANCE,
) -> dict[int, Overlap]:
    """The items of a partition that must not be taught.

    An entity or a picture takes all its items with it. A question counts only where it tells the name of what it asks
    about, or comes from no template: "Which country is this from?" is asked of thousands of pictures, here and in
    benchmarks, and is the same only where the picture is.

    Args:
        groups: rows of `schema.JUDGED`.
        phashes: perceptual hashes of their pictures by sha256.
        protected: the first list that an item is found in is named, by entity before picture before question.
        distance: bits in which hashes of one picture may differ.

    Returns:
        qa_id -> why it goes. 0.1 ms a picture for each 100,000 pictures of lists, and 40 MB.
    """
    rows = list(groups)
    pictures = sorted({row["sha256"] for row in rows})
    hashes = np.array([phashes[sha256] & (2**64 - 1) for sha256 in pictures], np.uint64)
    apart = [dict(zip(pictures, nearest(hashes, each.phashes).tolist(), strict=True)) for each in protected]
    found: dict[int, Overlap] = {}
    for row in rows:
        whole = _of_row(row, protected, [each[row["sha256"]] for each in apart], distance)
        for item in row["items"]:
            overlap = whole or _of_item(item, protected)
            if overlap is not None:
                found[item["qa_id"]] = overlap
    return found


def _of_row(
    row: Mapping[str, Any], protected: Sequence[Protected], apart: Sequence[int], distance: int
) -> Overlap | None:
    for each in protected:
        if _holds(each.qids, row["qid"]):
            return Overlap(each.name, "qid", f"Q{row['qid']}")
    for each, bits in zip(protected, apart, strict=True):
        if bits <= distance:
            return Overlap(each.name, "picture", f"{bits} bits apart")
    return None


def _of_item(item: Mapping[str, Any], protected: Sequence[Protected]) -> Overlap | None:
    asking = [each for each in protected if len(each.questions)]
    if not asking or (family_of(item) and told_name(item) is None):
        return None
    for text in dict.fromkeys((item["question"], item["original_question"])):
        keys = [question_key(item["language"], text)]
        keys += [
            question_key(item["language"], text, answer)
            for answer in dict.fromkeys((item["answer"], item["original_answer"]))
        ]
        for each in asking:
            if any(_holds(each.questions, key) for key in keys):
                return Overlap(each.name, "question", text)
    return None


def _holds(keys: npt.NDArray[Any], key: int) -> bool:
    place = int(np.searchsorted(keys, keys.dtype.type(key)))
    return place < len(keys) and int(keys[place]) == key
