"""A hand-made run whose judge erred in known places."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jobs.calibrate import calibration
from pipeline.calibration.pairs import ITEM
from pipeline.calibration.reading import judged_items
from pipeline.errors import UserError
from pipeline.generation.scores import POINTS, verdicts
from pipeline.review.acceptance import Share
from pipeline.review.verdict import Verdict
from pipeline.stage import StageOutput
from pipeline.storage import open_storage
from tests.kit.tiny_run import Tables, tiny_run
from tests.review.rows import verdict

PICTURE, ANSWERABLE, ANSWER, FLUENT = POINTS
# The run's eight items: id -> status and scores; 41 was not judged. 11 fails by what reviewers are not asked below.
SCORES: dict[int, tuple[str | None, int | None, int | None, int | None, int | None]] = {
    10: ("judged", 5, 5, 4, 3),
    11: ("judged", None, 1, 5, 5),
    20: ("judged", 4, 5, 2, 5),
    21: ("judged", None, 5, 5, 1),
    30: ("judged", 2, 5, 5, 5),
    31: ("judged", None, 5, 5, 5),
    40: ("not_json", None, None, None, None),
    41: (None, None, None, None, None),
}


def judged(tables: Tables) -> None:
    for partition in tables["judged"]:
        for group in partition:
            for item in group["items"]:
                item["judge_status"], *scores = SCORES[item["qa_id"]]
                item.update(zip((f"score_{point}" for point in POINTS), scores, strict=True))
                item.update(verdicts(item, dict.fromkeys(POINTS, 3)))
                if item["qa_id"] == 31:
                    item["question"] = "What country is it from?"


@pytest.fixture
def judge(tmp_path: Path) -> StageOutput:
    return tiny_run(open_storage(str(tmp_path)), judged)["judge"]


def test_an_item_is_reworded_whose_question_or_answer_is(tmp_path: Path) -> None:
    def changed(tables: Tables) -> None:
        judged(tables)
        for item in (item for partition in tables["judged"] for group in partition for item in group["items"]):
            if item["qa_id"] == 10:
                item["answer"] = "It is from India."

    items, _ = judged_items(tiny_run(open_storage(str(tmp_path)), changed)["judge"], set(SCORES))
    assert {item.qa_id for item in items if item.reworded} == {10, 31}


def said(qa_id: int, question: str = "good", **changes: Any) -> Verdict:
    kind = "choice" if qa_id % 10 else "open"
    given = {"template_id": f"country/en/{kind}/1/r1", "answer": "right", "picture": "yes", **changes}
    return verdict(qa_id, question, **given)


def test_all_judged_items_are_counted_and_those_wanted_are_read(judge: StageOutput) -> None:
    items, passed = judged_items(judge, {10, 21, 30, 31, 40, 99})
    assert passed == {
        ("en", PICTURE): Share(3, 2),
        ("en", ANSWERABLE): Share(6, 5),
        ("en", ANSWER): Share(6, 5),
        ("en", FLUENT): Share(6, 5),
        ("en", ITEM): Share(6, 2),
    }
    assert {item.qa_id: tuple(item.passed.values()) for item in items} == {
        10: (True, True, True, True, True),
        21: (None, True, True, False, False),
        30: (False, True, True, True, False),
        31: (None, True, True, True, True),
    }
    assert {item.qa_id: tuple(item.scores.values()) for item in items} == {
        10: (5, 5, 4, 3), 21: (None, 5, 5, 1), 30: (2, 5, 5, 5), 31: (None, 5, 5, 5),
    }  # fmt: skip
    assert {item.qa_id for item in items if item.reworded} == {31}


def test_from_the_tables_to_the_calibration(judge: StageOutput) -> None:
    words = [said(10), said(11, picture="no"), said(20, answer="wrong"), said(21), said(31, reworded=True)]
    rows, num = calibration(judge, words, "verdicts.csv", 0.9)
    found = {row.check: row.table for row in rows if row.language == "en"}
    assert num == 5
    assert (found[ITEM].kept_good, found[ITEM].kept_bad, found[ITEM].dropped_good, found[ITEM].dropped_bad) == (
        2, 0, 1, 2,
    )  # fmt: skip
    assert (found[ANSWER].precision, found[ANSWER].specificity) == (Share(4, 4), Share(1, 1))
    assert found[PICTURE].precision == Share(2, 2)
    assert next(row for row in rows if row.check == ITEM).passed == Share(6, 2)
    assert ANSWERABLE not in found


def test_what_reviewers_say_of_whether_it_can_be_answered_is_set_against_the_judge(judge: StageOutput) -> None:
    words = [said(10, answerable="yes"), said(11, answerable="no"), said(20, answerable="no"), said(30)]
    rows, num = calibration(judge, words, "verdicts.csv", 0.9)
    found = {row.check: row for row in rows if row.language == "en"}
    table = found[ANSWERABLE].table
    assert num == 4
    assert (table.kept_good, table.kept_bad, table.dropped_good, table.dropped_bad) == (1, 1, 0, 1)
    assert found[ANSWERABLE].passed == Share(6, 5)
    # What cannot be answered is not good as a whole; of 30 nobody was asked.
    assert (found[ITEM].table.kept_good, found[ITEM].table.dropped_bad, found[ITEM].table.dropped_good) == (1, 2, 1)


def test_without_verdicts_on_the_same_items_it_says_so(judge: StageOutput) -> None:
    # One on an item that the judge did not judge, one on an older wording, one on the template of what was reworded.
    words = [said(41), said(10, template_id="country/en/open/1/r2"), said(31)]
    with pytest.raises(UserError, match=r"verdicts\.csv: of 3 reviewed items, 2 have verdicts of the judge"):
        calibration(judge, words, "verdicts.csv", 0.9)


def test_without_a_judge_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"the judge gave no verdict in this run; it needs generation\.engine"):
        calibration(tiny_run(open_storage(str(tmp_path)))["judge"], [said(10)], "verdicts.csv", 0.9)
