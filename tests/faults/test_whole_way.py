"""From dump to report on an S3 server, with real vLLM and FSDP, killed once in every stage that has a model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from jobs.chain import survey
from pipeline.generation.replies import ReplyStore
from pipeline.storage import Storage
from sample.build import BuiltSample
from sample.commons_server import CommonsServer
from tests.kit.compare import commit_logs
from tests.kit.driver import Driver, Victim, num_commits, started, wait_until
from tests.kit.processes import in_session
from tests.kit.sample_run import SampleRun

pytestmark = [pytest.mark.ray, pytest.mark.s3, pytest.mark.slow, pytest.mark.vllm, pytest.mark.soak]

SETTINGS = (
    "select.limit=24", "questions.languages=[en, sw]", "generation.engine=vllm", "rephrase.share=0.05",
    "judge.share=0.05", "model.num_layers=1", "train.max_steps=4", "train.checkpoint_every=1",
    "train.keep_checkpoints=9", "train.samples_per_step=2", "evaluate.engine=vllm", "evaluate.share=0.2",
    "assemble.validation=0.2",
)  # fmt: skip
# Engines start slowly, and a laptop may have something else to do.
PATIENCE_S = 2400.0
ENGINE = "VLLM::EngineCore"


def has(output: Storage, prefix: str, ending: str = "") -> Callable[[], bool]:
    """Whether a file of that kind is there."""
    return lambda: any(info.path.endswith(ending) for info in output.list(prefix))


def killed_when(run: SampleRun, moment: Callable[[], bool], what: str, victim: Victim) -> str:
    """Start the run and kill at that moment; what was printed to its end."""
    with started(run.arguments("run")) as driver:
        wait_until(driver, moment, what, PATIENCE_S)
        engines = engines_of(driver)
        driver.kill(victim)
        if victim == "worker":
            wait_until(driver, lambda: not engines & engines_of(driver), "the end of the engine whose worker died", 60)
        code, printed = driver.wait(PATIENCE_S)
        assert code == (-9 if victim == "driver" else 0), printed
    return printed


def engines_of(driver: Driver) -> set[int]:
    return {pid for pid, title in in_session(driver.pid) if title.startswith(ENGINE)}


def stored(output: Storage, stage: str) -> Counter[str]:
    """Request keys of a stage's replies, and in how many files each stands."""
    pictures = {info.path.rsplit("/", 1)[1].split("-")[0] for info in output.list(f"replies/{stage}/")}
    store = ReplyStore(output, stage)
    return Counter(key for picture in pictures for key in store.load(picture))


def items(run: SampleRun) -> dict[int, tuple[Any, ...]]:
    """Id of each item -> what became of it in every stage."""
    outputs = {stage.name: stage.output for stage in survey(run.config)}
    assert all(outputs.values()), "every stage is complete"
    judged, predictions = outputs["judge"], outputs["evaluate_trained"]
    assert judged is not None
    assert predictions is not None
    answered = {row["item_id"]: row["status"] for row in predictions.read("predictions").to_pylist()}
    return {
        item["qa_id"]: (item["rephrase_status"], item["judge_status"], answered.get(str(item["qa_id"])))
        for row in judged.read("judged").to_pylist()
        for item in row["items"]
    }


@pytest.fixture(scope="module")
def left_alone(
    built_sample: BuiltSample, commons: CommonsServer, tmp_path_factory: pytest.TempPathFactory
) -> SampleRun:
    run = SampleRun(built_sample, commons, str(tmp_path_factory.mktemp("left_alone")), SETTINGS, "report")
    with started(run.arguments("run")) as driver:
        code, printed = driver.wait(PATIENCE_S)
        assert code == 0, printed
    return run


@pytest.mark.timeout(6000)
def test_killed_in_every_stage_with_a_model_it_ends_with_the_same_items(left_alone: SampleRun, s3_uri: str) -> None:
    run = SampleRun(left_alone.sample, left_alone.server, s3_uri, SETTINGS, "report")
    output = run.storage

    killed_when(run, has(output, "replies/rephrase/"), "the first reply", "driver")
    before, done = stored(output, "rephrase"), commit_logs(run.config)
    killed_when(run, has(output, "replies/judge/"), "the first verdict", "driver")
    made = {name: log for name, log in commit_logs(run.config).items() if name.startswith("rephrase/")}
    generated = sum(log.get("generated", 0) for name, log in made.items() if name not in done)
    assert before
    assert generated == len(stored(output, "rephrase")) - len(before), "a stored reply was generated again"

    killed_when(run, has(output, "train/", "checkpoints/000002.json"), "the second step", "driver")
    [record] = [info.path for info in output.list("train/") if info.path.endswith("checkpoints/000002.json")]
    after_two_steps = output.read(record)
    killed_when(run, lambda: num_commits(output, "evaluate_trained") > 0, "the first answers", "worker")
    assert output.read(record) == after_two_steps, "steps before the checkpoint were done again"

    for stage in ("rephrase", "judge"):
        assert set(stored(output, stage).values()) == {1}
    with started(run.arguments("verify")) as driver:
        code, printed = driver.wait(PATIENCE_S)
        assert code == 0, printed
    assert items(run) == items(left_alone)


def test_the_pages_of_a_run_with_models_show_scores_of_both(left_alone: SampleRun) -> None:
    outputs = {stage.name: stage.output for stage in survey(left_alone.config)}
    score, report = outputs["score"], outputs["report"]
    assert score is not None
    assert report is not None
    scores = score.read("scores").to_pylist()
    assert {(row["model"], row["baseline"]) for row in scores} == {
        ("base", None), ("trained", None), ("trained", "base")
    }  # fmt: skip
    assert {row["task"] for row in scores} == {"culturalground", "cvqa", "cvqa_en"}
    assert all(row["low"] <= row["value"] <= row["high"] for row in scores if row["low"] is not None)
    assert "Nothing was evaluated" not in report.directory.read("documents/report.html").decode()
    assert "CVQA" in score.directory.read("documents/benchmarks.html").decode()
