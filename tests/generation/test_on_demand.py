"""When an engine starts, under which names it is asked before, and what is told of its caches."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import UserError
from pipeline.generation import stages
from pipeline.generation.accounts import cache_rates
from pipeline.generation.by_language import EngineByLanguage, answering, named
from pipeline.generation.model import Model
from pipeline.generation.on_demand import EngineOnDemand
from pipeline.generation.request import Reply, Request
from pipeline.generation.settings import Generation, Judge, Rephrase, Thresholds
from pipeline.generation.stages import JudgeStage, RephraseStage
from pipeline.storage import Storage, open_storage
from tests.generation.rows import group
from tests.generation.stub import StubEngine
from tests.generation.test_stages import GENERATION, MODEL, questions, run

MODELS = {"en": Model("one", "1"), "ar": Model("other", "7")}


class Counting(StubEngine):
    """Counts as vLLM does: tokens when a reply is there, pictures that are encoded as soon as they are asked about."""

    def __init__(self, **changes: Any) -> None:
        super().__init__(sees_pictures=True, **changes)
        self.counted: Counter[str] = Counter()
        self._seen: set[str] = set()

    async def generate(self, request: Request) -> Reply:
        if request.image_sha256 is not None and request.image_sha256 not in self._seen:
            self._seen.add(request.image_sha256)
            self.counted["pictures_encoded"] += 1
        cached = len(self.requests) % 40
        reply = replace(await super().generate(request), num_prompt_tokens=50, num_cached_tokens=cached)
        self.counted.update(
            prompt_tokens=reply.num_prompt_tokens, cached_tokens=reply.num_cached_tokens,
            pictures=int(request.image is not None),
        )  # fmt: skip
        return reply

    def statistics(self) -> Mapping[str, int]:
        return Counter(self.counted)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[StubEngine]:
    """The engines that stages start, in place of those that the settings name."""
    found: list[StubEngine] = []

    def start(settings: Generation) -> StubEngine:
        found.append(Counting())
        return found[-1]

    monkeypatch.setattr(stages, "open_engine", start)
    return found


def judge(output: Storage, **config: Any) -> JudgeStage:
    return JudgeStage(Judge(**config), GENERATION, output)


def test_other_thresholds_start_no_engine(tmp_path: Path, started: list[StubEngine]) -> None:
    output = open_storage(str(tmp_path))
    reworded = run(RephraseStage(Rephrase(), GENERATION, output), questions(output))
    assert len(started) == 1
    scores, passing = [], []
    for thresholds in (Thresholds(), Thresholds(fluent=5), Thresholds(answerable=5, fluent=1)):
        output_of = run(judge(output, thresholds=thresholds), reworded)
        items = [each for row in output_of.read("judged").to_pylist() for each in row["items"]]
        scores.append([(each["qa_id"], each["score_fluent"], each["judge_reason"]) for each in items])
        passing.append({each["qa_id"] for each in items if each["passes"]})
    assert [len(engine.requests) > 0 for engine in started] == [True, True], "one for each stage, at its first run"
    assert scores[0] == scores[1] == scores[2]
    assert passing[0] != passing[1] != passing[2]
    assert [engine.num_closed for engine in started] == [1, 1]


def test_one_reply_that_is_missing_starts_one_engine(tmp_path: Path, started: list[StubEngine]) -> None:
    output = open_storage(str(tmp_path))
    groups = [[group(number)] for number in range(6)]
    before = questions(output, groups)
    run(RephraseStage(Rephrase(), GENERATION, output), before)
    [lost] = [info.path for info in output.list("replies/rephrase/") if groups[3][0]["sha256"] in info.path]
    output.delete(lost)
    for info in list(output.list("rephrase/")):
        output.delete(info.path)
    run(RephraseStage(Rephrase(), GENERATION, output), before)
    assert len(started) == 2
    assert 0 < len(started[1].requests) < len(started[0].requests) == 6 * len(started[1].requests)


def test_nothing_to_ask_starts_no_engine(tmp_path: Path, started: list[StubEngine]) -> None:
    output = open_storage(str(tmp_path))
    assert run(RephraseStage(Rephrase(share=0.0), GENERATION, output), questions(output)).num_rows("rephrased") == 4
    assert started == []


def test_an_engine_that_does_not_start_stops_the_stage_at_the_first_attempt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output, attempts = open_storage(str(tmp_path)), list[Generation]()

    def start(settings: Generation) -> StubEngine:
        attempts.append(settings)
        raise UserError("vLLM does not start with this model")

    monkeypatch.setattr(stages, "open_engine", start)
    before = questions(output, [[group(number), group(10 + number)] for number in range(4)])
    with pytest.raises(UserError, match="vLLM does not start with this model"):
        run(RephraseStage(Rephrase(), GENERATION, output), before)
    assert len(attempts) == 1
    assert not any("/commits/" in info.path for info in output.list("rephrase/"))


def test_whoever_waits_for_a_start_that_failed_is_told_why_without_another() -> None:
    attempts = []

    def start() -> StubEngine:
        attempts.append(1)
        raise UserError("no room")

    async def work() -> list[Any]:
        engine = EngineOnDemand(MODELS, False, start)
        found = await asyncio.gather(*(engine.generate(Request("", "")) for _ in range(3)), return_exceptions=True)
        await engine.close()
        return found

    assert [(type(each), str(each)) for each in asyncio.run(work())] == [(UserError, "no room")] * 3
    assert attempts == [1]


def test_requests_go_by_the_models_names_before_there_is_an_engine() -> None:
    engines = {"ar": StubEngine(), "en": StubEngine()}
    engine = EngineOnDemand(MODELS, True, lambda: EngineByLanguage({"ar": engines["ar"]}, engines["en"]))
    assert [named(engine, code) for code in ("en", "ar", "sw")] == ["one@1", "other@7", "one@1"]
    assert answering(engine, "ar").sees_pictures
    assert engine.log() == {}

    schema = {"properties": {"reason": {"type": "string"}}}

    async def work() -> None:
        for code in ("ar", "en", "ar"):
            await answering(engine, code).generate(Request("", code, json_schema=schema, language=code))
            await answering(engine, code).close()
        await engine.close()

    asyncio.run(work())
    assert [each.user for each in engines["ar"].requests] == ["ar", "ar"]
    assert [each.user for each in engines["en"].requests] == ["en"]
    assert [each.num_closed for each in engines.values()] == [1, 1]


def test_over_the_commits_of_a_stage_everything_a_cache_did_is_told_once(
    tmp_path: Path, started: list[StubEngine]
) -> None:
    output = open_storage(str(tmp_path))
    before = questions(output, [[group(number) for number in range(5 * part, 5 * part + 5)] for part in range(4)])
    seeing = Generation(**MODEL, languages=("en", "ar"), sees_pictures=True, partitions_in_flight=3)
    manifest = run(RephraseStage(Rephrase(items_per_request=1), seeing, output), before).manifest
    [engine] = started
    assert isinstance(engine, Counting)
    assert manifest.caches == dict(engine.counted)
    assert all(min(commit.log.get("caches", {0: 0}).values()) >= 0 for commit in manifest.commits)
    # Tokens are counted by the engine and by the replies; neither knows of the other.
    accounts = manifest.accounts.values()
    for figure in ("prompt_tokens", "cached_tokens"):
        assert manifest.caches[figure] == sum(each[figure] for each in accounts)
    assert [("start_seconds" in commit.log) for commit in manifest.commits].count(True) == 1
    cached, pictures = manifest.caches["cached_tokens"], manifest.caches["pictures"]
    assert (pictures, manifest.caches["pictures_encoded"]) == (80, 20)
    assert cache_rates(manifest.accounts, manifest.caches) == {
        "prompt tokens": (cached, 80 * 50), "encoded pictures": (60, 80),
    }  # fmt: skip


def test_counters_of_several_models_are_summed_up() -> None:
    one, other = Counting(), Counting()
    both = EngineByLanguage({"ar": other, "sw": other, "ja": StubEngine()}, one)
    one.counted.update(prompt_tokens=3, pictures=1)
    other.counted.update(prompt_tokens=4)
    assert both.statistics() == {"prompt_tokens": 7, "pictures": 1}
