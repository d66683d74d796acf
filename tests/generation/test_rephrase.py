from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.generation.answers import AnswerReason
from pipeline.generation.asking import Scope, Tally
from pipeline.generation.checks import Reason
from pipeline.generation.prompt_file import PROMPTS, load_prompt
from pipeline.generation.rephrase import KEYS, SLOTS, Rephrasing, Tried, rephrase_group, reworded
from pipeline.generation.replies import ReplyStore
from pipeline.generation.request import EngineDied, Reply, Request
from pipeline.generation.retry import Retry, load_retry
from pipeline.storage import open_storage
from tests.generation.rows import QUESTIONS, group, item
from tests.generation.stub import StubEngine, good, is_retry, rewording, told

Row = dict[str, Any]
PROMPT = load_prompt(PROMPTS / "rephrase.yaml", SLOTS, KEYS)
RETRY = load_retry()
SCOPE = Scope(False, 1.0, frozenset({"open", "choice"}), frozenset(QUESTIONS))
BEHAVIOURS = ("good", "garbage", "cut_off", "error", "no_room")


def rephrased(
    row: Row,
    engine: Any,
    folder: Any,
    scope: Scope = SCOPE,
    retry: Retry | None = RETRY,
    size: int = 1,
    answers: bool = True,
) -> tuple[Row, Tally]:
    store = ReplyStore(open_storage(str(folder)), "rephrase")
    return asyncio.run(rephrase_group(row, None, engine, store, Rephrasing(scope, PROMPT, retry, size, answers)))


def statuses(row: Row) -> list[str]:
    return [each["rephrase_status"] for each in row["items"]]


def answer_statuses(row: Row) -> list[str | None]:
    return [each["answer_status"] for each in row["items"]]


class Scripted:
    """Answers each item of a request with its part of a script, of the first try or of the second."""

    model, revision, sees_pictures = "scripted", "1", False

    def __init__(self, script: Mapping[str, Sequence[Any]]) -> None:
        self.requests: list[Request] = []
        self._script = script

    async def generate(self, request: Request) -> Reply:
        self.requests.append(request)
        number = int(is_retry(request))
        parts = {str(at): self._script[template][number] for at, (template, _) in enumerate(told(request), 1)}
        return Reply(json.dumps({key: part for key, part in parts.items() if part != "absent"}), "stop", None, 10, 5)

    async def close(self) -> None:
        pass


def test_a_sound_wording_takes_the_templates_place_and_the_template_stays_beside_it(tmp_path: Any) -> None:
    before = group(1, languages=tuple(QUESTIONS))
    row, tally = rephrased(before, StubEngine(), tmp_path)
    assert statuses(row) == ["rephrased"] * 10
    for old, new in zip(before["items"], row["items"], strict=True):
        assert new["question"].endswith(f" {old['question']}")
        assert new["original_question"] == old["question"]
        assert new["original_answer"] == old["answer"]
        if old["kind"] == "open":
            assert new["answer"].endswith(f" {old['answer']}")
            assert new["answer_status"] == "rephrased"
        else:
            assert new["answer"] == new["choices"][new["answer_index"]] == old["answer"]
            assert new["answer_status"] is None
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
    st.integers(1, 5),
    st.booleans(),
)
def test_nothing_but_question_answer_and_statuses_changes_whatever_the_engine_does(
    tmp_path_factory: pytest.TempPathFactory,
    chosen: Sequence[tuple[int, str, str]],
    share: float,
    languages: set[str],
    behaviours: Sequence[str],
    size: int,
    answers: bool,
) -> None:
    before = group(1, [item(number, language, kind) for number, language, kind in chosen])
    scope = Scope(False, share, SCOPE.kinds, frozenset(languages))
    engine = StubEngine(lambda request: behaviours[request.seed % len(behaviours)])
    row, tally = rephrased(before, engine, tmp_path_factory.mktemp("store"), scope, size=size, answers=answers)
    assert {key: value for key, value in row.items() if key != "items"} == {
        key: value for key, value in before.items() if key != "items"
    }
    assert len(row["items"]) == len(before["items"])
    for old, new in zip(before["items"], row["items"], strict=True):
        assert list(new) == list(old)
        changed = {key for key in new if new[key] != old[key]}
        status = new["rephrase_status"]
        assert changed <= {"question", "answer", "rephrase_status", "answer_status", "rephrase_model"}
        assert ("question" in changed) == (status in ("rephrased", "rephrased:retry"))
        assert status in ("rephrased", "rephrased:retry") or status.startswith("kept:")
        answer_status = new["answer_status"]
        assert ("answer" in changed) == (answer_status in ("rephrased", "rephrased:retry"))
        assert (answer_status is not None) == (answers and old["kind"] == "open" and scope.reason_against(old) is None)
        asked = scope.reason_against(old) is None
        assert (new["rephrase_model"] is not None) == asked
        assert asked or status == f"kept:{scope.reason_against(old)}"
    assert tally.items.total() == len(before["items"])
    assert len(engine.requests) == tally.work["generated"] + tally.work["failed"]
    first = [request for request in engine.requests if not is_retry(request)]
    wanted = Counter(each["original_question"] for each in scope.asked(before))
    asked_about = Counter(template for request in first for template, _ in told(request))
    # Twice where it had no room together with others.
    assert asked_about == wanted or ("no_room" in behaviours and wanted < asked_about <= wanted + wanted)
    assert all(len(told(request)) <= size for request in engine.requests)


