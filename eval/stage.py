"""Stages `evaluate_NAME`: held-out items and benchmarks, all in one queue, answered by one model."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from eval.prediction import prediction
from eval.request import request
from eval.settings import AskedModel
from eval.tasks import held_out, stored
from eval.tasks.listing import TASKS
from eval.tasks.task import Item, Rule
from pipeline.commit import Counts, sorted_counts
from pipeline.generation.accounts import Accounts, charged
from pipeline.generation.asking import all_of, ask
from pipeline.generation.engine import VllmEngine, require_vllm
from pipeline.generation.model import Model, identify, memory_bytes
from pipeline.generation.on_demand import EngineOnDemand
from pipeline.generation.opening import open_engine
from pipeline.generation.replies import ReplyStore
from pipeline.generation.request import Engine, request_key
from pipeline.generation.smollm2 import default_cache
from pipeline.generation.stored_model import fetch, is_stored
from pipeline.pooled import PooledStage
from pipeline.schema import PREDICTIONS
from pipeline.stage import Inputs, Outcome, Partition
from pipeline.storage import Storage
from pipeline.tables import read_table

# One store for all models: a reply's key has the model in it.
STORE = "evaluate"
# A model has the same replies to all languages.
_ANY = "und"


@dataclass(frozen=True)
class HeldOut:
    """Which of the data set's own items are asked: of which splits, which share, with how many tokens of a reply."""

    splits: tuple[str, ...]
    share: float
    max_tokens: int

    def deciding(self) -> dict[str, Any]:
        """What of it decides the predictions."""
        return {"splits": sorted(self.splits), "share": self.share, "max_tokens": self.max_tokens}


