from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.generation.request import Reply, failed
from pipeline.generation.scores import MAX_REASON, POINTS, scored, verdicts

FULL = {"reason": "It is odd.", "answerable": 4, "answer_supported": 5, "fluent": 2}
SEEN = {**FULL, "picture_shows_entity": 1}


def reply(said: object, finish_reason: Any = "stop") -> Reply:
    return Reply(said if isinstance(said, str) else json.dumps(said), finish_reason)


def test_scores_and_reason_are_those_of_the_reply() -> None:
    expected = {
        "judge_status": "judged", "judge_reason": "It is odd.", "score_picture_shows_entity": None,
        "score_answerable": 4, "score_answer_supported": 5, "score_fluent": 2,
    }  # fmt: skip
    assert scored(reply(FULL), saw_picture=False) == expected
    assert scored(reply(SEEN), saw_picture=True) == {**expected, "score_picture_shows_entity": 1}


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (reply(FULL, "length"), "cut_off"),
        (failed("no"), "engine_error"),
        (reply("yes"), "not_json"),
        (reply("\ud800"), "not_json"),
        (reply({**FULL, "fluent": 0}), "not_json"),
        (reply({**FULL, "fluent": 6}), "not_json"),
        (reply({**FULL, "fluent": 2.5}), "not_json"),
        (reply({**FULL, "fluent": "4"}), "not_json"),
        (reply({**FULL, "fluent": True}), "not_json"),
        (reply({**FULL, "fluent": None}), "not_json"),
        (reply({**FULL, "reason": None}), "not_json"),
        (reply({**FULL, "more": 1}), "not_json"),
        (reply(SEEN), "not_json"),
        *((reply({name: FULL[name] for name in FULL if name != gone}), "not_json") for gone in FULL),
    ],
)
def test_a_reply_without_scores_is_a_status(said: Reply, status: str) -> None:
    assert scored(said, saw_picture=False) == {"judge_status": status}


def test_a_score_for_the_picture_is_required_where_it_was_shown() -> None:
    assert scored(reply(FULL), saw_picture=True) == {"judge_status": "not_json"}


@pytest.mark.parametrize(
    ("reason", "kept"),
    [("", None), (" \n ", None), ("a\nb\u202ec\x00 ", "a bc"), ("x" * 500, "x" * MAX_REASON)],
)
def test_a_reason_is_one_line_of_bounded_length(reason: str, kept: str | None) -> None:
    assert scored(reply({**FULL, "reason": reason}), saw_picture=False)["judge_reason"] == kept


THRESHOLDS = st.fixed_dictionaries({point: st.integers(1, 5) for point in POINTS})


@given(st.fixed_dictionaries({f"score_{point}": st.none() | st.integers(1, 5) for point in POINTS}), THRESHOLDS)
def test_verdicts_are_there_exactly_where_scores_are(scores: dict[str, int | None], thresholds: dict[str, int]) -> None:
    found = verdicts(scores, thresholds)
    assert set(found) == {*POINTS, "passes"}
    for point in POINTS:
        score = scores[f"score_{point}"]
        assert found[point] is (None if score is None else score >= thresholds[point])
    reached = [score >= thresholds[point] for point in POINTS if (score := scores[f"score_{point}"]) is not None]
    assert found["passes"] is (None if not reached else False not in reached)


@given(THRESHOLDS, THRESHOLDS)
def test_lower_thresholds_pass_no_fewer(one: dict[str, int], other: dict[str, int]) -> None:
    scores = {f"score_{point}": 3 for point in POINTS}
    lower = {point: min(one[point], other[point]) for point in POINTS}
    assert verdicts(scores, lower)["passes"] or not verdicts(scores, one)["passes"]


def test_without_a_status_of_judged_there_is_no_verdict() -> None:
    assert set(verdicts({"judge_status": "cut_off"}, dict.fromkeys(POINTS, 1)).values()) == {None}