@pytest.mark.parametrize(
    ("behaviour", "status"),
    [("garbage", "kept:not_json"), ("cut_off", "kept:cut_off"), ("error", "kept:engine_error")],
)
@pytest.mark.parametrize("size", [1, 8])
def test_a_reply_that_is_no_use_keeps_the_template(tmp_path: Any, behaviour: str, status: str, size: int) -> None:
    before = group(1)
    row, tally = rephrased(before, StubEngine(lambda request: behaviour), tmp_path, size=size)
    assert statuses(row) == [status] * 6
    assert answer_statuses(row) == [status, None] * 3
    assert tally.failed == (6 if behaviour == "error" else 0)
    assert [each["answer"] for each in row["items"]] == [each["answer"] for each in before["items"]]
    assert [each["question"] for each in row["items"]] == [each["question"] for each in before["items"]]


def test_the_first_words_that_may_be_used_stand_and_the_last_reason_is_kept() -> None:
    row = item(1)

    def found(first: Tried, second: Tried | None = None) -> tuple[str, str, str, str | None]:
        new = reworded(row, first, second, "m@1")
        return new["question"], new["rephrase_status"], new["answer"], new["answer_status"]

    before, label = row["question"], row["answer"]
    lost, empty = AnswerReason.LOST_VALUE, Reason.EMPTY
    assert found(Tried("Q?", "A.")) == ("Q?", "rephrased", "A.", "rephrased")
    assert found(Tried("Q?", None)) == ("Q?", "rephrased", label, None)
    assert found(Tried(empty, "A.")) == (before, "kept:empty", "A.", "rephrased")
    assert found(Tried("Q?", lost)) == ("Q?", "rephrased", label, "kept:lost_value")
    assert found(Tried("Q?", lost), Tried("R?", "B.")) == ("Q?", "rephrased", "B.", "rephrased:retry")
    assert found(Tried(empty, "A."), Tried("R?", "B.")) == ("R?", "rephrased:retry", "A.", "rephrased")
    assert found(Tried("Q?", lost), Tried(Reason.CUT_OFF, Reason.CUT_OFF)) == ("Q?", "rephrased", label, "kept:cut_off")
    assert found(Tried(empty, lost), Tried(Reason.OFF_TOPIC, AnswerReason.ASKS)) == (
        before, "kept:off_topic", label, "kept:asks",
    )  # fmt: skip


def test_an_item_is_reworded_from_its_template_whatever_its_words_are_now() -> None:
    settings = Rephrasing(SCOPE, PROMPT, RETRY)

    def requests(row: Row) -> list[Request]:
        return [settings.request(batch, None, "ab") for batch in settings.first(group(1, [row]))]

    assert requests(item(1, question="Something else?", answer="It is.")) == requests(item(1))


def test_items_have_seeds_of_their_own_and_the_picture_goes_by_its_hash() -> None:
    settings = Rephrasing(SCOPE, PROMPT, RETRY)
    asked = settings.first(group(1))
    requests = [settings.request(batch, b"jpeg", "ab") for batch in asked]
    assert len({request.seed for request in requests}) == 6
    assert {(request.image, request.image_sha256) for request in requests} == {(b"jpeg", "ab")}
    assert settings.request(asked[0], None, "ab").image_sha256 is None


def test_examples_stand_in_the_prompts_of_their_language() -> None:
    settings = Rephrasing(SCOPE, PROMPT, RETRY, examples={"ar": "مثال\n"})
    asked = {batch.language: settings.request(batch, None, "ab").user for batch in settings.first(group(1))}
    assert {language for language, user in asked.items() if "مثال" in user} == {"ar"}


def test_requests_of_a_language_come_one_after_the_other(tmp_path: Any) -> None:
    engine = StubEngine()
    mixed = group(1, [item(number, language) for number in (1, 2, 3) for language in ("ja", "en", "ar")])
    rephrased(mixed, engine, tmp_path)
    languages = [
        next(line for line in each.user.splitlines() if line.startswith("Language: ")) for each in engine.requests
    ]
    assert languages == [f"Language: {name}" for name in ("Arabic", "English", "Japanese") for _ in range(3)]


