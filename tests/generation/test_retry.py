from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from pipeline.errors import ConfigError
from pipeline.generation.checks import Reason
from pipeline.generation.request import Request, request_key
from pipeline.generation.retry import FILE, FINAL, load_retry

FIRST = Request("Be brief.", "Reword: {reason}?", seed=7, json_schema={"type": "object"}, max_tokens=9)


def test_every_reason_has_its_sentence_and_its_request() -> None:
    retry = load_retry()
    requests = [retry.request(FIRST, reason, 12) for reason in Reason if reason not in FINAL]
    assert all(request is not None for request in requests)
    keys = {request_key(request, "m", "1") for request in requests if request is not None}
    assert len(keys | {request_key(FIRST, "m", "1")}) == len(Reason) - len(FINAL) + 1
    assert [retry.request(FIRST, reason, 12) for reason in FINAL] == [None] * len(FINAL)


def test_only_the_end_of_the_text_and_the_seed_differ() -> None:
    second = load_retry().request(FIRST, Reason.ADDED_NAME, 12)
    assert second is not None
    assert second.user.startswith(f"{FIRST.user}\n")
    assert (second.system, second.json_schema, second.max_tokens) == (FIRST.system, FIRST.json_schema, 9)
    assert second.seed != FIRST.seed
    assert second.seed != getattr(load_retry().request(FIRST, Reason.ADDED_NAME, 13), "seed", None)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"user": "Again."}, r"`user` must have the slot \{reason\}"),
        ({"version": 0}, r"`\$\.version`"),
        ({"note": 1}, "unknown field `note`"),
        ({"reasons": {"empty": "It was empty."}}, "a sentence for each reason.*added_name"),
        ({"reasons": {**yaml.safe_load(FILE.read_text())["reasons"], "cut_off": "Long."}}, "and no other: cut_off"),
    ],
)
def test_an_unsound_file_is_refused(tmp_path: Path, changes: dict[str, object], message: str) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(yaml.safe_dump({**yaml.safe_load(FILE.read_text()), **changes}))
    with pytest.raises(ConfigError, match=message) as caught:
        load_retry(path)
    assert str(path) in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.yaml"):
        load_retry(tmp_path / "absent.yaml")
