from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.generation.asking import Scope, Tally
from pipeline.generation.checks import Reason
from pipeline.generation.prompt_file import PROMPTS, load_prompt
from pipeline.generation.rephrase import KEYS, SLOTS, Rephrasing, rephrase_group, request_of, reworded, wording_in
from pipeline.generation.replies import ReplyStore
from pipeline.generation.request import EngineDied, Reply, Request
from pipeline.generation.retry import Retry, load_retry
from pipeline.storage import open_storage
from tests.generation.rows import QUESTIONS, group, item
from tests.generation.stub import StubEngine, good, is_retry

Row = dict[str, Any]
PROMPT = load_prompt(PROMPTS / "rephrase.yaml", SLOTS, KEYS)
RETRY = load_retry()
SCOPE = Scope(False, 1.0, frozenset({"open", "choice"}), frozenset(QUESTIONS))
BEHAVIOURS = ("good", "garbage", "cut_off", "error")


def rephrased(
    row: Row, engine: StubEngine, folder: Any, scope: Scope = SCOPE, retry: Retry | None = RETRY
) -> tuple[Row, Tally]:
    store = ReplyStore(open_storage(str(folder)), "rephrase")
    return asyncio.run(rephrase_group(row, None, engine, store, Rephrasing(scope, PROMPT, retry)))


def statuses(row: Row) -> list[str]:
    return [each["rephrase_status"] for each in row["items"]]


def test_a_sound_wording_takes_the_templates_place_and_the_template_stays_beside_it(tmp_path: Any) -> None:
    before = group(1, languages=tuple(QUESTIONS))
    row, tally = rephrased(before, StubEngine(), tmp_path)
    assert statuses(row) == ["rephrased"] * 10
    for old, new in zip(before["items"], row["items"], strict=True):
        assert new["question"].endswith(f" {old['question']}")
        assert new["original_question"] == old["question"]
        assert (new["answer"], new["original_answer"]) == (old["answer"], old["answer"])
        assert new["rephrase_model"] == "stub@1"
    assert tally.items == {"rephrased": 10}
    assert tally.work["generated"] == 10


@given(
    st.lists(
        st.tuples(st.integers(1, 9), st.sampled_from(sorted(QUESTIONS)), st.sampled_from(["open", "choice"])),
        unique=True,
    ),
    st.floats(0, 1),
    st.sets(st.sampled_from(sorted(QUESTIONS))),
    st.lists(st.sampled_from(BEHAVIOURS), min_size=1),
)
def test_nothing_but_the_question_and_its_status_changes_whatever_the_engine_does(
    tmp_path_factory: pytest.TempPathFactory,
    chosen: Sequence[tuple[int, str, str]],
    share: float,
    languages: set[str],
    behaviours: Sequence[str],
) -> None:
    before = group(1, [item(number, language, kind) for number, language, kind in chosen])
    scope = Scope(False, share, SCOPE.kinds, frozenset(languages))
    engine = StubEngine(lambda request: behaviours[request.seed % len(behaviours)])
    row, tally = rephrased(before, engine, tmp_path_factory.mktemp("store"), scope)
    assert {key: value for key, value in row.items() if key != "items"} == {
        key: value for key, value in before.items() if key != "items"
    }
    assert len(row["items"]) == len(before["items"])
    for old, new in zip(before["items"], row["items"], strict=True):
        assert list(new) == list(old)
        changed = {key for key in new if new[key] != old[key]}
        status = new["rephrase_status"]
        assert changed <= {"question", "rephrase_status", "rephrase_model"}
        assert ("question" in changed) == (status in ("rephrased", "rephrased:retry"))
        assert status in ("rephrased", "rephrased:retry") or status.startswith("kept:")
        asked = scope.reason_against(old) is None
        assert (new["rephrase_model"] is not None) == asked
        assert asked or status == f"kept:{scope.reason_against(old)}"
    assert tally.items.total() == len(before["items"])
    assert len(engine.requests) == tally.work["generated"] + tally.work["failed"]
    assert sum(not is_retry(request) for request in engine.requests) == len(scope.asked(before))


@pytest.mark.parametrize(
    ("behaviour", "status"),
    [("garbage", "kept:not_json"), ("cut_off", "kept:cut_off"), ("error", "kept:engine_error")],
)
def test_a_reply_that_is_no_use_keeps_the_template(tmp_path: Any, behaviour: str, status: str) -> None:
    before = group(1)
    row, _ = rephrased(before, StubEngine(lambda request: behaviour), tmp_path)
    assert statuses(row) == [status] * 6
    assert [each["question"] for each in row["items"]] == [each["question"] for each in before["items"]]


def test_a_check_that_fails_is_the_reason() -> None:
    named = item(1, named=True)
    found = wording_in(Reply('{"question": "Which country is this thing from?"}', "stop"), named)
    row = reworded(named, found, None, "m@1")
    assert (row["rephrase_status"], row["question"]) == ("kept:lost_entity", item(1, named=True)["question"])


