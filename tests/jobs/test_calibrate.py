"""A run is judged by a model that errs in known places, reviewed, and calibrated by what the reviewers said."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from jobs.chain import survey
from jobs.cli import main
from pipeline.generation.settings import Judge
from pipeline.review.sheet_csv import JUDGED, read_id
from sample.build import BuiltSample
from sample.commons_server import CommonsServer
from tests.generation.chat_server import Answer, ChatServer, completion
from tests.kit.sample_run import SampleRun

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture
def chat() -> Iterator[ChatServer]:
    """A judge to whom no choice question is fluent."""

    def answer(number: int, body: dict[str, Any]) -> Answer:
        is_open = "Options: -\n" in body["messages"][-1]["content"]
        scores = {"answerable": 4, "answer_supported": 5, "fluent": 4 if is_open else 2}
        return completion(json.dumps({"reason": "It is odd.", **scores}))

    with ChatServer(answer) as server:
        yield server


@pytest.fixture
def done(built_sample: BuiltSample, commons: CommonsServer, chat: ChatServer, tmp_path: Path) -> SampleRun:
    settings = (
        "generation.engine=endpoint", f"generation.endpoint_url={chat.url}", "generation.model=made-up",
        'generation.revision="1"', "generation.languages=[en, sw]", "rephrase.share=0", "judge.share=1",
        "select.limit=12", "questions.languages=[en, sw]",
    )  # fmt: skip
    run = SampleRun(built_sample, commons, str(tmp_path / "output"), settings, last="judge")
    assert main(run.arguments("run", "--local")) == 0
    return run


def command(run: SampleRun, name: str, *what: str | Path) -> int:
    settings = [argument for setting in run.settings for argument in ("--set", setting)]
    return main([name, "--config", "configs/debug.yaml", *settings, *map(str, what)])


def reviewed(run: SampleRun, folder: Path) -> Path:
    """Verdicts of one reviewer on 40 items: every fifth question is odd, all else is good."""
    assert command(run, "review", "--language", "sw", "--n", "40", "--into", folder) == 0
    sheet = folder / "debug-sw-40-seed0.csv"
    rows = list(csv.DictReader(io.StringIO(sheet.read_text(encoding="utf-8-sig"), newline="")))
    for number, row in enumerate(rows):
        words = {"question": "good" if number % 5 else "odd", "answerable": "yes", "answer": "right", "picture": "yes"}
        row.update({JUDGED[name]: word for name, word in words.items()} | {"reviewer": "A"})
    with sheet.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    verdicts = folder / "verdicts.csv"
    assert command(run, "review", "--import", sheet, "--into", verdicts) == 0
    return verdicts


def test_from_reviewed_sheets_to_what_the_judge_is_worth(
    done: SampleRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    verdicts, table = reviewed(done, tmp_path / "sheets"), tmp_path / "judge.json"
    rows = list(csv.DictReader(io.StringIO(verdicts.read_text(encoding="utf-8-sig"), newline="")))
    capsys.readouterr()
    assert command(done, "calibrate", "--verdicts", verdicts, "--json", table) == 0
    out = capsys.readouterr().out
    assert "debug: 40 items were judged by reviewers and by the judge" in out

    output = next(stage.output for stage in survey(done.config) if stage.name == "judge")
    assert output is not None
    items = [item for group in output.read("judged").to_pylist() for item in group["items"]]
    kinds = {item["qa_id"]: item["kind"] for item in items}
    swahili = [item for item in items if item["language"] == "sw"]
    said = [(kinds[read_id(row["qa_id"]) or 0] == "open", row["question"] == "good") for row in rows]
    found = json.loads(table.read_text(encoding="utf-8"))
    assert (found["run"], found["wanted_precision"]) == ("debug", 0.9)
    by_check = {(row["check"], row["language"]): row for row in found["calibration"]}
    # No picture was shown to the judge, so nothing is said of its verdicts on pictures.
    assert set(by_check) == {
        (check, language) for check in ("answerable", "answer_supported", "fluent", "item") for language in (None, "sw")
    }
    for key in (("fluent", "sw"), ("item", "sw"), ("item", None)):
        row = by_check[key]
        cells = [row["kept_good"], row["kept_bad"], row["dropped_good"], row["dropped_bad"]]
        assert cells == [said.count(pair) for pair in ((True, True), (True, False), (False, True), (False, False))]
        assert row["num_judged"] == len(swahili)
        assert row["num_passed"] == sum(item["kind"] == "open" for item in swahili)
    # Forty of forty with one score are enough; one question in five is odd.
    assert found["language_thresholds"] == {"sw": {"answerable": 4, "answer_supported": 5}}
    setting = yaml.safe_load(out[out.index("judge:\n") :])["judge"]
    assert Judge(**setting).thresholds_of("sw")["answer_supported"] == 5
    answers = by_check["answer_supported", "sw"]
    assert (answers["kept_good"], answers["kept_bad"], answers["kappa"], answers["good"]) == (40, 0, None, None)
    assert answers["precision"]["estimate"] == 1
    line = next(line for line in out.split("\nitem")[-1].splitlines() if "Swahili" in line)
    assert " 40 " in line

    # The config's own verdicts are read where no file is named.
    heeding = SampleRun(
        done.sample, done.server, done.output, (*done.overrides, f"questions.verdicts={verdicts}"), "judge"
    )
    assert command(heeding, "calibrate") == 0
    assert capsys.readouterr().out == out


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ((), "no verdicts; give --verdicts FILE"),
        (("--verdicts", "none.csv"), "none.csv: there is no such file of verdicts"),
        (("--verdicts", "none.csv", "--precision", "90"), "--precision 90.0: is a share between 0 and 1"),
        (("--verdicts", "{empty}"), "holds no verdicts"),
        (("--verdicts", "{one}"), "`judge` is not complete for this config"),
    ],
)
def test_what_cannot_be_done_is_said(
    built_sample: BuiltSample, commons: CommonsServer, tmp_path: Path, what: tuple[str, ...], says: str,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    header = "qa_id,template_id,reworded,reviewer,question,answer,picture,comment,sheet\n"
    files = {"empty": tmp_path / "empty.csv", "one": tmp_path / "one.csv"}
    files["empty"].write_text(header, encoding="utf-8")
    files["one"].write_text(f"{header}item 7,country/sw/open/1/r1,no,A,good,right,yes,,x\n", encoding="utf-8")
    run = SampleRun(built_sample, commons, str(tmp_path / "output"))
    assert command(run, "calibrate", *(each.format(**files) for each in what)) == 2
    assert says in capsys.readouterr().err
