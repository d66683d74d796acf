"""`culturalground plan` on the embedded sample, against what the stage then makes."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from jobs.chain import survey
from jobs.cli import main
from jobs.run_config import load_config
from pipeline import vocabulary
from pipeline.questions import slots
from pipeline.questions.kinship import Kinship
from pipeline.questions.stage import QuestionsStage
from pipeline.questions.values import Fact, SkipReason, fact_of, most_specific
from sample.build import BuiltSample
from sample.commons_server import CommonsServer
from tests.kit.sample_run import CONFIG, SampleRun

WANTED = ("questions.balance.open_items=2500", "questions.balance.choice_items=900",
          "questions.balance.temperature=0.5", "questions.balance.long_tail_boost=2")  # fmt: skip


@pytest.fixture(scope="module")
def done(built_sample: BuiltSample, commons: CommonsServer, tmp_path_factory: pytest.TempPathFactory) -> SampleRun:
    """The sample with its pictures, and no questions yet."""
    run = SampleRun(built_sample, commons, str(tmp_path_factory.mktemp("plan")), ("select.limit=null",), "images")
    assert main(run.arguments("run", "--local")) == 0
    return run


def command(run: SampleRun, name: str, settings: tuple[str, ...], *more: str) -> list[str]:
    changed = [argument for one in (*run.settings, *settings) for argument in ("--set", one)]
    return [name, "--config", CONFIG, *changed, *more]


def planned(run: SampleRun, capsys: pytest.CaptureFixture[str], *settings: str) -> dict[str, Any]:
    capsys.readouterr()
    assert main(command(run, "plan", settings, "--json")) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def asked(run: SampleRun, *settings: str) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """Items that the stage makes, and its counts."""
    assert main(command(run, "run", settings, "--local", "--only", "questions")) == 0
    config = load_config(CONFIG, [*run.settings, *settings])
    [output] = [stage.output for stage in survey(config) if stage.name == "questions"]
    assert output is not None
    rows = output.read("questions").to_pylist()
    return [item | {"country": row["country"]} for row in rows for item in row["items"]], dict(
        output.manifest.counts.details
    )


def test_the_stage_makes_what_was_planned(done: SampleRun, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    plan = planned(done, capsys, *WANTED)
    assert plan["concepts"] == plan["sampled"] == plan["pictures"] > 150
    assert plan["wanted"] == {"open": 2500, "choice": 900}
    items, details = asked(done, *WANTED)
    lost = details.get("answer_in_question", 0) + details["too_few_distractors"]
    made = Counter(item["kind"] for item in items)
    for kind, wanted in plan["wanted"].items():
        expected = plan["expected"][kind]
        assert expected["items"] == pytest.approx(wanted)
        assert -4 * expected["error"] - lost < made[kind] - expected["items"] < 4 * expected["error"]
    for kind, column in (("open", "language"), ("choice", "language"), ("open", "country")):
        found = Counter(item[column] for item in items if item["kind"] == kind)
        for name, group in plan["by"][column][kind].items():
            # Not more certain than a Poisson count.
            assert abs(found[name] - group["expected"]) < 4.5 * group["expected"] ** 0.5 + lost, name


def kinship_of(run: SampleRun) -> Kinship:
    """Which values the stage takes for ancestors, descendants or parts of others."""
    outputs = {stage.name: stage.output for stage in survey(run.config) if stage.output is not None}
    stage = QuestionsStage(run.config.questions, run.config.images)
    return stage.shared({name: outputs[name] for name in stage.after}, run.storage).maker.kinship


def test_what_is_possible_is_what_is_made_without_a_balance(
    done: SampleRun, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = planned(done, capsys)
    assert (plan["wanted"], plan["warnings"]) == ({}, [])
    items, details = asked(done)
    made = len(items) + details.get("answer_in_question", 0) + details["too_few_distractors"]
    possible = sum(total["items"] for total in plan["possible"].values())
    assert plan["possible"] == {kind: {"items": each["items"], "error": 0} for kind, each in plan["expected"].items()}
    # A value that another is a kind of is asked for all the same: that is not looked at, and nothing else differs.
    assert 0 < abs(made - possible) < 0.002 * made
    kinship = kinship_of(done)

    def specific(*of: Any) -> Fact | SkipReason:
        fact = fact_of(*of)
        return most_specific(fact, kinship) if isinstance(fact, Fact) else fact

    monkeypatch.setattr(slots, "fact_of", specific)
    assert sum(total["items"] for total in planned(done, capsys)["possible"].values()) == made


def test_a_part_of_the_concepts_says_what_all_say(done: SampleRun, capsys: pytest.CaptureFixture[str]) -> None:
    whole, part = planned(done, capsys, *WANTED), planned(done, capsys, *WANTED, "questions.balance.sample=60")
    assert 30 < part["sampled"] < 90
    for kind, possible in part["possible"].items():
        assert 0 < possible["error"] < 0.2 * possible["items"]
        assert abs(possible["items"] - whole["possible"][kind]["items"]) < 4 * possible["error"]


def test_the_table_names_every_language_and_country_and_the_matrix_adds_up(
    done: SampleRun, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    plan = planned(done, capsys, *WANTED)
    assert main(command(done, "plan", WANTED, "--csv", str(tmp_path / "matrix.csv"))) == 0
    text = capsys.readouterr().out
    for name in (*vocabulary.countries(), *(language.name for language in vocabulary.languages().values())):
        assert f" {name} " in text, name
    with (tmp_path / "matrix.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for kind in ("open", "choice"):
        for column in ("possible", "expected"):
            total = sum(float(row[column]) for row in rows if row["kind"] == kind)
            assert total == pytest.approx(plan[column][kind]["items"], rel=1e-3)


def test_without_pictures_one_each_is_assumed_and_that_is_said(
    built_sample: BuiltSample, commons: CommonsServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = SampleRun(built_sample, commons, str(tmp_path), last="select")
    assert main(command(run, "plan", ())) == 2
    assert "select: is not complete for this config" in capsys.readouterr().err
    assert main(run.arguments("run", "--local")) == 0
    capsys.readouterr()
    assert main(command(run, "plan", ("questions.balance.open_items=1000000000",))) == 0
    text = capsys.readouterr().out
    assert "one picture each assumed" in text
    assert "questions.balance.open_items: 1,000,000,000 are more than can be made" in text


def test_a_file_that_cannot_be_written_is_named(done: SampleRun, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command(done, "plan", (), "--csv", "/no/such/folder/x.csv")) == 2
    assert "--csv /no/such/folder/x.csv: cannot be written" in capsys.readouterr().err