def test_an_item_is_reworded_from_its_template_whatever_its_question_is_now() -> None:
    changed = item(1, question="Something else?")
    assert request_of(changed, None, "ab", PROMPT) == request_of(item(1), None, "ab", PROMPT)


def test_the_answer_is_not_told() -> None:
    for language in QUESTIONS:
        for kind in ("open", "choice"):
            row = item(1, language, kind)
            request = request_of(row, None, "ab", PROMPT)
            assert row["answer"] not in request.user + request.system
            assert row["question"] in request.user


def test_items_have_seeds_of_their_own_and_the_picture_goes_by_its_hash() -> None:
    requests = [request_of(each, b"jpeg", "ab", PROMPT) for each in group(1)["items"]]
    assert len({request.seed for request in requests}) == 6
    assert {(request.image, request.image_sha256) for request in requests} == {(b"jpeg", "ab")}
    assert request_of(item(1), None, "ab", PROMPT).image_sha256 is None


def test_requests_of_a_language_come_one_after_the_other(tmp_path: Any) -> None:
    engine = StubEngine()
    mixed = group(1, [item(number, language) for number in (1, 2, 3) for language in ("ja", "en", "ar")])
    rephrased(mixed, engine, tmp_path)
    languages = [
        next(line for line in each.user.splitlines() if line.startswith("Language")) for each in engine.requests
    ]
    assert languages == [f"Language: {name}" for name in ("Arabic", "English", "Japanese") for _ in range(3)]


def test_what_a_second_try_mends_is_asked_once_more_with_the_reason(tmp_path: Any) -> None:
    engine = StubEngine(lambda request: "good" if is_retry(request) else "garbage")
    before = group(1)
    row, tally = rephrased(before, engine, tmp_path)
    assert statuses(row) == ["rephrased:retry"] * 6
    assert all(new["question"] != old["question"] for old, new in zip(before["items"], row["items"], strict=True))
    assert tally.items == {"rephrased:retry": 6}
    first, second = engine.requests[:6], engine.requests[6:]
    assert tally.work["generated"] == len(engine.requests) == 12
    assert not any(is_retry(request) for request in first)
    beginnings = {request.user: request.seed for request in first}
    for request in second:
        [begun] = [user for user in beginnings if request.user.startswith(user)]
        assert RETRY.reasons[Reason.NOT_JSON] in request.user.removeprefix(begun)
        assert request.seed != beginnings[begun]


@pytest.mark.parametrize(
    ("first", "second", "status", "asked"),
    [
        ("garbage", "garbage", "kept:not_json", 2),
        ("garbage", "cut_off", "kept:cut_off", 2),
        ("garbage", "error", "kept:engine_error", 2),
        ("cut_off", "good", "kept:cut_off", 1),
        ("error", "good", "kept:engine_error", 1),
        ("good", "garbage", "rephrased", 1),
    ],
)
def test_there_is_one_second_try_and_the_last_reason_is_kept(
    tmp_path: Any, first: str, second: str, status: str, asked: int
) -> None:
    engine = StubEngine(lambda request: second if is_retry(request) else first)
    row, _ = rephrased(group(1), engine, tmp_path)
    assert statuses(row) == [status] * 6
    assert len(engine.requests) == 6 * asked


def test_without_retry_a_refusal_is_final(tmp_path: Any) -> None:
    engine = StubEngine(lambda request: "good" if is_retry(request) else "garbage")
    row, _ = rephrased(group(1), engine, tmp_path, retry=None)
    assert statuses(row) == ["kept:not_json"] * 6
    assert len(engine.requests) == 6


def test_an_item_that_failed_at_the_engine_twice_over_is_asked_again_from_where_it_stood(tmp_path: Any) -> None:
    rephrased(group(1), StubEngine(lambda request: "error" if is_retry(request) else "garbage"), tmp_path)
    engine = StubEngine()
    row, _ = rephrased(group(1), engine, tmp_path)
    assert statuses(row) == ["rephrased:retry"] * 6
    assert [is_retry(request) for request in engine.requests] == [True] * 6


def test_a_kill_between_the_tries_repeats_nothing(tmp_path: Any) -> None:
    def behaviour(request: Request) -> str:
        return good(request) if is_retry(request) or request.seed % 3 else "garbage"

    whole = StubEngine(behaviour)
    expected = rephrased(group(1), whole, tmp_path / "whole")
    second = sum(is_retry(request) for request in whole.requests)
    assert 0 < second < 6
    for survives in range(len(whole.requests) + 1):
        folder = tmp_path / str(survives)
        try:
            rephrased(group(1), StubEngine(behaviour, dies_after=survives), folder)
        except EngineDied:
            assert survives < len(whole.requests)
        resumed = StubEngine(behaviour)
        assert rephrased(group(1), resumed, folder)[0] == expected[0]
        left = len(whole.requests) if survives < 6 else 0 if survives == len(whole.requests) else second
        assert len(resumed.requests) == left
        assert paths(folder) == paths(tmp_path / "whole")


def paths(folder: Any) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.gz")}
