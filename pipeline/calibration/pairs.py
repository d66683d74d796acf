"""Items that both the judge and reviewers judged, and which of their verdicts belong together.

| the judge's column | passes if | the reviewers' | good if | left out |
| --- | --- | --- | --- | --- |
| `picture_shows_entity` | true | the picture fits | yes | not judged |
| `answerable` | true | it can be answered | yes | not judged |
| `answer_supported` | true | the answer is | right | cannot tell, not judged |
| `fluent` | true | the question is | good (not odd, not wrong) | not judged |
| `item`: `passes` | every verdict that it gave is true | all | all are good | one left out, but for `answerable` |

They do not ask quite the same: a speaker may find wrong what the judge has no eye for. What it cannot see counts as its
misses, which is what one wants to know of a filter. Sheets did not always ask whether a question can be answered; an
item is then as good as the other three say, so that what was reviewed before still counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.review.verdict import ANSWER, ANSWERABLE, ASKED_LATER, PICTURE, QUESTION, Verdict

# Column of the judge -> field of a reviewer's verdict, what is good, what counts.
COLUMNS = {
    "picture_shows_entity": ("picture", PICTURE[0], PICTURE),
    "answerable": ("answerable", ANSWERABLE[0], ANSWERABLE),
    "answer_supported": ("answer", ANSWER[0], ANSWER[:2]),
    "fluent": ("question", QUESTION[0], QUESTION),
}
ITEM = "item"
CHECKS = (*COLUMNS, ITEM)


@dataclass(frozen=True)
class JudgedItem:
    """An item on which the judge gave verdicts.

    Attributes:
        qa_id: the item.
        language: the data set's code.
        template_id: its wording.
        reworded: whether a model reworded it.
        passed: check of CHECKS -> whether the judge passed it; None where it gave no verdict.
        scores: check -> the score behind that, 1 to 5; `item` has none.
    """

    qa_id: int
    language: str
    template_id: str
    reworded: bool
    passed: Mapping[str, bool | None]
    scores: Mapping[str, int | None]


@dataclass(frozen=True)
class Pair:
    """What both said of one item in one check; `score` is None where the check has no scores."""

    check: str
    language: str
    passed: bool
    good: bool
    score: int | None = None


def pairs(items: Iterable[JudgedItem], verdicts: Iterable[Verdict]) -> list[Pair]:
    """One pair an item and check, where both said something about the wording that the item has now.

    Of several reviewers the majority counts, and a tie is not good: an item that one of two finds wrong is not one to
    keep.
    """
    said: dict[tuple[int, str, bool], list[Verdict]] = {}
    for verdict in verdicts:
        said.setdefault((verdict.qa_id, verdict.template_id, verdict.reworded), []).append(verdict)
    found: list[Pair] = []
    for item in items:
        good = _good(said.get((item.qa_id, item.template_id, item.reworded), ()))
        for check in CHECKS:
            passed = item.passed[check]
            if passed is not None and check in good:
                found.append(Pair(check, item.language, passed, good[check], item.scores.get(check)))
    return found


def _good(verdicts: Sequence[Verdict]) -> dict[str, bool]:
    """Check -> what the reviewers of one item found, where they found something."""
    found: dict[str, bool] = {}
    for column, (field, good, counted) in COLUMNS.items():
        words = Counter(word for verdict in verdicts if (word := getattr(verdict, field)) in counted)
        if words:
            found[column] = 2 * words[good] > words.total()
    # Were an item counted as bad where only that is known, the bad ones would be too many.
    return found | {ITEM: all(found.values())} if COLUMNS.keys() - {ASKED_LATER} <= found.keys() else found
