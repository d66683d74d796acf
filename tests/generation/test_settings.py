from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from pipeline.generation.scores import POINTS
from pipeline.generation.settings import Generation, Judge, Rephrase, Thresholds


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"engine": "endpoint", "model": "m", "revision": "1"}, "endpoint_url"),
        ({"engine": "endpoint", "model": "m", "endpoint_url": "http://h/v1"}, "revision"),
        ({"engine": "endpoint", "endpoint_url": "http://h/v1", "revision": "1"}, "model"),
        ({"min_workers": 3, "max_workers": 2}, r"min_workers \(3\) is more than max_workers \(2\)"),
        ({"languages": ["xx"]}, "unknown language 'xx'"),
        ({"engine": "magic"}, "engine"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Generation(**fields)


def test_nothing_is_generated_unless_asked_for() -> None:
    assert Generation().engine == "none"


def test_what_runs_where_does_not_decide_a_result() -> None:
    assert Generation().deciding() == {
        "model": "smollm2", "revision": None, "languages": ["en"], "others": [], "sees_pictures": False,
        "max_model_len": 4096,
    }  # fmt: skip
    assert set(Rephrase().deciding()) == {
        "share", "kinds", "answers", "items_per_request", "examples", "prompt", "retry", "with_picture",
    }  # fmt: skip
    assert set(Judge().deciding()) == {
        "share", "kinds", "prompt", "picture_prompt", "thresholds", "language_thresholds", "necessity_share",
    }  # fmt: skip


def test_there_is_a_threshold_for_each_point() -> None:
    assert tuple(Thresholds.model_fields) == POINTS
    assert set(Judge().thresholds_of("sw").values()) == {3}


def test_a_language_has_its_own_thresholds_where_it_has_any() -> None:
    judge = Judge(thresholds=Thresholds(fluent=2), language_thresholds={"sw": {"answerable": 5}})
    assert judge.thresholds_of("en") == {"picture_shows_entity": 3, "answerable": 3, "answer_supported": 3, "fluent": 2}
    assert judge.thresholds_of("sw") == {**judge.thresholds_of("en"), "answerable": 5}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"thresholds": {"fluent": 0}}, "greater than or equal to 1"),
        ({"thresholds": {"fluent": 6}}, "less than or equal to 5"),
        ({"thresholds": {"fluency": 3}}, "fluency"),
        ({"language_thresholds": {"swa": {"fluent": 3}}}, "unknown language 'swa': did you mean sw"),
        ({"language_thresholds": {"sw": {"fluency": 3}}}, "'answer_supported' or 'fluent'"),
        ({"language_thresholds": {"sw": {"fluent": 9}}}, "less than or equal to 5"),
    ],
)
def test_thresholds_that_cannot_be_are_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Judge(**fields)
