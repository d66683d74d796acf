"""The stages `rephrase` and `judge` with engines whose processes can be killed: the stub's, or vLLM's own.

`python -m tests.kit.generation_run` is the driver; this module is what its workers import.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.budget import SpendGuard
from pipeline.commit import MANIFEST, Spend, load_manifest
from pipeline.config import Budget
from pipeline.generation.request import Engine
from pipeline.generation.settings import Generation, Judge, Rephrase
from pipeline.generation.stages import GenerationStage, JudgeStage, RephraseStage
from pipeline.runner import Executor, run_stage
from pipeline.stage import StageOutput
from pipeline.storage import Storage, open_storage
from tests.kit.killable_engine import KillableEngine

WORKERS = 2
# A model's name that needs no file; the engine is opened in place of an endpoint's.
STUB = Generation(
    engine="endpoint", endpoint_url="http://localhost/v1", model="stub", revision="1", sees_pictures=True,
    languages=("en", "ar", "ja"), min_workers=WORKERS, max_workers=WORKERS, partitions_in_flight=2,
    pictures_in_flight=2, num_cpus=1, max_failed=1,
)  # fmt: skip


VLLM = Generation(
    engine="vllm", languages=("en",), min_workers=WORKERS, max_workers=WORKERS, partitions_in_flight=2,
    pictures_in_flight=2, max_model_len=1024, max_num_seqs=4, kv_cache_gb=0.25, num_gpus=0, num_cpus=1,
)  # fmt: skip


@dataclass(frozen=True)
class Work:
    """A run of both stages.

    Attributes:
        output: address of the run's output, where the input lies too.
        journal: what the stub's engines append to; beside it lies the cache of vLLM's model.
        pace: of what the stub's requests take.
        engine: whose.
    """

    output: str
    journal: Path
    pace: float = 1.0
    engine: str = "stub"

    @property
    def storage(self) -> Storage:
        return open_storage(self.output)

    def stages(self) -> tuple[GenerationStage, GenerationStage]:
        if self.engine == "vllm":
            settings = VLLM.model_copy(update={"cache": str(self.journal.with_name("cache"))})
            return RephraseStage(Rephrase(), settings, self.storage), JudgeStage(Judge(), settings, self.storage)
        reword = KillableRephrase(Rephrase(), STUB, self.storage)
        judge = KillableJudge(Judge(), STUB, self.storage)
        reword.work = judge.work = self
        return reword, judge

    def run(self, execute: Executor) -> list[StageOutput]:
        """Bring both to their manifests."""
        reword, judge = self.stages()
        before = input_of(self.storage)
        done = []
        for stage in (reword, judge):
            guard = SpendGuard(Budget(), Spend())
            before = run_stage(stage, {stage.after[0]: before}, self.storage, execute, guard, 60.0)
            done.append(before)
        return done


class KillableRephrase(RephraseStage):
    work: Work

    def start(self) -> Engine:
        return KillableEngine(self.work.journal, self.work.pace, sees_pictures=self.generation.sees_pictures)


class KillableJudge(JudgeStage):
    work: Work

    def start(self) -> Engine:
        return KillableEngine(self.work.journal, self.work.pace, sees_pictures=self.generation.sees_pictures)


def keep_input(questions: StageOutput) -> None:
    """Leave the input where drivers find it."""
    questions.directory.create(MANIFEST, questions.manifest.to_json())


def input_of(storage: Storage) -> StageOutput:
    """What `keep_input` left."""
    directory = storage.child("questions/hand-made")
    manifest = load_manifest(directory)
    assert manifest is not None
    return StageOutput(directory, manifest)
