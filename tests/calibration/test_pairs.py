from __future__ import annotations

import pytest

from pipeline.calibration.pairs import COLUMNS, ITEM, JudgedItem, Pair, pairs
from pipeline.review.verdict import Verdict
from tests.review.rows import verdict

PICTURE, ANSWERABLE, ANSWER, FLUENT = COLUMNS


def judged(qa_id: int = 7, *, picture: bool | None = True, answer: bool = True, fluent: bool = True) -> JudgedItem:
    verdicts = {PICTURE: picture, ANSWERABLE: True, ANSWER: answer, FLUENT: fluent}
    passed = {**verdicts, ITEM: picture is not False and answer and fluent}
    scores = {name: None if verdict is None else 4 if verdict else 2 for name, verdict in verdicts.items()}
    return JudgedItem(qa_id, "sw", "country/sw/open/1/r1", False, passed, scores)


def good(verdicts: list[Verdict], item: JudgedItem | None = None) -> dict[str, bool]:
    """Check -> what the reviewers found."""
    return {pair.check: pair.good for pair in pairs([item or judged()], verdicts)}


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({"question": "good", "answer": "right", "picture": "yes"},
         {PICTURE: True, ANSWER: True, FLUENT: True, ITEM: True}),
        ({"question": "odd", "answer": "right", "picture": "yes"},
         {PICTURE: True, ANSWER: True, FLUENT: False, ITEM: False}),
        ({"question": "good", "answer": "wrong", "picture": "no"},
         {PICTURE: False, ANSWER: False, FLUENT: True, ITEM: False}),
        ({"question": "good", "answer": "cannot tell", "picture": "yes"}, {PICTURE: True, FLUENT: True}),
        ({"question": "good", "answerable": "no", "answer": "right", "picture": "yes"},
         {PICTURE: True, ANSWERABLE: False, ANSWER: True, FLUENT: True, ITEM: False}),
        ({"question": "good", "answerable": "yes", "answer": "right", "picture": "yes"},
         {PICTURE: True, ANSWERABLE: True, ANSWER: True, FLUENT: True, ITEM: True}),
        ({"question": "good", "answerable": "no"}, {ANSWERABLE: False, FLUENT: True}),
        # A bad part alone makes no bad item: of items judged in part, only bad ones would then be counted.
        ({"question": "wrong", "answer": "", "picture": ""}, {FLUENT: False}),
        ({"question": "", "comment": "only words"}, {}),
    ],
)  # fmt: skip
def test_what_is_good_and_what_is_left_out(said: dict[str, str], found: dict[str, bool]) -> None:
    assert good([verdict(7, **{"question": "good", **said})]) == found


def test_of_several_reviewers_the_majority_counts_and_a_tie_is_not_good() -> None:
    words = ["good", "wrong", "good"]
    said = [verdict(7, word, reviewer=f"speaker {number}") for number, word in enumerate(words)]
    assert good(said)[FLUENT] is True
    assert good(said[:2])[FLUENT] is False
    assert good(said[:1])[FLUENT] is True
    # Who could not tell has no voice.
    answers = [verdict(7, answer=word, reviewer=word) for word in ("right", "cannot tell")]
    assert good(answers)[ANSWER] is True


def test_the_judges_verdicts_are_those_of_the_item() -> None:
    said = [verdict(7, answer="right", picture="yes")]
    found = {pair.check: pair.passed for pair in pairs([judged(picture=None, answer=False)], said)}
    assert found == {ANSWER: False, FLUENT: True, ITEM: False}


def test_a_pair_has_the_score_behind_the_verdict() -> None:
    said = [verdict(7, answer="right", picture="yes")]
    found = {pair.check: pair.score for pair in pairs([judged(answer=False)], said)}
    assert found == {PICTURE: 4, ANSWER: 2, FLUENT: 4, ITEM: None}


@pytest.mark.parametrize(
    "changes", [{"template_id": "country/sw/open/1/r2"}, {"reworded": True}, {"qa_id": 8}], ids=str
)
def test_verdicts_on_another_wording_or_item_do_not_count(changes: dict[str, object]) -> None:
    assert good([verdict(**{"qa_id": 7, **changes})]) == {}


def test_the_order_of_items_and_verdicts_does_not_matter() -> None:
    items = [judged(number, answer=number % 3 > 0) for number in range(9)]
    said = [
        verdict(number % 9, ("good", "odd")[number % 2], answer="right", picture="yes", reviewer=str(number))
        for number in range(25)
    ]
    found = pairs(items, said)
    assert sorted(pairs(items[::-1], said[::-1]), key=repr) == sorted(found, key=repr)
    assert Pair(ITEM, "sw", False, True) in found or Pair(ITEM, "sw", False, False) in found
