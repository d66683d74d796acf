"""Stage `judge_replies`: predictions of all models in one place, those of judged benchmarks read by another model."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from eval.prediction import judged
from eval.settings import JudgeOfReplies
from eval.tasks.judging import Judging
from eval.tasks.listing import TASKS
from pipeline.commit import Counts, sorted_counts
from pipeline.generation.accounts import Accounts, charged
from pipeline.generation.asking import ask
from pipeline.generation.engine import require_vllm
from pipeline.generation.model import identify, memory_bytes
from pipeline.generation.on_demand import EngineOnDemand
from pipeline.generation.opening import open_engine
from pipeline.generation.replies import ReplyStore
from pipeline.generation.request import Engine, Request
from pipeline.pooled import PooledStage
from pipeline.schema import PREDICTIONS
from pipeline.stage import Inputs, Outcome, Partition
from pipeline.storage import Storage
from pipeline.tables import read_table

_WORDS = ["item_id", "judge_system", "judge_before", "judge_after"]
_ANY = "und"

Row = dict[str, Any]


class JudgeRepliesStage(PooledStage):
    """Its partitions are those of the stages that asked; rows that no judge is asked about pass through.

    Args:
        judge: the model.
        evaluated: stages with predictions.
        output: of the run.
        section: of the config that has the judge.
    """

    name = "judge_replies"
    version = 1
    tables = ("predictions",)

    def __init__(self, judge: JudgeOfReplies, evaluated: Sequence[str], output: Storage, section: str) -> None:
        self.judge, self.evaluated, self.output = judge, tuple(evaluated), output
        self.section = section  # type: ignore[misc]
        self.after = ("benchmarks", *self.evaluated)  # type: ignore[misc]
        self.off = judge.engine == "none"
        self.pool = None if self.off else judge.pool()
        self.num_cpus = judge.num_cpus  # type: ignore[misc]
        self.num_gpus = float(judge.num_gpus if judge.engine == "vllm" else 0)  # type: ignore[misc]

    def check(self) -> None:
        if self.judge.engine == "vllm":
            require_vllm(f"{self.section}.engine")
        if not self.off:
            identify(self.judge, self.section)

    def memory_bytes(self) -> int:
        return memory_bytes(self.judge)

    def deciding(self) -> dict[str, Any]:
        if self.off:
            return {"engine": "none"}
        return {
            "model": str(identify(self.judge, self.section)),
            "max_tokens": self.judge.max_tokens,
            "max_model_len": self.judge.max_model_len,
        }

    def partitions(self, inputs: Inputs) -> list[Partition]:
        words = {
            f"benchmarks-{commit.partition}": file.path
            for commit in inputs["benchmarks"].manifest.commits
            for file in commit.files
        }
        return [
            Partition(
                f"{stage}-{commit.partition}",
                {"stage": stage, "file": file.path, "items": words.get(commit.partition)},
                file.rows,
            )
            for stage in self.evaluated
            for commit in inputs[stage].manifest.commits
            for file in commit.files
            if file.table == "predictions"
        ]

    def open(self) -> EngineOnDemand:
        return EngineOnDemand({_ANY: identify(self.judge)}, False, lambda: open_engine(self.judge))

    async def process_with(self, partition: Partition, inputs: Inputs, shared: Any, kept: EngineOnDemand) -> Outcome:
        told = partition.payload
        table = await asyncio.to_thread(read_table, inputs[told["stage"]].directory, told["file"])
        words: Mapping[str, Row] = {}
        if told["items"] is not None and not self.off:
            words = await asyncio.to_thread(_words, inputs, told["items"])
        work = Accounts()
        if words:
            table, work = await self._with_judgements(table, words, kept)
        num = table.num_rows
        counts = Counts("replies", num, num, details=sorted_counts({"judged": work["items"]}))
        return Outcome({"predictions": table}, counts, log={**kept.log(), **work.log()})

    def charged(self, log: Mapping[str, Any], seconds: float) -> Mapping[str, Any]:
        return charged(log, seconds, self.num_gpus)

    async def _with_judgements(
        self, table: pa.Table, words: Mapping[str, Row], engine: Engine
    ) -> tuple[pa.Table, Accounts]:
        rows = table.to_pylist()
        asked = {
            number: self._request(row, words[row["item_id"]])
            for number, row in enumerate(rows)
            if row["item_id"] in words and row["status"] == "answered"
        }
        if not asked:
            return table, Accounts()
        # Replies of one partition are kept together: it is what asks for them again.
        name = hashlib.sha256("|".join(rows[number]["prompt_sha256"] for number in asked).encode()).hexdigest()
        replies, work = await ask(asked, name, engine, ReplyStore(self.output, self.name))
        judge = f"{engine.model}@{engine.revision}"
        for number, reply in replies.items():
            task = TASKS[rows[number]["task"]]
            assert task.judged is not None
            rows[number] = judged(rows[number], judge, None if reply.error else reply.text, task.judged)
        work.update(Accounts.of_items(rows[number]["language"] for number in asked))
        return pa.Table.from_pylist(rows, schema=PREDICTIONS), work

    def _request(self, row: Row, words: Row) -> Request:
        judging = Judging(words["judge_system"], words["judge_before"], words["judge_after"])
        return Request(
            system=judging.system,
            user=judging.prompt(row["reply"]),
            max_tokens=self.judge.max_tokens,
            language=row["language"],
        )


def _words(inputs: Inputs, file: str) -> dict[str, Row]:
    """A judge's words by item, of the items of one file that have some."""
    table = read_table(inputs["benchmarks"].directory, file, _WORDS)
    return {row["item_id"]: row for row in table.filter(pc.is_valid(table["judge_before"])).to_pylist()}
