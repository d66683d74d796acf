"""One run of one candidate of `generation.py`, each in a fresh process with the same cores."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import astuple, dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from benchmarks.generation_load import MixedStage, Stub, StubbedStage, mixed_request, questions, rephrase, settings
from pipeline import torchvision_remedy
from pipeline.budget import SpendGuard
from pipeline.commit import Spend
from pipeline.config import Budget, Cluster
from pipeline.generation.engine import VllmEngine
from pipeline.generation.model import location
from pipeline.generation.on_demand import EngineOnDemand
from pipeline.generation.opening import open_engine
from pipeline.generation.request import Request
from pipeline.generation.settings import Generation, Rephrase
from pipeline.generation.stages import GenerationStage
from pipeline.ray_executor import execute_on_ray, start
from pipeline.runner import run_stage
from pipeline.stage import StageOutput
from pipeline.storage import Storage, open_storage
from tests.kit.memory import held_mb

CORES = 2
# Decoder layers of the small LlavaNext: all that SmolLM2 has.
LAYERS = 30
# What Ray hands out: actors hold no core while they wait for an engine, which has all of them.
_RAY_CPUS = 4
# Before the clock is started: an engine's first request tests it, too.
_FIRST = Request("", "Hello", max_tokens=1)


@dataclass(frozen=True)
class Run:
    """What a candidate did, and how long it took without its start.

    Attributes:
        cached_tokens: of the prompts' tokens those that the KV cache had; None where that is not told.
        encoder_hits: requests whose picture the encoder had not to look at again; None likewise.
    """

    requests: int
    output_tokens: int
    prompt_tokens: int
    cached_tokens: int | None
    seconds: float
    encoder_hits: int | None = None

    @property
    def rate(self) -> float:
        """Tokens generated a second."""
        return self.output_tokens / self.seconds


def fresh(work: Callable[..., Any], *arguments: Any) -> Any:
    """The result of `work` in a process of its own, which may start others."""
    with ProcessPoolExecutor(1, get_context("spawn"), _pin) as pool:
        return pool.submit(work, *arguments).result()


def _pin() -> None:
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    # One core for the model and the other for all else, in every candidate. With two threads a model waits at each of
    # its steps for the one that something else has interrupted.
    os.environ.update(OMP_NUM_THREADS="1", RAY_USAGE_STATS_ENABLED="0")
    # The workers of Ray import what this process does.
    os.environ["PYTHONPATH"] = str(Path(__file__).parents[1])


def bare(config: Generation, num_pictures: int, side_px: int) -> Run:
    """The engine of vLLM alone: what the stage asks, all given to it at once, as ready prompts."""
    with tempfile.TemporaryDirectory() as name:
        requests = _requests(config, open_storage(name), num_pictures, side_px)
    engine = open_engine(config)
    assert isinstance(engine, VllmEngine)
    return asyncio.run(_bare(engine, requests))


async def _bare(engine: VllmEngine, requests: Sequence[Request]) -> Run:
    from vllm import SamplingParams
    from vllm.renderers import ChatParams
    from vllm.sampling_params import RequestOutputKind, StructuredOutputsParams

    inner: Any = engine._engine
    prompts = []
    for request in requests:
        content: list[dict[str, Any]] = [{"type": "text", "text": request.user}]
        if request.image is not None:
            picture = engine._decoded(request.image)
            content.insert(0, {"type": "image_pil", "image_pil": picture, "uuid": request.image_sha256})
        messages = [{"role": "system", "content": request.system}, {"role": "user", "content": content}]
        template = ChatParams(chat_template_kwargs={"add_generation_prompt": True})
        [prompt] = (await inner.renderer.render_chat_async([messages], template))[1]
        schema = request.json_schema
        sampling = SamplingParams(
            max_tokens=request.max_tokens, temperature=request.temperature, seed=request.seed,
            output_kind=RequestOutputKind.FINAL_ONLY,
            structured_outputs=None if schema is None else StructuredOutputsParams(json=dict(schema)),
        )  # fmt: skip
        prompts.append((prompt, sampling))

    async def one(number: int) -> Any:
        [final] = [each async for each in inner.generate(*prompts[number], request_id=str(number))]
        return final

    await engine.generate(_FIRST)
    started = time.monotonic()
    done = await asyncio.gather(*map(one, range(len(prompts))))
    seconds = time.monotonic() - started
    await engine.close()
    return Run(
        len(done),
        sum(len(each.outputs[0].token_ids) for each in done),
        sum(len(each.prompt_token_ids) for each in done),
        sum(each.num_cached_tokens or 0 for each in done),
        seconds,
    )


def _requests(config: Generation, output: Storage, num_pictures: int, side_px: int) -> list[Request]:
    """What the stage asks, in the order in which it does."""
    before = questions(output, num_pictures, side_px=side_px)
    stage = rephrase(config, output)
    inputs = {"questions": before}
    stub = Stub(*astuple(stage.models["en"]), keep=True)
    kept = EngineOnDemand(stage.models, True, lambda: stub)
    for partition in stage.partitions(inputs):
        asyncio.run(stage.process_with(partition, inputs, None, kept))
    return stub.requests


def pool(config: Generation, num_pictures: int, side_px: int, *, mixed: bool = False) -> Run:
    """The project's stage on Ray: from when its engine takes partitions to the last commit."""
    with tempfile.TemporaryDirectory() as name:
        output = open_storage(name)
        before = questions(output, num_pictures, side_px=side_px)
        stage = MixedStage(Rephrase(), config, output) if mixed else rephrase(config, output)
        done = _on_ray(stage, before)
        logs = [commit.log for commit in done.manifest.commits]
        replies = [reply for info in output.list("replies/") for reply in _stored(output, info.path)]
    return Run(
        len(replies),
        sum(reply["num_output_tokens"] for reply in replies),
        sum(reply["num_prompt_tokens"] for reply in replies),
        sum(reply["num_cached_tokens"] for reply in replies),
        max(log["started"] + log["seconds"] for log in logs)
        - min(log["started"] for log in logs)
        # Of the one engine, which all partitions wait for.
        - sum(log.get("start_seconds", 0.0) for log in logs),
    )


