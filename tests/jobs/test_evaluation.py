"""`culturalground evaluate --run`: models side by side, a judge, stored predictions of another run, over real HTTP."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from jobs.cli import main
from jobs.evaluation import EvaluationConfig, build_stages
from jobs.run_config import load_as
from jobs.way import survey_of
from pipeline.stage import StageOutput
from pipeline.storage import open_storage
from tests.eval.tasks.copies import write_copy
from tests.eval.tasks.published_rows import write_published
from tests.generation.chat_server import Answer, ChatServer, completion
from tests.training.model.test_llava import write_original, write_tower

JUDGE = {"system": "Be fair.", "before": "Asked: {instruction}\nSaid: ", "after": "\nBest: {reference}\n{rubric}"}


@pytest.fixture
def copies(tmp_path: Path) -> Path:
    folder = tmp_path / "copies"
    write_copy("cvqa", folder / "cvqa")
    write_copy("marvl", folder / "marvl")
    write_published("xchat", folder / "xchat")
    (folder / "xchat" / "judge.yaml").write_text(yaml.safe_dump(JUDGE), encoding="utf-8")
    return folder


def says(number: int, body: dict[str, Any]) -> Answer:
    """A model that sees the right option of one benchmark, and never the other's."""
    asked = json.dumps(body, ensure_ascii=False)
    return completion("B" if "Options: A." in asked else "(a) false" if "support" in asked else "Un cuadro.")


def grades(number: int, body: dict[str, Any]) -> Answer:
    assert body["messages"][0]["content"] == "Be fair."
    return completion("Fine. [RESULT] 4")


@pytest.fixture
def servers() -> Iterator[tuple[ChatServer, ChatServer, ChatServer]]:
    with ChatServer(says) as one, ChatServer(lambda *_: completion("A")) as other, ChatServer(grades) as judge:
        yield one, other, judge


def config_of(folder: Path, copies: Path, servers: Sequence[ChatServer], **changed: Any) -> Path:
    named = {
        name: {"engine": "endpoint", "endpoint_url": server.url, "model": "m", "revision": str(number)}
        for number, (name, server) in enumerate(zip(("ours", "other", "judge"), servers, strict=False))
    }
    judge = named.pop("judge", None)
    told = {
        "name": "side-by-side", "output": str(folder / "run"), "benchmarks": {"folder": str(copies)},
        "models": named, "judge": judge, "comparing": {"baseline": "other"}, **changed,
    }  # fmt: skip
    file = folder / f"{told['name']}.yaml"
    file.write_text(yaml.safe_dump(told, sort_keys=False), encoding="utf-8")
    return file


def output_of(file: Path, stage: str) -> StageOutput:
    config = load_as(EvaluationConfig, file)
    storage = open_storage(config.output)
    [found] = [each for each in survey_of(build_stages(config, storage), storage) if each.name == stage]
    assert found.output is not None
    return found.output


def run(file: Path, *more: str) -> int:
    return main(["evaluate", "--run", str(file), "--local", *more])


Servers = tuple[ChatServer, ChatServer, ChatServer]


def test_models_stand_side_by_side(tmp_path: Path, copies: Path, servers: Servers) -> None:
    file = config_of(tmp_path, copies, servers)
    assert run(file) == 0
    rows = output_of(file, "judge_replies").read("predictions").to_pylist()
    told = {(row["task"], row["model"], row["item_id"]): row for row in rows}
    assert len(told) == len(rows) == 2 * (2 + 2 + 1)
    cvqa = "5919991144272485961_0"
    assert told["cvqa", "ours", cvqa]["strict"] == told["cvqa_en", "ours", cvqa]["paper"] == 1.0
    assert told["cvqa", "other", cvqa]["strict"] == 0.0
    [chat] = [row for row in rows if (row["task"], row["model"]) == ("xchat", "ours")]
    assert (chat["judge"], chat["judgement"], chat["strict"]) == ("m@2", "Fine. [RESULT] 4", 0.75)
    scores = output_of(file, "score").read("scores").to_pylist()
    overall = {
        (row["task"], row["model"], row["baseline"]): row["value"]
        for row in scores
        if (row["rule"], row["metric"], row["by"]) == ("strict", "accuracy", "all")
    }
    assert overall["cvqa", "ours", "other"] == 1.0
    assert overall["marvl", "ours", None] == 0.5


