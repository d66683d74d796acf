from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from pipeline.errors import UserError
from pipeline.generation.accounts import Accounts
from pipeline.generation.asking import Scope, all_of, ask
from pipeline.generation.replies import ReplyStore
from pipeline.generation.request import EngineDied, Reply, Request, failed
from pipeline.storage import open_storage
from tests.generation.rows import group, item
from tests.generation.stub import StubEngine

SCHEMA = {"properties": {"question": {}}}
PICTURE = "ab" * 32
EVERYTHING = Scope(False, 1.0, frozenset({"open", "choice"}), frozenset({"en", "ar", "ja"}))


def requests(*numbers: int) -> dict[int, Request]:
    return {number: Request("", f"Question: number {number}", json_schema=SCHEMA, seed=number) for number in numbers}


def store_in(folder: Path) -> ReplyStore:
    return ReplyStore(open_storage(str(folder)), "rephrase")


def test_only_what_the_store_does_not_have_is_generated(tmp_path: Path) -> None:
    engine, store = StubEngine(), store_in(tmp_path)
    first, work = asyncio.run(ask(requests(1, 2), PICTURE, engine, store))
    assert (work["generated"], work["from_store"], work["failed"]) == (2, 0, 0)
    assert (work["prompt_tokens"], work["output_tokens"]) == (20, 10)
    again, work = asyncio.run(ask(requests(1, 2, 3), PICTURE, engine, store))
    assert (work["generated"], work["from_store"], work["failed"]) == (1, 2, 0)
    assert {number: again[number] for number in first} == first
    assert [request.seed for request in engine.requests] == [1, 2, 3]
    assert list(again) == [1, 2, 3]


def test_another_state_of_the_model_is_asked_again(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    asyncio.run(ask(requests(1), PICTURE, StubEngine(revision="1"), store))
    _, work = asyncio.run(ask(requests(1), PICTURE, StubEngine(revision="2"), store))
    assert work["generated"] == 1


def test_a_failure_is_not_stored_and_is_tried_again(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    bad = StubEngine(lambda request: "error" if request.seed == 2 else "good")
    replies, work = asyncio.run(ask(requests(1, 2), PICTURE, bad, store))
    assert (replies[2], work["failed"], work["generated"]) == (failed(RuntimeError("told to fail")), 1, 1)
    replies, work = asyncio.run(ask(requests(1, 2), PICTURE, StubEngine(), store))
    assert (replies[2].finish_reason, work["failed"], work["generated"], work["from_store"]) == ("stop", 0, 1, 1)


def test_replies_that_another_worker_stored_first_are_taken(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    theirs: dict[str, Reply] = {}

    class Slow(StubEngine):
        async def generate(self, request: Request) -> Reply:
            if not theirs:
                replies, _ = await ask(requests(1), PICTURE, Other(), store)
                theirs["reply"] = replies[1]
            return await super().generate(request)

    class Other(StubEngine):
        async def generate(self, request: Request) -> Reply:
            return Reply("theirs", "stop")

    replies, _ = asyncio.run(ask(requests(1), PICTURE, Slow(), store))
    assert replies == {1: theirs["reply"]} == {1: Reply("theirs", "stop")}


def test_nothing_to_ask_does_not_even_look(tmp_path: Path) -> None:
    assert asyncio.run(ask({}, PICTURE, StubEngine(), store_in(tmp_path / "absent"))) == ({}, Accounts())
    assert not (tmp_path / "absent").exists()


def test_a_dead_engine_is_reported_as_such(tmp_path: Path) -> None:
    with pytest.raises(EngineDied):
        asyncio.run(ask(requests(*range(20)), PICTURE, StubEngine(dies_after=10), store_in(tmp_path)))


def test_the_first_failure_ends_the_others_and_is_raised_as_it_is() -> None:
    ended: list[str] = []

    async def fails() -> None:
        await asyncio.sleep(0)
        raise UserError("the reason")

    async def waits() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    with pytest.raises(UserError, match="the reason"):
        asyncio.run(all_of([waits(), fails(), waits()]))
    assert ended == ["cancelled", "cancelled"]


def test_reasons_against_asking_are_a_closed_list() -> None:
    cases = [
        (Scope(True, 1.0, EVERYTHING.kinds, EVERYTHING.languages), "generation_off"),
        (Scope(False, 1.0, frozenset({"choice"}), EVERYTHING.languages), "kind_not_asked"),
        (Scope(False, 1.0, EVERYTHING.kinds, frozenset({"ar"})), "language_unsupported_by_model"),
        (Scope(False, 0.0, EVERYTHING.kinds, EVERYTHING.languages), "not_sampled"),
        (EVERYTHING, None),
    ]
    for scope, reason in cases:
        assert scope.reason_against(item(1, "en", "open")) == reason


def test_the_share_is_of_ids_so_that_it_holds_over_any_cut() -> None:
    half = Scope(False, 0.5, EVERYTHING.kinds, EVERYTHING.languages)
    groups = [group(number) for number in range(300)]
    asked = {each["qa_id"] for row in groups for each in half.asked(row)}
    assert abs(len(asked) / 1800 - 0.5) < 0.05
    assert asked == {each["qa_id"] for row in reversed(groups) for each in half.asked({"items": row["items"][::-1]})}
