from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from pipeline.errors import ConfigError
from pipeline.generation.answers import AnswerReason
from pipeline.generation.checks import Reason
from pipeline.generation.retry import FILE, FINAL, load_retry

FOUND = yaml.safe_load(FILE.read_text())


def test_every_reason_has_its_sentence() -> None:
    retry = load_retry()
    mendable = [reason for reason in (*Reason, *AnswerReason) if reason not in FINAL]
    notes = [retry.note(reason) for reason in mendable]
    assert None not in notes
    assert len(set(notes)) == len(mendable) == len(Reason) + len(AnswerReason) - len(FINAL)
    assert [retry.note(reason) for reason in FINAL] == [None] * len(FINAL)


def test_what_was_refused_of_an_item_is_told_together_and_once() -> None:
    retry = load_retry()
    added, lost = FOUND["reasons"]["added_name"], FOUND["answer_reasons"]["lost_value"]
    assert retry.note(Reason.ADDED_NAME, AnswerReason.LOST_VALUE) == retry.text.replace("{reason}", f"{added} {lost}")
    assert retry.note("What is it?", AnswerReason.LOST_VALUE) == retry.text.replace("{reason}", lost)
    assert retry.note(Reason.NOT_JSON, Reason.NOT_JSON) == retry.note(Reason.NOT_JSON)
    assert retry.note("What is it?", AnswerReason.UNCHANGED) is None
    assert retry.note("What is it?", None) is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"note": "Again."}, r"`note` must have the slot \{reason\}"),
        ({"version": 0}, r"`\$\.version`"),
        ({"more": 1}, "unknown field `more`"),
        ({"reasons": {"empty": "It was empty."}}, "`reasons`.*a sentence for each reason.*added_name"),
        ({"reasons": {**FOUND["reasons"], "engine_error": "No."}}, "and no other: engine_error"),
        ({"answer_reasons": {**FOUND["answer_reasons"], "unchanged": "No."}}, "`answer_reasons`.*no other: unchanged"),
    ],
)
def test_an_unsound_file_is_refused(tmp_path: Path, changes: dict[str, object], message: str) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(yaml.safe_dump({**FOUND, **changes}))
    with pytest.raises(ConfigError, match=message) as caught:
        load_retry(path)
    assert str(path) in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.yaml"):
        load_retry(tmp_path / "absent.yaml")
