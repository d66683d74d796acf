from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from pipeline.generation.settings import Generation, Judge, Rephrase


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
        "model": "smollm2", "revision": None, "languages": ["en"], "sees_pictures": False, "max_model_len": 4096,
    }  # fmt: skip
    assert set(Rephrase().deciding()) == {"share", "kinds", "prompt", "retry", "with_picture"}
    assert set(Judge().deciding()) == {"share", "kinds", "prompt", "picture_prompt"}
