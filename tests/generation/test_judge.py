from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import vocabulary
from pipeline.generation.asking import Scope, Tally
from pipeline.generation.judge import (
    KEYS,
    PICTURE_KEYS,
    PICTURE_SLOTS,
    SLOTS,
    Judging,
    entity_name,
    judge_group,
    request_of,
)
from pipeline.generation.necessity import CHOICE_KEYS, CHOICE_SLOTS, OPEN_KEYS, OPEN_SLOTS, Necessity
from pipeline.generation.prompt_file import PROMPTS, load_prompt
from pipeline.generation.replies import ReplyStore
from pipeline.generation.request import Reply, Request
from pipeline.generation.scores import POINTS
from pipeline.generation.settings import Judge
from pipeline.storage import open_storage
from tests.generation.rows import QUESTIONS, group, item
from tests.generation.stub import StubEngine

Row = dict[str, Any]
SCOPE = Scope(False, 1.0, frozenset({"open", "choice"}), frozenset(QUESTIONS))
JUDGING = Judging(
    SCOPE,
    load_prompt(PROMPTS / "judge.yaml", SLOTS, KEYS),
    load_prompt(PROMPTS / "judge_picture.yaml", PICTURE_SLOTS, PICTURE_KEYS),
    {code: Judge().thresholds_of(code) for code in QUESTIONS},
)
NECESSITY = Necessity(
    SCOPE,
    load_prompt(PROMPTS / "judge_blind.yaml", OPEN_SLOTS, OPEN_KEYS),
    load_prompt(PROMPTS / "judge_blind_choice.yaml", CHOICE_SLOTS, CHOICE_KEYS),
)
SCORES = tuple(f"score_{point}" for point in POINTS)


def is_blind(request: Request) -> bool:
    return "you cannot see" in request.user


def judge(
    row: Row, folder: Any, image: bytes | None = None, engine: StubEngine | None = None, judging: Judging = JUDGING
) -> tuple[Row, Tally]:
    store = ReplyStore(open_storage(str(folder)), "judge")
    return asyncio.run(judge_group(row, image, engine or StubEngine(), store, judging))


def test_without_a_picture_there_is_no_score_for_it(tmp_path: Any) -> None:
    before = group(1)
    row, tally = judge(before, tmp_path)
    assert tally.items == {"judged": 6}
    for old, new in zip(before["items"], row["items"], strict=True):
        changed = {"judge_status", "judge_model", "judge_reason", "passes", *SCORES[1:], *POINTS[1:]}
        assert {key for key in new if new[key] != old[key]} == changed
        assert (new["judge_model"], new["score_picture_shows_entity"]) == ("stub@1", None)
        assert all(new[point] == (new[f"score_{point}"] >= 3) for point in POINTS[1:])


def test_with_a_picture_everything_is_judged_by_it_whether_or_not_its_name_is_known(tmp_path: Any) -> None:
    engine = StubEngine(sees_pictures=True)
    row, tally = judge(group(1, [item(1, named=False)]), tmp_path, b"jpeg", engine)
    assert tally.items == {"judged": 1}
    assert row["items"][0]["score_picture_shows_entity"] in range(1, 6)
    [request] = engine.requests
    assert request.image == b"jpeg"
    assert "Thing: -\n" in request.user


def test_scores_differ_so_that_a_fixed_answer_would_be_seen(tmp_path: Any) -> None:
    rows = [judge(group(number), tmp_path, b"jpeg")[0] for number in range(10)]
    items = [each for row in rows for each in row["items"]]
    for name in SCORES:
        assert {each[name] for each in items} == set(range(1, 6))
    assert {each["passes"] for each in items} == {True, False}
    assert len({each["judge_reason"] for each in items}) > 30


