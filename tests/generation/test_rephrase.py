from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.generation.asking import Scope, Tally
from pipeline.generation.prompt_file import PROMPTS, load_prompt
from pipeline.generation.rephrase import KEYS, SLOTS, Rephrasing, rephrase_group, request_of, reworded
from pipeline.generation.replies import ReplyStore
from pipeline.generation.request import Reply
from pipeline.storage import open_storage
from tests.generation.rows import QUESTIONS, group, item
from tests.generation.stub import StubEngine

Row = dict[str, Any]
PROMPT = load_prompt(PROMPTS / "rephrase.yaml", SLOTS, KEYS)
SCOPE = Scope(False, 1.0, frozenset({"open", "choice"}), frozenset(QUESTIONS))
BEHAVIOURS = ("good", "garbage", "cut_off", "error")


def rephrased(
    row: Row, engine: StubEngine, folder: Any, scope: Scope = SCOPE, image: bytes | None = None
) -> tuple[Row, Tally]:
    store = ReplyStore(open_storage(str(folder)), "rephrase")
    return asyncio.run(rephrase_group(row, image, engine, store, Rephrasing(scope, PROMPT)))


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
        assert ("question" in changed) == (status == "rephrased")
        assert status == "rephrased" or status.startswith("kept:")
        asked = scope.reason_against(old) is None
        assert (new["rephrase_model"] is not None) == asked
        assert asked or status == f"kept:{scope.reason_against(old)}"
    assert tally.items.total() == len(before["items"])
    assert len(engine.requests) == tally.work["generated"] + tally.work["failed"] == len(scope.asked(before))


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
    row = reworded(item(1, named=True), Reply('{"question": "Which country is this thing from?"}', "stop"), "m@1")
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
