"""Stages `evaluate_base` and `evaluate_trained`: the same held-out items, answered by the model before and after."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa

from eval.scoring.verdict import Verdict
from eval.settings import Evaluate
from eval.tasks import held_out
from pipeline.commit import Counts
from pipeline.generation.engine import VllmEngine, require_vllm
from pipeline.generation.model import Model
from pipeline.generation.opening import NoEngine
from pipeline.generation.request import Engine, Reply, Request
from pipeline.pooled import PooledStage
from pipeline.schema import PREDICTIONS
from pipeline.stage import Inputs, Outcome, Partition
from pipeline.storage import Storage, below, open_storage
from pipeline.tables import read_table


class EvaluateStage(PooledStage):
    """Its partitions are the shards that hold out something; every chosen item becomes a prediction.

    Args:
        model: base or trained; what stands in the rows.
        source: the stage whose export is asked.
    """

    version = 1
    tables = ("predictions",)
    section = "evaluate"

    def __init__(self, config: Evaluate, model: str, source: str, output: Storage) -> None:
        self.config, self.model, self.source, self.output = config, model, source, output
        self.name = f"evaluate_{model}"  # type: ignore[misc]
        self.after = ("assemble", source)  # type: ignore[misc]
        self.pool = None if config.engine == "none" else config.pool()
        self.num_cpus = config.num_cpus  # type: ignore[misc]
        self.num_gpus = float(config.num_gpus if config.engine == "vllm" else 0)  # type: ignore[misc]
        self._export = ""

    def check(self) -> None:
        if self.config.engine == "vllm":
            require_vllm("evaluate.engine")

    def deciding(self) -> dict[str, Any]:
        return {**self.config.deciding(), "off": self.config.engine == "none"}

    def partitions(self, inputs: Inputs) -> list[Partition]:
        # Workers are told of it with the stage, since opening a model takes no inputs.
        self._export = f"{inputs[self.source].directory.uri}/export"
        return [
            Partition(commit.partition, {"shard": file.path}, file.rows)
            for commit in inputs["assemble"].manifest.commits
            for file in commit.files
            if file.table == "shards"
        ]

    def open(self) -> Engine:
        config = self.config
        if config.engine == "none":
            return NoEngine()
        require_vllm("evaluate.engine")
        folder = Path(tempfile.mkdtemp(prefix="model-"))
        storage = open_storage(self._export)
        for info in storage.list():
            path = below(folder, info.path)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(storage.read(info.path))
        return VllmEngine(config, Model(self.model, self._export), str(folder), sees_pictures=True)

    async def process_with(self, partition: Partition, inputs: Inputs, shared: Any, kept: Engine) -> Outcome:
        table = await asyncio.to_thread(read_table, inputs["assemble"].directory, partition.payload["shard"])
        rows: list[dict[str, Any]] = []
        num_items = 0
        off = self.config.engine == "none"
        for shard_row in table.to_pylist():
            num_items += len(shard_row["items"])
            rows += [] if off else await self._answered(shard_row, kept)
        predictions = pa.Table.from_pylist(rows, schema=PREDICTIONS)
        left = num_items - len(rows)
        reason = "evaluation_off" if off else "not_held_out_or_not_sampled"
        counts = Counts("items", num_items, len(rows), {reason: left} if left else {})
        return Outcome({"predictions": predictions}, counts)

    async def _answered(self, shard_row: dict[str, Any], engine: Engine) -> list[dict[str, Any]]:
        chosen = list(held_out.items(shard_row, self.config.splits, self.config.share))
        by_id = {item["qa_id"]: item for item in shard_row["items"]}
        replies = await asyncio.gather(*(engine.generate(self._request(row, shard_row["image"])) for row in chosen))
        return [self._row(row, by_id[row["item_id"]], reply) for row, reply in zip(chosen, replies, strict=True)]

    def _request(self, row: dict[str, Any], image: bytes) -> Request:
        return Request(
            system="",
            user=row["question"],
            image=image,
            image_sha256=row["sha256"],
            json_schema=None,
            max_tokens=self.config.max_tokens,
            temperature=0.0,
            seed=0,
        )

    def _row(self, row: dict[str, Any], item: dict[str, Any], reply: Reply) -> dict[str, Any]:
        verdict = held_out.score(item, reply.text) if reply.error is None else Verdict(None, None)
        return {
            **row,
            "model": self.model,
            "reply": reply.text,
            "parsed": verdict.parsed,
            "correct": verdict.correct,
            "status": "answered" if reply.error is None else f"failed: {reply.error}",
            "finish_reason": reply.finish_reason,
        }