@pytest.mark.parametrize(("size", "first", "second"), [(1, 6, 6), (2, 3, 6), (8, 3, 6)])
def test_what_a_second_try_mends_is_asked_once_more_with_the_reason(
    tmp_path: Any, size: int, first: int, second: int
) -> None:
    """Where the whole reply was of no use, each item goes alone."""
    engine = StubEngine(lambda request: "good" if is_retry(request) else "garbage")
    before = group(1)
    row, tally = rephrased(before, engine, tmp_path, size=size)
    assert statuses(row) == ["rephrased:retry"] * 6
    assert answer_statuses(row) == ["rephrased:retry", None] * 3
    assert all(new["question"] != old["question"] for old, new in zip(before["items"], row["items"], strict=True))
    assert tally.items == {"rephrased:retry": 6}
    assert tally.work["generated"] == len(engine.requests) == first + second
    assert not any(is_retry(request) for request in engine.requests[:first])
    for request in engine.requests[first:]:
        assert len(told(request)) == 1
        assert RETRY.reasons[Reason.NOT_JSON] in request.user
    assert len({request.seed for request in engine.requests}) == first + second


def test_what_was_cut_off_together_is_asked_for_alone(tmp_path: Any) -> None:
    engine = StubEngine(lambda request: "cut_off" if len(told(request)) > 1 else "good")
    row, _ = rephrased(group(1, languages=("en", "ar")), engine, tmp_path, size=8)
    assert statuses(row) == ["rephrased:retry"] * 4
    assert [len(told(request)) for request in engine.requests] == [2, 2, 1, 1, 1, 1]
    assert [request.max_tokens // PROMPT.max_tokens for request in engine.requests] == [2, 2, 1, 1, 1, 1]
    assert RETRY.reasons[Reason.CUT_OFF] in engine.requests[-1].user


@pytest.mark.parametrize("retry", [RETRY, None])
def test_what_has_no_room_together_is_asked_about_one_by_one_as_if_it_had_been_so_at_first(
    tmp_path: Any, retry: Retry | None
) -> None:
    before = group(1, languages=("en", "ar"))
    narrow = StubEngine(lambda request: "no_room" if len(told(request)) > 1 else "good")
    row, tally = rephrased(before, narrow, tmp_path / "narrow", size=8, retry=retry)
    alone, _ = rephrased(before, StubEngine(), tmp_path / "alone", size=1, retry=retry)
    assert row == alone
    assert [len(told(request)) for request in narrow.requests] == [2, 2, 1, 1, 1, 1]
    assert (tally.work["failed"], tally.work["generated"], tally.failed, tally.error) == (2, 4, 0, None)
    # Nothing of the window is stored: a larger one asks for all together.
    wide = StubEngine()
    again, tally = rephrased(before, wide, tmp_path / "narrow", size=8, retry=retry)
    assert [len(told(request)) for request in wide.requests] == [2, 2]
    assert again == row


def test_a_second_try_that_has_no_room_is_made_one_by_one_too(tmp_path: Any) -> None:
    def behaviour(request: Request) -> str:
        return "no_room" if is_retry(request) and len(told(request)) > 1 else "good"

    class Refused(StubEngine):
        """Its first answers are not those of the questions."""

        async def generate(self, request: Request) -> Reply:
            reply = await super().generate(request)
            if is_retry(request) or reply.error:
                return reply
            return replace(reply, text=json.dumps({key: {"question": "?", "reply": "?"} for key in ("1", "2", "3")}))

    engine = Refused(behaviour)
    row, _ = rephrased(group(1, [item(number) for number in (1, 2, 3)]), engine, tmp_path, size=8)
    assert statuses(row) == answer_statuses(row) == ["rephrased:retry"] * 3
    assert [len(told(request)) for request in engine.requests] == [3, 3, 1, 1, 1]


def test_an_item_without_room_alone_costs_no_other(tmp_path: Any) -> None:
    before = group(1, [item(number) for number in range(1, 6)])
    long = before["items"][2]["original_question"]
    engine = StubEngine(lambda request: "no_room" if long in request.user else "good")
    row, tally = rephrased(before, engine, tmp_path, size=8)
    assert statuses(row) == ["rephrased", "rephrased", "kept:engine_error", "rephrased", "rephrased"]
    assert [each["qa_id"] for each in row["items"]] == [each["qa_id"] for each in before["items"]]
    assert (tally.failed, tally.work["failed"]) == (1, 2)
    assert "raise max_model_len" in str(tally.error)


def test_one_bad_item_costs_no_other_and_goes_alone_with_its_reason(tmp_path: Any) -> None:
    items = [item(number) for number in range(1, 6)]
    script = {each["question"]: [rewording(each["question"], "Kenya")] * 2 for each in items}
    good_part = script[items[1]["question"]][0]
    script[items[1]["question"]] = [
        {**good_part, "question": "Which country in this picture is Kenya from?"},
        good_part,
    ]
    script[items[3]["question"]] = [{**rewording(items[3]["question"], None), "reply": "It is in Uganda."}] * 2
    engine = Scripted(script)
    row, _ = rephrased(group(1, items), engine, tmp_path, size=8)
    assert statuses(row) == ["rephrased", "rephrased:retry", "rephrased", "rephrased", "rephrased"]
    assert answer_statuses(row) == ["rephrased", "rephrased", "rephrased", "kept:lost_value", "rephrased"]
    [first, second] = engine.requests
    assert [template for template, _ in told(first)] == [each["question"] for each in items]
    assert [template for template, _ in told(second)] == [items[1]["question"], items[3]["question"]]
    notes = [line.strip() for line in second.user.splitlines() if "An earlier answer was refused." in line]
    assert notes == [RETRY.note(Reason.LOST_ENTITY), RETRY.note(AnswerReason.LOST_VALUE)]


PARTS = st.one_of(
    st.just("good"),
    st.sampled_from(
        [None, "absent", [], {}, {"question": 3}, {"question": ""}, {"question": "What?", "more": 1},
         {"question": "Which country is it from, in Kenya?"}, {"question": "Sorry, I cannot?", "reply": "No."},
         {"question": "«Which thing is it?»", "reply": "It is in Uganda."}, {"reply": "Kenya."}]
    ),
    st.fixed_dictionaries({"question": st.text()}, optional={"reply": st.text()}),
)  # fmt: skip


@given(st.lists(st.tuples(PARTS, PARTS), min_size=4, max_size=4), st.booleans(), st.booleans())
def test_how_items_are_grouped_does_not_decide_what_becomes_of_them(
    tmp_path_factory: pytest.TempPathFactory, parts: list[tuple[Any, Any]], answers: bool, retry: bool
) -> None:
    items = [item(1), item(2), item(3, kind="choice"), item(4, named=False)]
    items += [item(5, "hi"), item(6, "hi", answer="भारत", original_answer="भारत")]
    told_of = {each["question"]: each for each in items}
    script: dict[str, list[Any]] = {
        question: [rewording(question, each["answer"] if each["kind"] == "open" and answers else None)] * 2
        for question, each in told_of.items()
    }
    for each, tries in zip(items, parts, strict=False):
        sound = script[each["question"]][0]
        script[each["question"]] = [sound if part == "good" else part for part in tries]
    rows = [
        rephrased(
            group(1, items), Scripted(script), tmp_path_factory.mktemp("store"), size=size, answers=answers,
            retry=RETRY if retry else None,
        )[0]
        for size in (1, 2, 3, 8)
    ]  # fmt: skip
    assert rows[1:] == rows[:1] * 3


REPLIES = st.one_of(
    st.builds(Reply, st.text(), st.sampled_from(["stop", "length"])),
    st.just(Reply("", "error", "gone")),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["1", "2", "question", "reply"]), inner),
    ).map(lambda value: Reply(json.dumps(value), "stop")),
    st.dictionaries(
        st.sampled_from(["1", "2", "3"]),
        st.fixed_dictionaries({"question": st.text() | st.just("Which country is it?")}, optional={"reply": st.text()}),
    ).map(lambda value: Reply(json.dumps(value), "stop")),
)


