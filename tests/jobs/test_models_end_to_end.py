"""From shards to a trained model and a report, with a real base model and real Ray Train; no engine needed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from jobs.chain import survey
from jobs.cli import main
from jobs.evaluation import EvaluationConfig, build_stages
from jobs.run_config import load_as
from jobs.way import survey_of
from pipeline.stage import StageOutput
from pipeline.storage import open_storage
from sample.build import BuiltSample
from sample.commons_server import CommonsServer
from tests.kit.driver import started
from tests.kit.sample_run import CONFIG, SampleRun

pytestmark = [pytest.mark.ray, pytest.mark.slow, pytest.mark.timeout(900)]

SMALL = (
    "select.limit=24", "questions.languages=[en, ar]", "train.max_steps=2", "train.checkpoint_every=1",
    "model.num_layers=1", "train.samples_per_step=2",
)  # fmt: skip


@pytest.fixture(scope="module")
def finished(built_sample: BuiltSample, commons: CommonsServer, tmp_path_factory: pytest.TempPathFactory) -> SampleRun:
    run = SampleRun(built_sample, commons, str(tmp_path_factory.mktemp("whole")), SMALL, "report")
    with started(run.arguments("run")) as driver:
        code, printed = driver.wait(500)
        assert code == 0, printed
    return run


def test_without_engines_the_run_ends_and_its_report_says_so(finished: SampleRun) -> None:
    outputs = {stage.name: stage.output for stage in survey(finished.config)}
    report = outputs["report"]
    assert report is not None
    page = report.directory.read("documents/report.html").decode()
    assert "Nothing was evaluated: evaluate.engine is none." in page
    assert 'dir="rtl"' in page
    train = outputs["train"]
    assert train is not None
    assert train.num_rows("losses") == 2
    assert main(finished.arguments("verify")) == 0


def test_a_model_file_that_was_changed_is_found(finished: SampleRun, capsys: pytest.CaptureFixture[str]) -> None:
    train = next(stage.output for stage in survey(finished.config) if stage.name == "train")
    assert train is not None
    original = train.directory.read("export/config.json")
    train.directory.write("export/config.json", original + b" ")
    try:
        assert main(finished.arguments("verify")) == 1
        assert "export/config.json" in capsys.readouterr().out
    finally:
        train.directory.write("export/config.json", original)


def test_an_item_is_followed_from_the_dump_to_its_shard(
    finished: SampleRun, capsys: pytest.CaptureFixture[str]
) -> None:
    assemble = next(stage.output for stage in survey(finished.config) if stage.name == "assemble")
    assert assemble is not None
    row = assemble.read("index").to_pylist()[7]
    arguments = finished.arguments("status")[1:]
    assert main(["trace", *arguments, str(row["qa_id"])]) == 0
    told = capsys.readouterr().out
    for part in (
        f"Q{row['qid']}",
        "bytes ",
        f"sha256 {row['sha256']}: bytes ",
        "template ",
        f"row {row['row']}, item {row['item']}",
    ):
        assert part in told
    assert main(["trace", *arguments, "12"]) == 2
    assert "no item 12" in capsys.readouterr().err


def followed(run: SampleRun, folder: Path, engine: str) -> dict[str, StageOutput]:
    """Stages of an evaluation of the run's checkpoints, once it has ended."""
    asked = {"engine": engine, "num_gpus": 0, "num_cpus": 0.5, "max_model_len": 512, "kv_cache_gb": 0.25}
    told = {
        "name": "followed", "output": str(folder / "evaluation"),
        "benchmarks": {"folder": str(run.sample.benchmarks), "limit": 4},
        "checkpoints": {"run": CONFIG, "overrides": run.settings, "asked": asked},
    }  # fmt: skip
    file = folder / "followed.yaml"
    file.write_text(yaml.safe_dump(told), encoding="utf-8")
    with started(["evaluate", "--run", str(file), "--local", "--follow", "0.1"]) as driver:
        code, printed = driver.wait(500)
        assert code == 0, printed
    storage = open_storage(str(folder / "evaluation"))
    stages = survey_of(build_stages(load_as(EvaluationConfig, file), storage), storage)
    return {stage.name: stage.output for stage in stages if stage.output is not None}


def test_checkpoints_are_followed_to_the_end_of_the_training(finished: SampleRun, tmp_path: Path) -> None:
    outputs = followed(finished, tmp_path, "none")
    assert {"model_step-000002", "evaluate_step-000002", "score"} <= outputs.keys()
    train = next(stage.output for stage in survey(finished.config) if stage.name == "train")
    assert train is not None
    assert outputs["model_step-000002"].read("model_files").equals(train.read("model_files"))


@pytest.mark.vllm
@pytest.mark.soak
def test_a_checkpoint_answers_as_the_model_that_it_becomes(finished: SampleRun, tmp_path: Path) -> None:
    run = replace(finished, overrides=(*finished.overrides, "evaluate.engine=vllm", "evaluate.share=0.1"))
    with started(run.arguments("run")) as driver:
        code, printed = driver.wait(500)
        assert code == 0, printed
    trained = next(stage.output for stage in survey(run.config) if stage.name == "evaluate_trained")
    assert trained is not None
    step = followed(run, tmp_path, "vllm")["evaluate_step-000002"].read("predictions").to_pylist()
    replies = {(row["task"], row["item_id"]): row["reply"] for row in trained.read("predictions").to_pylist()}
    assert {(row["task"], row["item_id"]): row["reply"] for row in step}.items() <= replies.items()
    assert len(step) == 8


@pytest.mark.vllm
@pytest.mark.soak
def test_base_and_trained_model_answer_through_vllm(finished: SampleRun) -> None:
    settings = (*SMALL, "evaluate.engine=vllm", "evaluate.share=0.3")
    run = SampleRun(finished.sample, finished.server, finished.output, settings, "report")
    with started(run.arguments("run")) as driver:
        code, printed = driver.wait(500)
        assert code == 0, printed
    outputs = {stage.name: stage.output for stage in survey(run.config)}
    answered = []
    for name in ("evaluate_base", "evaluate_trained"):
        output = outputs[name]
        assert output is not None
        rows = output.read("predictions").to_pylist()
        assert {row["status"] for row in rows} == {"answered"}
        answered.append({row["item_id"] for row in rows})
    assert answered[0] == answered[1] != set()


def test_the_model_and_its_base_are_whole_folders_on_disk(finished: SampleRun) -> None:
    for name in ("model", "train"):
        [folder] = Path(finished.output, name).iterdir()
        assert {"config.json", "model.safetensors", "tokenizer.json"} <= {
            path.name for path in (folder / "export").iterdir()
        }