def test_pictures_stand_where_the_prompt_has_them(tmp_path: Path, copies: Path, servers: Servers) -> None:
    assert run(config_of(tmp_path, copies, servers)) == 0
    for body in servers[0].bodies:
        [message] = body["messages"]
        kinds = [part["type"] for part in message["content"]]
        assert kinds == ["image_url", "text"]


def test_nothing_is_asked_twice(tmp_path: Path, copies: Path, servers: Servers) -> None:
    first = config_of(tmp_path, copies, servers, benchmarks={"folder": str(copies), "tasks": ["marvl"]})
    assert run(first) == 0
    asked = len(servers[0].bodies)
    assert asked == 2
    assert run(config_of(tmp_path, copies, servers, name="all")) == 0
    # What the first run asked, the second takes from the store of replies.
    assert len(servers[0].bodies) == asked + 3
    assert run(config_of(tmp_path, copies, servers, name="all")) == 0
    assert len(servers[0].bodies) == asked + 3


def test_predictions_of_another_run_join_in(tmp_path: Path, copies: Path, servers: Servers) -> None:
    first = config_of(tmp_path, copies, servers)
    assert run(first) == 0
    before = output_of(first, "evaluate_other").directory.uri
    alone = load_as(EvaluationConfig, first).models["ours"].model_dump(mode="json", include={
        "engine", "endpoint_url", "model", "revision"})  # fmt: skip
    second = config_of(
        tmp_path, copies, servers, name="second", models={"mine": alone},
        comparing={"baseline": "earlier", "stored": {"earlier": before}},
    )  # fmt: skip
    assert run(second) == 0
    scores = output_of(second, "score").read("scores").to_pylist()
    assert {(row["model"], row["baseline"]) for row in scores} == {
        ("mine", None),
        ("earlier", None),
        ("mine", "earlier"),
    }


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"comparing": {"baseline": "othr"}}, r"comparing\.baseline: othr is no model here: did you mean other\?"),
        ({"benchmarks": {"folder": "x", "tasks": ["cvqu"]}}, r"unknown benchmark 'cvqu': did you mean cvqa\?"),
        ({"models": {"other": {"model": "owner/name", "engine": "vllm"}}}, r"models\.other\.revision: owner/name is a"),
        ({"benchmarks": {}}, r"benchmarks\.folder: is needed"),
        ({"comparing": {"baseline": "other", "stored": {"old": "nowhere"}}}, r"stored\.old: nowhere is no directory"),
    ],
)
def test_what_cannot_work_is_refused(
    tmp_path: Path, copies: Path, servers: Servers, capsys: pytest.CaptureFixture[str], changed: Any, told: str
) -> None:
    assert run(config_of(tmp_path, copies, servers, **changed)) == 2
    assert re.search(told, capsys.readouterr().err)
    assert servers[0].bodies == []


def test_the_state_is_told_without_starting_anything(
    tmp_path: Path, copies: Path, servers: Servers, capsys: pytest.CaptureFixture[str]
) -> None:
    file = config_of(tmp_path, copies, servers)
    assert run(file, "--status") == 0
    assert re.search(r"benchmarks +not started\n.*evaluate_ours +waiting", capsys.readouterr().out)
    assert run(file) == 0
    assert run(file, "--status") == 0
    assert re.search(r"judge_replies +complete +10 replies", capsys.readouterr().out)


@pytest.mark.slow
def test_a_checkpoint_in_llavas_layout_is_converted_once_it_is_told(
    tmp_path: Path, copies: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_tower(tmp_path / "clip")
    write_original(tmp_path / "original", None, Path("openai/clip"), 320)
    mine = {"engine": "none", "model": str(tmp_path / "original"), "tower": str(tmp_path / "clip")}
    comparing = {"baseline": None}
    plain = config_of(tmp_path, copies, (), models={"mine": mine}, judge={"engine": "none"}, comparing=comparing)
    assert run(plain) == 2
    assert re.search(
        r"models\.mine\.convert: .*original is a checkpoint in LLaVA's own layout", capsys.readouterr().err
    )
    told = config_of(
        tmp_path, copies, (), models={"mine": {**mine, "convert": True}}, judge={"engine": "none"}, comparing=comparing
    )
    assert run(told) == 0
    made = output_of(told, "model_mine")
    assert json.loads(made.directory.read("export/config.json"))["model_type"] == "llava_next"
    assert made.num_rows("model_files") > 3