def test_a_changed_threshold_asks_nothing_again_and_deletes_nothing(tmp_path: Any) -> None:
    before = group(1)
    first, _ = judge(before, tmp_path)
    strict = {code: dict.fromkeys(POINTS, 5) | {"fluent": 1 if code == "ja" else 5} for code in QUESTIONS}
    engine = StubEngine()
    second, tally = judge(before, tmp_path, engine=engine, judging=replace(JUDGING, thresholds=strict))
    assert engine.requests == []
    assert tally.work["from_store"] == tally.items["judged"] == 6
    for old, new in zip(first["items"], second["items"], strict=True):
        assert [new[name] for name in SCORES] == [old[name] for name in SCORES]
        assert new["fluent"] == (new["language"] == "ja" or new["score_fluent"] == 5)
        assert new["answerable"] == (new["score_answerable"] == 5)
    assert [each["passes"] for each in first["items"]] != [each["passes"] for each in second["items"]]


def test_items_outside_the_scope_say_why(tmp_path: Any) -> None:
    scope = Scope(False, 1.0, frozenset({"open"}), frozenset({"en"}))
    row, tally = judge(group(1), tmp_path, judging=replace(JUDGING, scope=scope))
    assert tally.items == {"judged": 1, "kind_not_asked": 3, "language_unsupported_by_model": 2}
    for each in row["items"]:
        if each["judge_status"] != "judged":
            told = ("judge_model", "judge_reason", "passes", "answered_blind", *SCORES, *POINTS)
            assert {each[name] for name in told} == {None}


def test_the_judge_reads_both_wordings_both_answers_the_options_and_what_the_thing_is() -> None:
    row = item(1, "hi", "choice", question="नया सवाल?", answer="केन्या से")
    request = request_of(row, group(1, [row]), b"jpeg", JUDGING)
    for text in (
        "Language: Hindi", "Thing: thing 1", vocabulary.domains()["food"], f"First wording: {row['original_question']}",
        "First answer: केन्या\n", "Second wording: नया सवाल?", "Options: A | केन्या | B | C", "Second answer: केन्या से",
    ):  # fmt: skip
        assert text in request.user
    assert "Options: -\n" in request_of(item(1), group(1), None, JUDGING).user


def test_the_model_writes_its_reason_before_its_scores() -> None:
    for image in (None, b"jpeg"):
        schema = request_of(item(1), group(1), image, JUDGING).json_schema
        assert schema is not None
        assert next(iter(schema["properties"])) == "reason"
        assert schema["properties"]["reason"]["maxLength"] < 200


def test_the_thing_is_named_by_the_template_else_by_what_other_items_tell() -> None:
    def name_of(language: str, text: str) -> Row:
        return item(2, language, named=False, property=0, original_answer=text, answer="reworded")

    asked = item(1, "ar", named=False)
    assert entity_name(group(1, [asked]), asked) is None
    assert entity_name(group(1, [item(1, "ar", named=True)]), item(1, "ar", named=True)) == "thing 1"
    # Of a family with a second fact, it is that fact that stands in quotation marks.
    given = item(3, "ar", named=True, template_id="country_ingredient/ar/open/1/r1")
    assert entity_name(group(1, [given, asked]), given) is None
    assert entity_name(group(1, [given, asked]), asked) is None
    rows = [name_of("am", "አ"), asked]
    assert entity_name(group(1, rows), asked) == "አ"
    rows.append(item(1, "hi"))
    assert entity_name(group(1, rows), asked) == "አ"
    rows.append(name_of("en", "e"))
    assert entity_name(group(1, rows), asked) == "e"
    rows.append(item(7, "ar"))
    assert entity_name(group(1, rows), asked) == "thing 7"
    rows.append(name_of("ar", "ع"))
    assert entity_name(group(1, rows), asked) == "ع"


def test_without_a_share_nothing_is_asked_blind(tmp_path: Any) -> None:
    engine = StubEngine()
    row, _ = judge(group(1), tmp_path, engine=engine)
    assert not any(is_blind(request) for request in engine.requests)
    assert {each["answered_blind"] for each in row["items"]} == {None}
    assert len(engine.requests) == 6