class EvaluateStage(PooledStage):
    """Its partitions are the shards that may hold out something, and the partitions of `benchmarks`.

    Args:
        asked: the model's settings; of a model with a `source` only those of its engines count.
        model: what stands in the rows.
        source: the stage whose export is asked; None where the settings name the model.
        held_out: which items of `assemble` are asked; None in a run without it.
        output: of the run.
        section: of the config that has the settings.
    """

    version = 2
    tables = ("predictions",)

    def __init__(
        self,
        asked: AskedModel,
        model: str,
        source: str | None,
        held_out: HeldOut | None,
        output: Storage,
        section: str = "evaluate",
    ) -> None:
        self.asked, self.model, self.source, self.held_out, self.output = asked, model, source, held_out, output
        self.name = f"evaluate_{model}"  # type: ignore[misc]
        self.section = section  # type: ignore[misc]
        before = ("assemble" if held_out else None, "benchmarks", source)
        self.after = tuple(name for name in before if name is not None)  # type: ignore[misc]
        self.off = asked.engine == "none"
        self.pool = None if self.off else asked.pool()
        self.num_cpus = asked.num_cpus  # type: ignore[misc]
        self.num_gpus = float(asked.num_gpus if asked.engine == "vllm" else 0)  # type: ignore[misc]
        self._export: tuple[str, Model] | None = None
        self._max_pictures = 1

    def check(self) -> None:
        if self.asked.engine == "vllm":
            require_vllm(f"{self.section}.engine")
        if self.source is None and not self.off:
            identify(self.asked, self.section)

    def memory_bytes(self) -> int:
        return 0 if self.source is not None else memory_bytes(self.asked)

    def deciding(self) -> dict[str, Any]:
        if self.off:
            return {"engine": "none"}
        named = {} if self.source is not None else {"model": str(identify(self.asked, self.section))}
        own = {} if self.held_out is None else {"held_out": self.held_out.deciding()}
        return {"max_model_len": self.asked.max_model_len, "sees_pictures": self.asked.sees_pictures, **named, **own}

    def partitions(self, inputs: Inputs) -> list[Partition]:
        # Workers are told of both with the stage, since opening a model takes no inputs.
        if self.source is not None:
            made = inputs[self.source]
            self._export = (f"{made.directory.uri}/export", Model(self.model, made.manifest.digest[:12]))
        self._max_pictures = max(
            (commit.log.get("most_pictures", 1) for commit in inputs["benchmarks"].manifest.commits),
            default=1,
        )
        tables = {"benchmarks": "benchmark_items", **({"assemble": "shards"} if self.held_out else {})}
        return [
            Partition(f"{stage}-{commit.partition}", {"stage": stage, "file": file.path}, file.rows)
            for stage, table in sorted(tables.items())
            for commit in inputs[stage].manifest.commits
            for file in commit.files
            if file.table == table
        ]

    def open(self) -> EngineOnDemand:
        model = self._export[1] if self._export is not None else identify(self.asked)
        return EngineOnDemand({_ANY: model}, self.asked.sees_pictures, self.start)

    def start(self) -> Engine:
        """The engine itself, once an item has no reply in the store.

        Raises:
            UserError: it does not start.
        """
        if self._export is None:
            return open_engine(self.asked, self._max_pictures)
        uri, model = self._export
        cache = Path(self.asked.cache) if self.asked.cache else default_cache()
        folder = fetch(uri, cache) if is_stored(uri) else uri
        return VllmEngine(self.asked, model, str(folder), sees_pictures=True, max_pictures=self._max_pictures)

    async def process_with(self, partition: Partition, inputs: Inputs, shared: Any, kept: EngineOnDemand) -> Outcome:
        directory = inputs[partition.payload["stage"]].directory
        table = await asyncio.to_thread(read_table, directory, partition.payload["file"])
        num_items, asked = self._chosen(partition.payload["stage"], table)
        del table
        groups: dict[str, list[_Asked]] = {}
        for each in asked:
            groups.setdefault(each.item.cluster, []).append(each)
        answered = await all_of(self._answer(group, kept) for group in groups.values())
        rows = [row for made, _ in answered for row in made]
        work = Accounts()
        for _, more in answered:
            work.update(more)
        work.update(Accounts.of_items(row["language"] for row in rows))
        left = num_items - len(rows)
        reason = "evaluation_off" if self.off else "not_held_out_or_not_sampled"
        failed = Counter(failed=sum(row["finish_reason"] == "error" for row in rows))
        counts = Counts("items", num_items, len(rows), {reason: left} if left else {}, details=sorted_counts(failed))
        predictions = pa.Table.from_pylist(rows, schema=PREDICTIONS)
        return Outcome({"predictions": predictions}, counts, log={**kept.log(), **work.log()})

    def charged(self, log: Mapping[str, Any], seconds: float) -> Mapping[str, Any]:
        return charged(log, seconds, self.num_gpus)

    def _chosen(self, stage: str, table: pa.Table) -> tuple[int, list[_Asked]]:
        """How many items there are in a partition, and those that are asked."""
        rows: Iterable[Mapping[str, Any]] = table.to_pylist()
        if stage == "benchmarks":
            return table.num_rows, [] if self.off else [_of_benchmark(row) for row in rows]
        assert self.held_out is not None
        own, num_items, found = self.held_out, 0, list[_Asked]()
        for row in rows:
            num_items += len(row["items"])
            if not self.off:
                items = held_out.items(row, own.splits, own.share)
                found += [_Asked(held_out.NAME, item, held_out.score, held_out.score, own.max_tokens) for item in items]
        return num_items, found

    async def _answer(self, group: Sequence[_Asked], engine: EngineOnDemand) -> tuple[list[dict[str, Any]], Accounts]:
        """Rows of predictions about one picture."""
        requests = {number: request(each.item, each.max_tokens) for number, each in enumerate(group)}
        digest = requests[0].image_sha256 or hashlib.sha256(group[0].item.cluster.encode()).hexdigest()
        replies, work = await ask(requests, digest, engine, ReplyStore(self.output, STORE))
        return [
            prediction(
                each.task, self.model, each.item, (each.paper, each.strict), replies[number],
                request_key(requests[number], engine.model, engine.revision),
            )
            for number, each in enumerate(group)
        ], work  # fmt: skip


@dataclass(frozen=True)
class _Asked:
    """An item with its rules."""

    task: str
    item: Item
    paper: Rule
    strict: Rule
    max_tokens: int


def _of_benchmark(row: Mapping[str, Any]) -> _Asked:
    task = TASKS[row["task"]]
    return _Asked(task.name, stored.item(row), task.paper, task.strict, task.max_tokens)