def _stored(output: Storage, path: str) -> list[dict[str, Any]]:
    return list(json.loads(gzip.decompress(output.read(path))).values())


def _on_ray(stage: GenerationStage, before: StageOutput) -> StageOutput:
    executor = execute_on_ray(Cluster(num_cpus=_RAY_CPUS))
    return run_stage(stage, {"questions": before}, stage.output, executor, SpendGuard(Budget(), Spend()), 60.0)


def ray_llm(config: Generation, num_pictures: int, batch_size: int) -> Run:
    """`ray.data.llm` with the same engine: from when its first batch is taken to its last row."""
    # Before torchvision is imported anywhere, here and, by the environment, in the workers.
    torchvision_remedy.ensure()
    import ray
    from ray.data.llm import build_processor, vLLMEngineProcessorConfig

    with tempfile.TemporaryDirectory() as name:
        rows = questions(open_storage(name), num_pictures).read("questions").to_pylist()
    requests = [mixed_request(each) for row in rows for each in row["items"]]
    given = [
        {
            "messages": [{"role": "system", "content": each.system}, {"role": "user", "content": each.user}],
            "sampling_params": {"max_tokens": each.max_tokens, "temperature": each.temperature, "seed": each.seed},
        }
        for each in requests
    ]
    start(num_cpus=_RAY_CPUS, include_dashboard=False, log_to_driver=False)
    ray.data.DataContext.get_current().enable_progress_bars = False
    few = {"num_cpus": 0.1}
    processor = build_processor(
        vLLMEngineProcessorConfig(
            model_source=location(config),
            batch_size=batch_size,
            concurrency=1,
            placement_group_config={"bundles": [{"CPU": 1}]},
            log_engine_metrics=False,
            runtime_env={"env_vars": {"VLLM_CPU_OMP_THREADS_BIND": "nobind", "VLLM_ENABLE_V1_MULTIPROCESSING": "0"}},
            # It takes the tokens' text from the engine; two stages less on few cores.
            chat_template_stage=few,
            tokenize_stage=False,
            detokenize_stage=False,
            engine_kwargs={
                "dtype": "float32", "max_model_len": config.max_model_len, "max_num_seqs": config.max_num_seqs,
                "kv_cache_memory_bytes": int((config.kv_cache_gb or 1) * 2**30), "enforce_eager": True,
                "enable_chunked_prefill": False, "max_num_batched_tokens": 2048, "block_size": 32,
            },
        ),
        preprocess=lambda row: row,
        postprocess=lambda row: {**row, "left": time.time()},
        preprocess_map_kwargs=few,
        postprocess_map_kwargs=few,
    )  # fmt: skip
    # Blocks smaller than a batch would be batches of their own.
    blocks = max(1, len(given) // batch_size)
    found = processor(ray.data.from_items(given, override_num_blocks=blocks)).take_all()
    ray.shutdown()
    assert len(found) == len(given)
    return Run(
        len(found),
        sum(row["num_generated_tokens"] for row in found),
        sum(row["num_input_tokens"] for row in found),
        None,
        max(row["left"] for row in found) - min(row["left"] - row["time_taken_llm"] for row in found),
    )


def in_order(config: Generation, num_pictures: int, side_px: int, *, grouped: bool) -> Run:
    """The project's engine, with the requests of a picture together or shuffled, as many in flight as the stage has."""
    with tempfile.TemporaryDirectory() as name:
        made = _requests(config, open_storage(name), num_pictures, side_px)
    # As long as rewordings are: a model that knows nothing would go on to the limit of its tokens.
    requests = [replace(request, max_tokens=40) for request in made]
    if not grouped:
        random.Random(0).shuffle(requests)
    engine = open_engine(config)
    assert isinstance(engine, VllmEngine)
    room = asyncio.Semaphore(config.max_num_seqs * 2)

    async def one(request: Request) -> Any:
        async with room:
            return await engine.generate(request)

    async def all_of_them() -> tuple[list[Any], float, int]:
        await engine.generate(_FIRST)
        started = time.monotonic()
        done = await asyncio.gather(*map(one, requests))
        seconds = time.monotonic() - started
        counted = engine.statistics()
        hits = counted["pictures"] - counted["pictures_encoded"]
        await engine.close()
        return done, seconds, hits

    replies, seconds, hits = asyncio.run(all_of_them())
    errors = [reply.error for reply in replies if reply.error]
    assert not errors, errors[0]
    return Run(
        len(replies),
        sum(reply.num_output_tokens for reply in replies),
        sum(reply.num_prompt_tokens for reply in replies),
        sum(reply.num_cached_tokens for reply in replies),
        seconds,
        hits,
    )


def driver_mb(num_rows: int) -> float:
    """MB of memory that the driver had at most, with so many rows in partitions of 256."""
    with tempfile.TemporaryDirectory() as name:
        output = open_storage(name)
        before = fresh(_made, name, num_rows)
        stage = StubbedStage(Rephrase(retry=False), settings(Path(name), num_cpus=0.5), output)
        done = _on_ray(stage, before)
        assert done.num_rows("rephrased") == num_rows
    return held_mb("VmHWM")


def _made(folder: str, num_rows: int) -> StageOutput:
    return questions(open_storage(folder), num_rows, rows_a_partition=256, items_a_picture=1)


def tiny_llava_next(folder: Path, layers: int = LAYERS, side_px: int = 70) -> Path:
    """The demo's LlavaNext, or another as small; made at the first call, then found."""
    made = folder / f"llava-next-{layers}-{side_px}"
    if not made.exists():
        from training.model.tiny import write_tiny

        write_tiny(made, layers, side_px)
    return made
