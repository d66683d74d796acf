"""The stages that ask models, with engines that have none; their workers hold as many GPUs as the config says."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from eval.stage import EvaluateStage
from pipeline.generation.request import Engine, Reply, Request
from pipeline.generation.stages import JudgeStage, RephraseStage
from tests.generation.stub import StubEngine

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


@contextmanager
def stubbed() -> Iterator[None]:
    """Runs are built with these stages; the fingerprints are those of the real ones."""
    with mock.patch.multiple(
        "jobs.chain", RephraseStage=StubbedRephrase, JudgeStage=StubbedJudge, EvaluateStage=StubbedEvaluate
    ):
        yield
