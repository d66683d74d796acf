"""Both models are asked the same held-out items, once each; what they say is kept untouched beside its score."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from eval.settings import Evaluate
from eval.stage import EvaluateStage, HeldOut
from pipeline.budget import SpendGuard
from pipeline.commit import CommitRecord, Counts, Manifest, Spend
from pipeline.config import Budget
from pipeline.dialogue import answer_text, question_text
from pipeline.errors import UserError
from pipeline.generation import engine as engine_module
from pipeline.generation.request import Engine, EngineDied, Reply, Request, failed
from pipeline.local_executor import execute_locally
from pipeline.runner import run_stage
from pipeline.schema import SHARDS
from pipeline.stage import StageOutput
from pipeline.storage import Storage, open_storage
from pipeline.tables import write_table
from tests.eval.report.made_up import item, shard

Row = dict[str, Any]
LANGUAGES = ("en", "ar", "am", "zh")
EVALUATE = Evaluate(splits=("validation", "test"), share=0.5, num_gpus=0, partitions_in_flight=2)


def rows() -> list[Row]:
    """Ten pictures, a quarter of them in each held-out split, with both kinds of question in four languages."""
    splits = ("train", "test", "train", "validation")
    return [
        shard(
            qid, [item(qid, language, kind) for language in LANGUAGES for kind in ("open", "choice")],
            split=splits[qid % 4],
        )
        for qid in range(1, 11)
    ]  # fmt: skip


def inputs(output: Storage, source: str) -> dict[str, StageOutput]:
    """Shards of two partitions, and a stage with a model that no test loads."""
    directory = output.child("assemble/by-hand")
    commits = []
    for number, part in enumerate((rows()[:6], rows()[6:])):
        table = pa.Table.from_pylist(part, schema=SHARDS)
        file = write_table(directory, "shards", f"{number:06d}", table)
        commits.append(
            CommitRecord("assemble", f"{number:06d}", None, Counts("pictures", len(part), len(part)), (file,))
        )
    model = output.child(f"{source}/by-hand")
    return {
        "assemble": StageOutput(directory, Manifest("assemble", "by-hand", tuple(commits))),
        "benchmarks": StageOutput(output.child("benchmarks/by-hand"), Manifest("benchmarks", "by-hand", ())),
        source: StageOutput(model, Manifest(source, "by-hand", ())),
    }


class Answering:
    """An engine that answers by a function of the question."""

    model, revision, sees_pictures = "answering", "1", True

    def __init__(self, answer: Callable[[Request], Reply]) -> None:
        self.answer, self.requests = answer, list[Request]()

    async def generate(self, request: Request) -> Reply:
        self.requests.append(request)
        return self.answer(request)

    async def close(self) -> None:
        """Nothing to let go of."""


class Opened(EvaluateStage):
    """The stage with an engine of the test's."""

    engine: Engine

    def start(self) -> Engine:
        return self.engine


def stage_of(config: Evaluate, model: str, output: Storage) -> Opened:
    own = HeldOut(config.splits, config.share, config.max_tokens)
    return Opened(config.asked(), model, {"base": "model", "trained": "train"}[model], own, output)


def evaluate(
    output: Storage, answer: Callable[[Request], Reply], model: str = "base", config: Evaluate = EVALUATE
) -> tuple[StageOutput, Answering]:
    source = {"base": "model", "trained": "train"}[model]
    stage = stage_of(config, model, output)
    engine = Answering(answer)
    stage.engine = engine
    guard = SpendGuard(Budget(gpu_hours=1, fetched_gb=1), Spend())
    return run_stage(stage, inputs(output, source), output, execute_locally, guard, 60.0), engine


def answers() -> dict[str, str]:
    """What is asked -> what is right."""
    return {question_text(each): answer_text(each) for row in rows() for each in row["items"]}


def right(request: Request) -> Reply:
    return Reply(answers()[request.user], "stop", None, 50, 5)


def refusing(request: Request) -> Reply:
    return Reply("I cannot tell.", "stop", None, 50, 5)


@pytest.fixture
def output(tmp_path: Path) -> Storage:
    return open_storage(str(tmp_path))


def test_a_model_that_is_right_scores_everything_and_one_that_is_not_nothing(output: Storage) -> None:
    base, _ = evaluate(output, refusing)
    trained, _ = evaluate(output, right, "trained")
    before, after = (each.read("predictions").to_pylist() for each in (base, trained))
    assert {row["strict"] for row in after} == {row["paper"] for row in after} == {1.0}
    # Of a choice question nothing could be read; an open one is wrong.
    assert {(row["kind"], row["strict"]) for row in before} == {("choice", None), ("open", 0.0)}
    assert {row["reply"] for row in before} == {"I cannot tell."}
    assert {row["item_id"] for row in before} == {row["item_id"] for row in after}
    assert {row["model"] for row in before} == {"base"}
    assert {row["model"] for row in after} == {"trained"}


