"""What must go is gone from store and shards, stays gone, and nothing else changes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jobs.chain import survey
from jobs.cli import main
from pipeline.picture_store import PictureStore
from pipeline.stage import StageOutput
from pipeline.tables import read_table
from sample.build import BuiltSample
from sample.commons_server import CommonsServer
from tests.kit.sample_run import SampleRun

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
Row = dict[str, Any]


def takedown(run: SampleRun, *what: str) -> int:
    settings = [argument for setting in run.settings for argument in ("--set", setting)]
    return main(["takedown", "--config", "configs/debug.yaml", *settings, *what])


def outputs(run: SampleRun) -> dict[str, StageOutput]:
    return {stage.name: stage.output for stage in survey(run.config) if stage.output is not None}


def shards(run: SampleRun) -> dict[str, list[Row]]:
    """Rows of the shards by partition."""
    output = outputs(run)["assemble"]
    return {
        commit.partition: [
            row
            for file in commit.files
            if file.table == "shards"
            for row in read_table(output.directory, file.path).to_pylist()
        ]
        for commit in output.manifest.commits
    }


WAYS: dict[str, Callable[[Row], list[str]]] = {
    "sha256": lambda row: ["--sha256", row["sha256"]],
    "file": lambda row: ["--file", f"File:{row['title'].replace(' ', '_')}"],
    "qid": lambda row: ["--qid", f"Q{row['qid']}"],
}


@pytest.fixture
def done(built_sample: BuiltSample, commons: CommonsServer, tmp_path: Path) -> SampleRun:
    run = SampleRun(built_sample, commons, str(tmp_path / "output"), ("select.limit=24",))
    assert main(run.arguments("run", "--local")) == 0
    return run


@pytest.mark.parametrize("way", WAYS)
def test_a_picture_and_its_samples_are_gone_and_stay_gone(
    done: SampleRun, way: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before, stored = shards(done), PictureStore(done.storage).digests()
    part, row = next((part, rows[1]) for part, rows in sorted(before.items()) if len(rows) > 2)
    qa_ids = {item["qa_id"] for item in row["items"]}
    assert takedown(done, *WAYS[way](row), "--reason", "asked by its author") == 0
    assert "1 pictures gone, 1 packs of the store and 1 shards held them" in capsys.readouterr().out

    assert PictureStore(done.storage).digests() == stored - {row["sha256"]}
    after = shards(done)
    assert after == {**before, part: [other for other in before[part] if other["sha256"] != row["sha256"]]}
    assert not qa_ids & set(outputs(done)["assemble"].read("index").column("qa_id").to_pylist())
    assert outputs(done)["assemble"].manifest.counts.not_selected["taken_down"] == 1
    left = [info.path for info in done.storage.list("") if row["image"] in done.storage.read(info.path)]
    assert left == []
    for page in ("preview.html", "attribution.html"):
        assert row["title"] not in outputs(done)["assemble"].directory.read(f"documents/{page}").decode()
    assert main(done.arguments("verify")) == 0

    # Another run with the same output does not fetch it again, and one that says it again changes nothing.
    fetched = len(done.server.requests)
    families = "images.licence_families=[cc0,pd,cc-by,cc-by-sa,fal]"
    other = SampleRun(done.sample, done.server, done.output, (*done.overrides, families))
    assert main(other.arguments("run", "--local")) == 0
    assert row["sha256"] not in {each["sha256"] for rows in shards(other).values() for each in rows}
    assert not any("thumb" in request.path for request in done.server.requests[fetched:])
    assert takedown(done, *WAYS[way](row)) == 0
    assert shards(done) == after
    [stone] = done.storage.list("takedown/")
    assert json.loads(done.storage.read(stone.path))["reason"] == "asked by its author"


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ([], "--file, --sha256 or --qid: name at least one"),
        (["--file", "a|b.jpg"], "has characters that titles cannot have"),
    ],
)
def test_what_names_nothing_is_refused(
    done: SampleRun, what: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert takedown(done, *what) == 2
    assert says in capsys.readouterr().err
    assert list(done.storage.list("takedown/")) == []


def test_a_picture_taken_down_in_the_middle_of_a_run_is_not_asked_about(
    built_sample: BuiltSample, commons: CommonsServer, tmp_path: Path
) -> None:
    run = SampleRun(built_sample, commons, str(tmp_path / "output"), ("select.limit=24",))
    assert main([*run.arguments("run", "--local"), "--to", "questions"]) == 0
    row = outputs(run)["images"].read("images").to_pylist()[2]
    assert takedown(run, "--sha256", row["sha256"]) == 0
    assert main(run.arguments("run", "--local")) == 0
    assert row["sha256"] not in {each["sha256"] for rows in shards(run).values() for each in rows}
    assert main(run.arguments("verify")) == 0
