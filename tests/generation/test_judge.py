from __future__ import annotations

import asyncio
from typing import Any

import pytest

from pipeline.generation.asking import Scope, Tally
from pipeline.generation.judge import (
    KEYS,
    PICTURE_KEYS,
    PICTURE_SLOTS,
    SLOTS,
    Judging,
    entity_name,
    judge_group,
    judged,
    request_of,
)
from pipeline.generation.prompt_file import PROMPTS, load_prompt
from pipeline.generation.replies import ReplyStore
from pipeline.generation.request import Reply, failed
from pipeline.storage import open_storage
from tests.generation.rows import QUESTIONS, group, item
from tests.generation.stub import StubEngine

Row = dict[str, Any]
SCOPE = Scope(False, 1.0, frozenset({"open", "choice"}), frozenset(QUESTIONS))
JUDGING = Judging(
    SCOPE,
    load_prompt(PROMPTS / "judge.yaml", SLOTS, KEYS),
    load_prompt(PROMPTS / "judge_picture.yaml", PICTURE_SLOTS, PICTURE_KEYS),
)
VERDICTS = ("answer_supported", "language_right", "picture_shows_entity")


def judge(row: Row, folder: Any, image: bytes | None = None, engine: StubEngine | None = None) -> tuple[Row, Tally]:
    store = ReplyStore(open_storage(str(folder)), "judge")
    return asyncio.run(judge_group(row, image, engine or StubEngine(), store, JUDGING))


def test_without_a_picture_there_is_no_verdict_about_it(tmp_path: Any) -> None:
    before = group(1)
    row, tally = judge(before, tmp_path)
    assert tally.items == {"judged": 6}
    for old, new in zip(before["items"], row["items"], strict=True):
        assert {key for key in new if new[key] != old[key]} == {"judge_status", "judge_model", *VERDICTS[:2]}
        assert (new["judge_model"], new["picture_shows_entity"]) == ("stub@1", None)
        assert all(isinstance(new[name], bool) for name in VERDICTS[:2])


def test_with_a_picture_all_that_have_a_name_are_judged_by_it(tmp_path: Any) -> None:
    named, unnamed = item(1, named=True), item(1, named=False)
    engine = StubEngine(sees_pictures=True)
    row, tally = judge(group(1, [named, unnamed]), tmp_path, b"jpeg", engine)
    assert tally.items == {"judged": 2}
    assert [each["picture_shows_entity"] is None for each in row["items"]] == [False, True]
    assert [request.image for request in engine.requests] == [b"jpeg", None]


def test_verdicts_differ_so_that_a_fixed_answer_would_be_seen(tmp_path: Any) -> None:
    rows = [judge(group(number), tmp_path, b"jpeg")[0] for number in range(10)]
    for name in VERDICTS:
        assert {each[name] for row in rows for each in row["items"]} >= {True, False}


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        (Reply('{"answer_supported": true, "language_right": true}', "length"), "cut_off"),
        (Reply("yes", "stop"), "not_json"),
        (Reply('{"answer_supported": true}', "stop"), "not_json"),
        (Reply('{"answer_supported": "true", "language_right": true}', "stop"), "not_json"),
        (Reply('{"answer_supported": true, "language_right": true, "picture_shows_entity": true}', "stop"), "not_json"),
        (failed("no"), "engine_error"),
    ],
)
def test_a_reply_without_verdicts_is_a_status(reply: Reply, status: str) -> None:
    assert judged(reply, saw_picture=False) == {"judge_status": status}


def test_a_verdict_about_the_picture_is_required_where_it_was_shown() -> None:
    text = '{"answer_supported": true, "language_right": false}'
    assert judged(Reply(text, "stop"), saw_picture=True) == {"judge_status": "not_json"}
    full = '{"answer_supported": true, "language_right": false, "picture_shows_entity": false}'
    assert judged(Reply(full, "stop"), saw_picture=True) == {
        "judge_status": "judged", "answer_supported": True, "language_right": False, "picture_shows_entity": False,
    }  # fmt: skip


def test_items_outside_the_scope_say_why(tmp_path: Any) -> None:
    scope = Scope(False, 1.0, frozenset({"open"}), frozenset({"en"}))
    store = ReplyStore(open_storage(str(tmp_path)), "judge")
    judging = Judging(scope, JUDGING.prompt, JUDGING.picture_prompt)
    row, tally = asyncio.run(judge_group(group(1), None, StubEngine(), store, judging))
    assert tally.items == {"judged": 1, "kind_not_asked": 3, "language_unsupported_by_model": 2}
    assert all(each["judge_model"] is None for each in row["items"] if each["judge_status"] != "judged")


def test_the_judge_reads_both_wordings_the_options_and_the_answer() -> None:
    row = item(1, "hi", "choice", question="नया सवाल?")
    request = request_of(row, group(1, [row]), b"jpeg", JUDGING)
    for text in ("Hindi", "thing 1", row["original_question"], "नया सवाल?", "A | केन्या | B | C", "Answer: केन्या"):
        assert text in request.user
    assert "Options: -" in request_of(item(1), group(1), None, JUDGING).user


def test_the_thing_is_named_by_the_template_else_by_the_question_for_its_name() -> None:
    def name_of(language: str, text: str) -> Row:
        return item(2, language, named=False, property=0, original_answer=text, answer="reworded")

    asked = item(1, "ar", named=False)
    assert entity_name(group(1, [asked]), asked) is None
    assert entity_name(group(1, [item(1, "ar", named=True)]), item(1, "ar", named=True)) == "thing 1"
    rows = [name_of("am", "አ"), asked]
    assert entity_name(group(1, rows), asked) == "አ"
    rows.append(name_of("en", "e"))
    assert entity_name(group(1, rows), asked) == "e"
    rows.append(name_of("ar", "ع"))
    assert entity_name(group(1, rows), asked) == "ع"
