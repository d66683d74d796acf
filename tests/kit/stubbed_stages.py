"""The stages that ask models, with engines that have none; their workers hold as many GPUs as the config says.

Stages whose partitions of the sample are done in no time hold a worker long enough to be disturbed.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from eval.stage import EvaluateStage
from pipeline.dataset.arrange import ArrangeStage, Shared
from pipeline.dataset.assemble import AssembleStage
from pipeline.generation.request import Engine, Reply, Request
from pipeline.generation.stages import JudgeStage, RephraseStage
from pipeline.stage import Inputs, Outcome, Partition
from tests.generation.stub import StubEngine

# Looking for a worker at work takes a test some tenths of a second where cores are busy.
HELD_S = 1.0

# One GPU a worker; both kinds of stages ask little, and the run is trained for two steps.
SETTINGS = (
    "select.limit=24", "questions.languages=[en, sw]", "budget.gpu_hours=9", "generation.engine=vllm",
    "generation.num_gpus=1", "rephrase.share=0.5", "judge.share=0.5", "model.num_layers=1", "train.max_steps=2",
    "train.samples_per_step=2", "train.checkpoint_every=2", "evaluate.engine=vllm", "evaluate.num_gpus=1",
    "evaluate.share=0.5",
)  # fmt: skip


class Answering(StubEngine):
    """Answers questions without a schema, those of an evaluation, too: by the request's hash."""

    async def generate(self, request: Request) -> Reply:
        if request.json_schema is not None:
            return await super().generate(request)
        self.requests.append(request)
        return Reply("ABCD"[hashlib.sha256(request.user.encode()).digest()[0] % 4], "stop", None, 10, 1)


class StubbedRephrase(RephraseStage):
    def start(self) -> Engine:
        return Answering()


class StubbedJudge(JudgeStage):
    def start(self) -> Engine:
        return Answering()


class StubbedEvaluate(EvaluateStage):
    def start(self) -> Engine:
        return Answering()


class HeldArrange(ArrangeStage):
    def process(self, partition: Partition, inputs: Inputs, shared: Shared) -> Outcome:
        time.sleep(HELD_S)
        return super().process(partition, inputs, shared)


class HeldAssemble(AssembleStage):
    def process(self, partition: Partition, inputs: Inputs, shared: Any) -> Outcome:
        time.sleep(HELD_S)
        return super().process(partition, inputs, shared)


@contextmanager
def stubbed() -> Iterator[None]:
    """Runs are built with these stages; the fingerprints are those of the real ones."""
    with mock.patch.multiple(
        "jobs.chain", RephraseStage=StubbedRephrase, JudgeStage=StubbedJudge, EvaluateStage=StubbedEvaluate,
        ArrangeStage=HeldArrange, AssembleStage=HeldAssemble,
    ):  # fmt: skip
        yield