def test_only_held_out_items_are_asked_each_once_with_its_picture(output: Storage) -> None:
    base, engine = evaluate(output, right)
    table = base.read("predictions").to_pylist()
    by_id = {str(each["qa_id"]): (each, row) for row in rows() for each in row["items"]}
    assert len({row["item_id"] for row in table}) == len(table) == len(engine.requests)
    for row in table:
        asked, shard_row = by_id[row["item_id"]]
        assert {"by": "split", "group": shard_row["split"]} in row["groups"]
        assert shard_row["split"] != "train"
        assert (row["question"], row["answers"]) == (question_text(asked), [answer_text(asked)])
        assert row["cluster"] == shard_row["sha256"]
    held_out = {row["image"] for row in rows() if row["split"] != "train"}
    shown = [(request.image, request.image_sha256) for request in engine.requests]
    assert all(image in held_out and hashlib.sha256(image).hexdigest() == digest for image, digest in shown)


def test_every_item_is_asked_or_counted(output: Storage) -> None:
    base, _ = evaluate(output, right)
    counts = base.manifest.counts
    assert counts.rows_in == sum(len(row["items"]) for row in rows())
    assert counts.rows_in == counts.ok + sum(counts.not_selected.values())
    assert counts.ok == base.num_rows("predictions")


def test_a_larger_share_contains_a_smaller_one(output: Storage) -> None:
    found = []
    for share in (0.2, 0.5, 1.0):
        base, _ = evaluate(output, right, config=EVALUATE.model_copy(update={"share": share}))
        found.append({row["item_id"] for row in base.read("predictions").to_pylist()})
    assert found[0] < found[1] < found[2]
    held_out = [row for row in rows() if row["split"] != "train"]
    assert found[2] == {str(each["qa_id"]) for row in held_out for each in row["items"]}


def test_a_request_that_fails_is_a_row_with_its_reason(output: Storage) -> None:
    def fails_in_arabic(request: Request) -> Reply:
        return failed(ValueError("prompt too long")) if "عربي" in request.user else right(request)

    base, _ = evaluate(output, fails_in_arabic)
    failures = [row for row in base.read("predictions").to_pylist() if row["status"] != "answered"]
    assert {row["language"] for row in failures} == {"ar"}
    assert {(row["reply"], row["strict"], row["finish_reason"]) for row in failures} == {("", None, "error")}
    assert all("prompt too long" in row["status"] for row in failures)


def test_an_engine_that_died_commits_nothing(output: Storage) -> None:
    def dies(request: Request) -> Reply:
        raise EngineDied("gone")

    with pytest.raises(EngineDied):
        evaluate(output, dies)
    again, engine = evaluate(output, right)
    assert len(engine.requests) == again.num_rows("predictions") > 0


def test_what_was_answered_once_is_not_asked_again_when_scorers_change(output: Storage) -> None:
    first, _ = evaluate(output, right)

    class Newer(Opened):
        version = EvaluateStage.version + 1

    stage = Newer(EVALUATE.asked(), "base", "model", HeldOut(EVALUATE.splits, EVALUATE.share, 32), output)
    stage.engine = engine = Answering(refusing)
    guard = SpendGuard(Budget(gpu_hours=1, fetched_gb=1), Spend())
    second = run_stage(stage, inputs(output, "model"), output, execute_locally, guard, 60.0)
    assert engine.requests == []
    assert second.directory.uri != first.directory.uri
    assert second.read("predictions").equals(first.read("predictions"))


def test_switched_off_it_asks_nothing_and_needs_no_pool(output: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module.importlib.util, "find_spec", lambda name: None)
    off = EVALUATE.model_copy(update={"engine": "none"})
    stage = stage_of(off, "base", output)
    stage.check()
    assert stage.pool is None
    guard = SpendGuard(Budget(), Spend())
    done = run_stage(stage, inputs(output, "model"), output, execute_locally, guard, 60.0)
    assert done.num_rows("predictions") == 0
    assert set(done.manifest.counts.not_selected) == {"evaluation_off"}


def test_without_vllm_the_setting_that_wants_it_is_named(output: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(
        UserError, match=r"evaluate\.engine: vllm is not installed; `make setup`.*evaluate\.engine=none"
    ):
        stage_of(EVALUATE, "base", output).check()