@given(st.lists(REPLIES, min_size=1, max_size=9), st.integers(1, 4))
def test_any_reply_leaves_every_item_with_one_status(
    tmp_path_factory: pytest.TempPathFactory, replies: list[Reply], size: int
) -> None:
    class Given(StubEngine):
        async def generate(self, request: Request) -> Reply:
            self.requests.append(request)
            return replies[request.seed % len(replies)]

    before = group(1, languages=("en", "hi", "ja"))
    scope = Scope(False, 1.0, SCOPE.kinds, frozenset({"en", "hi"}))
    row, tally = rephrased(before, Given(), tmp_path_factory.mktemp("store"), scope, size=size)
    assert [each["qa_id"] for each in row["items"]] == [each["qa_id"] for each in before["items"]]
    allowed = {"rephrased", "rephrased:retry", *(f"kept:{reason.value}" for reason in Reason)}
    answers = allowed | {f"kept:{reason.value}" for reason in AnswerReason}
    for each in row["items"]:
        unasked = each["language"] == "ja"
        assert each["rephrase_status"] in ({"kept:language_unsupported_by_model"} if unasked else allowed)
        assert each["answer_status"] in ({None} if unasked or each["kind"] == "choice" else answers)
        assert each["choices"] is None or each["answer"] == each["choices"][each["answer_index"]]
    assert tally.items.total() == len(before["items"])


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