def test_some_of_the_judged_are_asked_without_their_picture(tmp_path: Any) -> None:
    scope = replace(SCOPE, share=0.6)
    judging = replace(JUDGING, scope=scope, necessity=replace(NECESSITY, scope=replace(SCOPE, share=0.3)))
    items, requests = [], 0
    for number in range(30):
        engine = StubEngine(sees_pictures=True)
        row, _ = judge(group(number), tmp_path, b"jpeg", engine, judging)
        blind = [request for request in engine.requests if is_blind(request)]
        assert all(request.image is None for request in blind)
        assert all(request.image == b"jpeg" for request in engine.requests if not is_blind(request))
        assert len(blind) == len(judging.asked_blind(group(number)))
        assert len(engine.requests) - len(blind) == len(judging.scope.asked(group(number)))
        items += row["items"]
        requests += len(blind)
    # A stub that guesses: an option may be right, an open answer never is.
    assert {each["answered_blind"] for each in items if each["kind"] == "choice"} == {True, False, None}
    assert {each["answered_blind"] for each in items if each["kind"] == "open"} == {False, None}
    asked = [each for each in items if each["answered_blind"] is not None]
    assert 180 * 0.15 < len(asked) == requests < 180 * 0.45
    assert all(each["judge_status"] == "judged" for each in asked)
    assert sum(each["judge_status"] == "judged" for each in items) > len(asked)


def test_the_answer_without_the_picture_is_no_verdict(tmp_path: Any) -> None:
    with_blind = judge(group(1), tmp_path, judging=replace(JUDGING, necessity=NECESSITY))[0]["items"]
    without = judge(group(1), tmp_path)[0]["items"]
    assert [each | {"answered_blind": None} for each in with_blind] == without


BEHAVIOURS = st.sampled_from(["good", "garbage", "cut_off", "error", "text"])
SOME_TEXT = st.one_of(
    st.text(max_size=60),
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(-1, 7), st.floats(0, 6), st.text(max_size=3)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(st.sampled_from(["reason", "answer", "option", "other", *POINTS]), inner, max_size=6),
        ),
        max_leaves=8,
    ).map(json.dumps),
)


class Unruly(StubEngine):
    """Says whatever it is told to, and is cut off or fails when told so."""

    def __init__(self, said: dict[str, tuple[str, str]]) -> None:
        super().__init__(lambda request: self.said[request.user][0])
        self.said = said

    async def generate(self, request: Request) -> Reply:
        if self.said[request.user][0] == "text":
            return Reply(self.said[request.user][1], "stop")
        return await super().generate(request)


@settings(max_examples=60, deadline=None)
@given(st.data(), st.booleans())
def test_whatever_a_model_says_every_item_has_one_status_and_verdicts_exactly_where_it_has_scores(
    tmp_path_factory: Any, data: st.DataObject, has_picture: bool
) -> None:
    row, image = group(1), b"jpeg" if has_picture else None
    judging = replace(JUDGING, scope=replace(SCOPE, languages=frozenset({"en", "ar"})), necessity=NECESSITY)
    known = StubEngine()
    judge(row, tmp_path_factory.mktemp("known"), image, known, judging)
    said = {request.user: data.draw(st.tuples(BEHAVIOURS, SOME_TEXT)) for request in known.requests}
    judged, tally = judge(row, tmp_path_factory.mktemp("store"), image, Unruly(said), judging)
    assert [each["qa_id"] for each in judged["items"]] == [each["qa_id"] for each in row["items"]]
    assert tally.items.total() == len(row["items"])
    for each in judged["items"]:
        status = each["judge_status"]
        assert status in ("judged", "engine_error", "cut_off", "not_json", "language_unsupported_by_model")
        for point in POINTS:
            assert (each[point] is None) == (each[f"score_{point}"] is None)
            assert each[point] is None or each[point] == (each[f"score_{point}"] >= 3)
        scored = [point for point in POINTS if each[f"score_{point}"] is not None]
        assert scored == (list(POINTS if has_picture else POINTS[1:]) if status == "judged" else [])
        assert each["passes"] == (all(each[point] for point in scored) if scored else None)
        assert each["judge_reason"] is None or (status == "judged" and 0 < len(each["judge_reason"]) <= 200)
        assert (each["judge_model"] is None) == (status == "language_unsupported_by_model")
        assert each["answered_blind"] in (None, True, False)
