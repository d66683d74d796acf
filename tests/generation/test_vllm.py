"""The real engine with a real, small model: slow to start, so one test does all that needs it."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import pyarrow as pa
import pytest

from pipeline.commit import CommitRecord, Counts, Manifest
from pipeline.generation.engine import VllmEngine
from pipeline.generation.request import EngineDied, Request
from pipeline.generation.settings import Generation, Judge, Rephrase
from pipeline.generation.stages import GenerationStage, JudgeStage, RephraseStage
from pipeline.schema import TABLES
from pipeline.stage import Outcome, StageOutput
from pipeline.storage import Storage, open_storage
from pipeline.tables import write_table
from tests.generation.rows import group, item

pytestmark = [pytest.mark.slow, pytest.mark.vllm]

QUESTIONS = (
    "What kind of thing is this?",
    "Which country is the thing in this picture from?",
    "When does the thing in this picture date from?",
    "The picture shows “Forth Bridge”. What is it made of?",
    "In what place can you find what is shown here?",
    "What type of thing does this picture show?",
    "The picture shows “Eiffel Tower”. Which country is it from?",
    "What is the name of what you see here?",
)
# What structured output and an engine in order leave no room for.
IMPOSSIBLE = {"kept:not_json", "kept:engine_error", "not_json", "engine_error"}


def complete(output: Storage, stage: str, table: str, rows: pa.Table) -> StageOutput:
    """A complete stage of one partition."""
    directory = output.child(f"{stage}/hand-made")
    file = write_table(directory, table, "000000", rows)
    commit = CommitRecord(stage, "000000", None, Counts("pictures", rows.num_rows, rows.num_rows), (file,))
    return StageOutput(directory, Manifest(stage, "hand-made", (commit,)))


async def processed(stage: GenerationStage, before: StageOutput, engine: VllmEngine) -> Outcome:
    inputs = {stage.after[0]: before}
    [partition] = stage.partitions(inputs)
    return await stage.process_with(partition, inputs, None, engine)


def statuses(outcome: Outcome, table: str, column: str) -> list[str]:
    return [each[column] for row in outcome.tables[table].to_pylist() for each in row["items"]]


def children(pid: int) -> Iterator[int]:
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        yield from map(int, path.read_text().split())


def engine_process() -> int:
    """The child of this process in which vLLM's engine runs."""
    [pid] = [pid for pid in children(os.getpid()) if b"EngineCore" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    return pid


@pytest.mark.timeout(600)
def test_a_real_model_rewords_and_judges_until_it_is_killed(tmp_path: Path) -> None:
    output = open_storage(str(tmp_path / "out"))
    settings = Generation(
        engine="vllm", model="smollm2", cache=str(tmp_path / "cache"), max_model_len=1024, max_num_seqs=16,
        kv_cache_gb=0.25, num_gpus=0,
    )  # fmt: skip
    items = [
        item(number, "en", "open" if number % 2 else "choice", question=text, original_question=text)
        for number, text in enumerate(QUESTIONS)
    ]
    rows = [group(1, items[:4]), group(2, [*items[4:], item(9, "ar")])]
    before = complete(output, "questions", "questions", pa.Table.from_pylist(rows, schema=TABLES["questions"]))
    rephrase = RephraseStage(Rephrase(items_per_request=1), settings, output)
    judge = JudgeStage(Judge(), settings, output)

    async def work() -> Any:
        engine: Any = rephrase.open()
        try:
            reworded = await processed(rephrase, before, engine)
            found = statuses(reworded, "rephrased", "rephrase_status")
            assert found.count("kept:language_unsupported_by_model") == 1
            assert not IMPOSSIBLE & set(found)
            # Eight, and a second try where the first was refused.
            tries = reworded.log["generated"]
            assert 8 <= tries <= 16
            assert reworded.log["prompt_tokens"] > 8 * 50
            assert reworded.log["output_tokens"] > 8 * 5
            assert reworded.log["start_seconds"] > 0.5
            # The engine's own count has the small request before the first one, of which it knew nothing.
            caches = reworded.log["caches"]
            assert caches["cached_tokens"] == reworded.log["cached_tokens"] > 8 * 32
            assert 0 < caches["prompt_tokens"] - reworded.log["prompt_tokens"] < 100

            after = complete(output, "rephrase", "rephrased", reworded.tables["rephrased"])
            judged = await processed(judge, after, engine)
            found = statuses(judged, "judged", "judge_status")
            assert sorted(found) == ["judged"] * 8 + ["language_unsupported_by_model"]

            tokens = ("prompt_tokens", "cached_tokens")
            assert judged.log["caches"] == {name: judged.log[name] for name in tokens}
            assert "start_seconds" not in judged.log

            again = await processed(rephrase, before, engine)
            assert not {"generated", "caches", "start_seconds"} & again.log.keys()
            assert again.log["from_store"] == tries
            assert again.log["stored_output_tokens"] == reworded.log["output_tokens"]
            assert again.tables["rephrased"].equals(reworded.tables["rephrased"])
            await one_request_spoils_no_other(engine)
            await a_dead_engine_says_so(engine)
            return engine._engine._engine
        finally:
            await engine.close()

    held_until_the_end = asyncio.run(work())
    # As when the interpreter ends: names of its module are None by then.
    with mock.patch("vllm.v1.engine.async_llm.shutdown_prometheus", None):
        held_until_the_end.__del__()


async def one_request_spoils_no_other(engine: VllmEngine) -> None:
    fine = Request("Be brief.", "Say hello.", max_tokens=4)
    bad = [
        replace(fine, user="word " * 2000),
        replace(fine, image=b"no picture", image_sha256="ab" * 32),
        replace(fine, json_schema={"type": "nonsense"}),
    ]
    replies = await asyncio.gather(*(engine.generate(request) for request in (fine, *bad, fine)))
    assert [reply.finish_reason for reply in replies] == ["length", "error", "error", "error", "length"]
    assert [reply.num_output_tokens for reply in replies] == [4, 0, 0, 0, 4]
    assert "maximum context length" in str(replies[1].error)


async def a_dead_engine_says_so(engine: VllmEngine) -> None:
    endless = {"type": "array", "items": {"type": "boolean"}, "minItems": 400}
    long = asyncio.create_task(engine.generate(Request("", "Toss coins.", json_schema=endless, max_tokens=900)))
    await asyncio.sleep(1)
    os.kill(engine_process(), signal.SIGKILL)
    with pytest.raises(EngineDied):
        await long
    with pytest.raises(EngineDied):
        await engine.generate(Request("", "Still there?"))
