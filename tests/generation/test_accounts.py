"""What generation took, by language: sums, kills, and what a store had already."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.budget import SpendGuard
from pipeline.commit import MANIFEST, Spend
from pipeline.config import Budget
from pipeline.generation.accounts import Accounts, charged, computed_tokens
from pipeline.generation.request import EngineDied, Reply, Request, failed, request_key
from pipeline.generation.settings import Judge
from pipeline.local_executor import execute_locally
from pipeline.runner import run_stage
from pipeline.storage import open_storage
from tests.generation.rows import group
from tests.generation.stub import StubEngine
from tests.generation.test_stages import GENERATION, StubbedJudge, forget_stages, questions, rephrase, run

TOKENS = ("prompt_tokens", "cached_tokens", "output_tokens")
GROUPS = [[group(number) for number in range(10 * part, 10 * part + 5)] for part in range(4)]
CODES = st.sampled_from(["en", "ar", "ja", "und"])


class Metered(StubEngine):
    """Says of each reply how many tokens it took, which is a function of the request; `made` has all, by key."""

    made: dict[str, tuple[str, Reply]]

    async def generate(self, request: Request) -> Reply:
        reply = await super().generate(request)
        if reply.finish_reason != "error":
            key = request_key(request, self.model, self.revision)
            number = int(key[8:12], 16)
            reply = replace(
                reply,
                num_prompt_tokens=100 + number % 41,
                num_cached_tokens=number % 17,
                num_output_tokens=1 + number % 7,
            )
            self.made[key] = (request.language, reply)
        return reply


def metered(*arguments: Any, **named: Any) -> Metered:
    engine = Metered(*arguments, **named)
    engine.made = {}
    return engine


def by_language(made: Mapping[str, tuple[str, Reply]]) -> dict[str, Counter[str]]:
    """Tokens of replies, summed up another way."""
    found: dict[str, Counter[str]] = {}
    for language, reply in made.values():
        numbers = (reply.num_prompt_tokens, reply.num_cached_tokens, reply.num_output_tokens)
        found.setdefault(language, Counter()).update(dict(zip(TOKENS, numbers, strict=True)))
    return found


def paid_and_stored(figures: Mapping[str, float]) -> dict[str, float]:
    return {name: figures.get(name, 0) + figures.get(f"stored_{name}", 0) for name in TOKENS}


def test_a_stage_accounts_for_every_item_and_token_by_language(tmp_path: Path) -> None:
    output, engine = open_storage(str(tmp_path)), metered()
    done = run(rephrase(output, engine), questions(output, GROUPS, pictures=False))
    manifest = done.manifest
    assert {code: paid_and_stored(figures) for code, figures in manifest.accounts.items()} == by_language(engine.made)
    assert {code: figures["items"] for code, figures in manifest.accounts.items()} == {"en": 40, "ar": 40, "ja": 40}
    for commit in manifest.commits:
        for figure in ("items", "generated", *TOKENS):
            accounts = commit.log["accounts"].values()
            assert commit.log[figure] == sum(each.get(figure, 0) for each in accounts) > 0
    # A person who opens the manifest finds the sums.
    assert json.loads(done.directory.read(MANIFEST))["accounts"] == manifest.accounts


def test_the_time_on_the_accounts_is_the_time_that_was_paid_for(tmp_path: Path) -> None:
    output = open_storage(str(tmp_path))
    stage = rephrase(output, metered())
    stage.num_gpus = 2.0
    inputs, guard = {"questions": questions(output, GROUPS, pictures=False)}, SpendGuard(Budget(gpu_hours=1), Spend())
    manifest = run_stage(stage, inputs, output, execute_locally, guard, 60.0).manifest
    accounts = manifest.accounts.values()
    assert sum(figures["gpu_seconds"] for figures in accounts) == pytest.approx(manifest.spend.gpu_seconds)
    assert sum(figures["seconds"] for figures in accounts) == pytest.approx(manifest.spend.gpu_seconds / 2)
    for commit in manifest.commits:
        rates = [
            figures["gpu_seconds"] / (figures["prompt_tokens"] - figures["cached_tokens"] + figures["output_tokens"])
            for figures in commit.log["accounts"].values()
        ]
        assert rates == pytest.approx([rates[0]] * 3)


@pytest.mark.parametrize("dies_after", [1, 7, 31, 64, 119])
def test_a_killed_and_resumed_run_counts_each_reply_once(tmp_path: Path, dies_after: int) -> None:
    output = open_storage(str(tmp_path))
    before = questions(output, GROUPS, pictures=False)
    dying, second = metered(dies_after=dies_after), metered()
    with pytest.raises(EngineDied):
        run(rephrase(output, dying), before)
    manifest = run(rephrase(output, second), before).manifest
    assert {code: paid_and_stored(figures) for code, figures in manifest.accounts.items()} == by_language(
        dying.made | second.made
    )
    total = Counter[str]()
    for figures in manifest.accounts.values():
        total.update({name: int(number) for name, number in figures.items() if name in ("generated", "from_store")})
    assert total.total() == 120


def test_an_unkilled_run_and_a_resumed_one_are_the_same_result(tmp_path: Path) -> None:
    digests = []
    for name, dies_after in (("whole", None), ("killed", 50)):
        output = open_storage(str(tmp_path / name))
        before = questions(output, GROUPS, pictures=False)
        if dies_after is not None:
            with pytest.raises(EngineDied):
                run(rephrase(output, metered(dies_after=dies_after)), before)
        digests.append(run(rephrase(output, metered()), before).manifest.digest)
    assert digests[0] == digests[1]


def test_what_the_store_has_costs_nothing_again(tmp_path: Path) -> None:
    output = open_storage(str(tmp_path))
    before = questions(output, GROUPS, pictures=False)
    first = run(rephrase(output, metered()), before).manifest.accounts
    forget_stages(tmp_path)
    again = run(rephrase(output, metered()), before).manifest.accounts
    for code, figures in again.items():
        assert not {*TOKENS, "generated"} & figures.keys()
        assert figures["from_store"] == first[code]["generated"] == figures["items"] == 40
        assert {name: figures[f"stored_{name}"] for name in TOKENS} == {name: first[code][name] for name in TOKENS}


def test_the_judge_keeps_accounts_of_its_own(tmp_path: Path) -> None:
    output = open_storage(str(tmp_path))
    reworded = run(rephrase(output, metered()), questions(output, GROUPS, pictures=False))
    stage = StubbedJudge(Judge(kinds=("choice",)), GENERATION, output)
    stage.engine = engine = metered()
    accounts = run(stage, reworded).manifest.accounts
    assert {code: paid_and_stored(figures) for code, figures in accounts.items()} == by_language(engine.made)
    assert {figures["items"] for figures in accounts.values()} == {20}


def test_a_partition_in_which_nothing_is_asked_has_no_accounts(tmp_path: Path) -> None:
    output = open_storage(str(tmp_path))
    stage = rephrase(output, share=0.0)
    manifest = run(stage, questions(output, GROUPS, pictures=False)).manifest
    assert manifest.accounts == {}
    assert all("accounts" not in commit.log for commit in manifest.commits)


FIGURES = st.fixed_dictionaries(
    {"items": st.integers(0, 9)}, optional={name: st.integers(100, 900) for name in ("prompt_tokens", "output_tokens")}
)


@given(st.dictionaries(CODES, FIGURES, min_size=1), st.floats(0.001, 1e5), st.sampled_from([0.0, 1.0, 4.0]))
def test_no_second_is_lost_and_none_charged_twice(
    accounts: dict[str, dict[str, int]], seconds: float, num_gpus: float
) -> None:
    log = charged({"generated": 3, "accounts": accounts}, seconds, num_gpus)
    assert log["generated"] == 3
    shared = log["accounts"]
    somebody = any(sum(figures.values()) for figures in accounts.values())
    for figure, held in (("seconds", seconds), ("gpu_seconds", seconds * num_gpus)):
        assert sum(each[figure] for each in shared.values()) == pytest.approx(held if somebody else 0)
    for code, figures in accounts.items():
        assert {name: shared[code][name] for name in figures} == figures
        if any(map(computed_tokens, accounts.values())):
            assert (shared[code]["seconds"] > 0) == (computed_tokens(figures) > 0)


REPLIES = st.lists(
    st.tuples(
        CODES,
        st.one_of(
            st.builds(Reply, st.just("x"), st.just("stop"), st.none(), *[st.integers(0, 50)] * 3),
            st.just(failed("told to fail")),
        ),
        st.booleans(),
    )
)


@given(REPLIES, st.integers(0, 30))
def test_accounts_of_parts_add_up_to_those_of_the_whole(replies: list[tuple[str, Reply, bool]], cut: int) -> None:
    parts = Accounts.of_replies(replies[:cut]) + Accounts.of_replies(replies[cut:])
    assert parts.log() == Accounts.of_replies(replies).log()
    assert parts["generated"] + parts["failed"] + parts["from_store"] == len(replies)
    log = parts.log()
    for figure in log.keys() - {"accounts"}:
        assert log[figure] == parts[figure] == sum(each.get(figure, 0) for each in log["accounts"].values())
