"""Requests about several items at once to the real engine, with a small LlavaNext: what fits, and what does not."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pipeline.generation.accounts import cache_rates
from pipeline.generation.prompt_file import PROMPTS
from pipeline.generation.request import Request
from pipeline.generation.settings import Generation, Rephrase
from pipeline.generation.stages import RephraseStage
from pipeline.schema import TABLES
from pipeline.storage import open_storage
from tests.eval.report.made_up import jpeg
from tests.generation.rows import Row, group, item
from tests.generation.test_vllm import complete, processed
from tests.kit.stored_pictures import store

pytestmark = [pytest.mark.slow, pytest.mark.vllm, pytest.mark.soak]

WINDOW = 4096
SHORT = "Which country is the thing in this picture from?"
# Eight of them fill the window, one does not.
LONG = f"{SHORT} {'This is asked of it and of nothing else. ' * 60}"
ENDLESS = f"{SHORT} {'This is asked of it and of nothing else. ' * 600}"
# What came of an item whose part of the reply was there and in order.
UNREAD = {"kept:not_json", "kept:cut_off", "kept:engine_error"}


def questions(number: int, texts: list[str]) -> Row:
    """A row about a real picture."""
    items = [
        item(10 * number + at, "en", "choice" if at % 3 == 2 else "open", question=text, original_question=text)
        for at, text in enumerate(texts)
    ]
    return {**group(number, items), "sha256": hashlib.sha256(jpeg(number)).hexdigest()}


@pytest.mark.timeout(600)
def test_items_that_share_a_request_get_an_answer_each_and_no_row_is_lost_where_they_have_no_room(
    tmp_path: Path,
) -> None:
    from training.model.tiny import write_tiny

    output = open_storage(str(tmp_path / "out"))
    prompt = tmp_path / "short_words.yaml"
    text = (PROMPTS / "rephrase.yaml").read_text(encoding="utf-8")
    prompt.write_text(text.replace("maxLength: 300", "maxLength: 40").replace("maxLength: 200", "maxLength: 30"))
    settings = Generation(
        engine="vllm", model=str(write_tiny(tmp_path / "tiny", 2)), sees_pictures=True, max_model_len=WINDOW,
        max_num_seqs=16, kv_cache_gb=0.5, num_gpus=0, max_failed=0.1,
    )  # fmt: skip
    stage = RephraseStage(Rephrase(prompt=str(prompt), retry=False), settings, output)
    rows = [questions(1, [SHORT] * 8), questions(2, [LONG] * 8), questions(3, [*[SHORT] * 5, ENDLESS])]
    for number in (1, 2, 3):
        store(output, jpeg(number))
    before = complete(output, "questions", "questions", pa.Table.from_pylist(rows, schema=TABLES["questions"]))

    async def work() -> None:
        engine: Any = stage.open()
        try:
            outcome = await processed(stage, before, engine)
            after = outcome.tables["rephrased"].to_pylist()
            assert [[each["qa_id"] for each in row["items"]] for row in after] == [
                [each["qa_id"] for each in row["items"]] for row in rows
            ]
            first, second, third = ([each["rephrase_status"] for each in row["items"]] for row in after)
            assert not UNREAD & {*first, *second, *third[:5]}
            assert third[5] == "kept:engine_error"
            # Eight together; eight that were asked together in vain; six in vain, five alone, and one that cannot be.
            assert (outcome.log["generated"], outcome.log["failed"]) == (1 + 8 + 5, 2 + 1)
            rates = cache_rates(outcome.log["accounts"], outcome.log["caches"])
            # Fourteen replies and the small request before them; three pictures and the one of that.
            assert rates["encoded pictures"] == (15 - 4, 15)
            assert rates["prompt tokens"][0] > 0
            await a_reply_that_fills_the_window_is_told_from_one_that_is_too_long(engine)
        finally:
            await engine.close()

    asyncio.run(work())


async def a_reply_that_fills_the_window_is_told_from_one_that_is_too_long(engine: Any) -> None:
    coins = {"type": "array", "items": {"type": "boolean"}, "minItems": 400}
    filled = Request("", "word " * (WINDOW - 100), json_schema=coins, max_tokens=900)
    too_long = Request("", "word " * WINDOW, json_schema=coins, max_tokens=8)
    longer_than_asked = Request("", "Toss coins.", json_schema=coins, max_tokens=8)
    replies = await asyncio.gather(*map(engine.generate, (filled, too_long, longer_than_asked)))
    assert [reply.has_no_room for reply in replies] == [True, True, False]
    assert [reply.finish_reason for reply in replies] == ["error", "error", "length"]
    assert replies[0].num_prompt_tokens + replies[0].num_output_tokens == pytest.approx(WINDOW, abs=1)
    assert "raise max_model_len" in str(replies[1].error)
