"""`culturalground export` on a complete run: each form holds every sample, and a killed one goes on."""

from __future__ import annotations

import io
import json
import os
import signal
import tarfile
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from jobs.chain import survey
from jobs.cli import main
from pipeline.stage import StageOutput
from pipeline.storage import open_storage
from tests.kit.driver import started, wait_until
from tests.kit.sample_run import CONFIG, SampleRun

pytestmark = [pytest.mark.slow]
FORMATS = ("llava", "datasets", "webdataset")


def arguments(run: SampleRun, *more: str) -> list[str]:
    settings = [argument for setting in run.settings for argument in ("--set", setting)]
    return ["export", "--config", CONFIG, *settings, *more]


def assembled(run: SampleRun) -> StageOutput:
    return next(stage.output for stage in survey(run.config) if stage.name == "assemble" and stage.output)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def samples(files: dict[str, bytes]) -> Counter[tuple[str, int]]:
    """(split, qa_id) of every sample, however the files hold them."""
    found: Counter[tuple[str, int]] = Counter()
    for path, data in files.items():
        folder, split = path.split("/")[0], path.split("/")[-1].split("-")[0]
        if path.endswith(".json") and "/" in path:
            found.update((folder, each["qa_id"]) for each in json.loads(data))
        elif folder == "questions":
            table = pq.read_table(io.BytesIO(data), columns=["qa_id"])
            found.update((split, qa_id) for qa_id in table.column("qa_id").to_pylist())
        elif path.endswith(".tar") and folder != "images":
            with tarfile.open(fileobj=io.BytesIO(data)) as tar:
                for member in tar.getmembers():
                    if member.name.endswith(".json"):
                        items = json.load(tar.extractfile(member))["items"]  # type: ignore[arg-type]
                        found.update((folder, item["qa_id"]) for item in items)
    return found


@pytest.mark.parametrize("form", FORMATS)
def test_every_sample_of_the_index_is_there_once(
    undisturbed: SampleRun, tmp_path: Path, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments(undisturbed, "--format", form, "--to", str(tmp_path / "out"))) == 0
    assert f"{tmp_path}/out: " in capsys.readouterr().out
    index = assembled(undisturbed).read("index", ["split", "qa_id"]).to_pylist()
    assert samples(contents(tmp_path / "out")) == Counter((row["split"], row["qa_id"]) for row in index)


def test_killed_again_and_again_it_ends_with_the_same_bytes(undisturbed: SampleRun, tmp_path: Path) -> None:
    assert main(arguments(undisturbed, "--format", "llava", "--to", str(tmp_path / "whole"))) == 0
    target = tmp_path / "out"
    command = arguments(undisturbed, "--format", "llava", "--to", str(target))
    for after in (1, 6):
        with started(command) as driver:
            wait_until(driver, lambda: len(list(target.glob(".export/shards/*.json"))) >= after, f"{after} shards")  # noqa: B023
            os.kill(driver.pid, signal.SIGKILL)
            assert driver.wait()[0] == -signal.SIGKILL
        assert not (target / "manifest.json").exists()
    assert main(command) == 0
    found = {path: data for path, data in contents(target).items() if "/.tmp-" not in path}
    assert found == contents(tmp_path / "whole")


def test_one_split_with_quotes(undisturbed: SampleRun, tmp_path: Path) -> None:
    command = arguments(undisturbed, "--format", "llava", "--quotes", "--split", "test", "--to", str(tmp_path / "out"))
    assert main(command) == 0
    files = contents(tmp_path / "out")
    assert {split for split, _ in samples(files)} == {"test"}
    texts = [turn["value"] for path in files if path.startswith("test/") for each in json.loads(files[path])
             for turn in each["conversations"]]  # fmt: skip
    assert all(text.removeprefix("<image>\n").startswith('"') and text.endswith('"') for text in texts)


@pytest.mark.s3
def test_a_bucket_as_target(undisturbed: SampleRun, tmp_path: Path, s3_uri: str) -> None:
    for to in (str(tmp_path / "out"), s3_uri):
        assert main(arguments(undisturbed, "--format", "webdataset", "--to", to)) == 0
    bucket = open_storage(s3_uri)
    assert {info.path: bucket.read(info.path) for info in bucket.list("")} == contents(tmp_path / "out")


@pytest.mark.s3
def test_a_bucket_that_is_not_there(undisturbed: SampleRun, s3_uri: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments(undisturbed, "--format", "llava", "--to", "s3://no-such-bucket/x")) == 2
    assert "error: --to: s3://no-such-bucket/x" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--format", "datasets", "--quotes"], "--quotes, --no-quotes: only --format llava knows quotes"),
        (["--format", "llava", "--to", "https://example.org/x"], "--to https://example.org/x: can only be read"),
        (["--format", "llava", "--set", "assemble.test=0.5"], "`assemble` is not complete for this config"),
    ],
)
def test_refused_in_one_sentence(
    undisturbed: SampleRun, tmp_path: Path, more: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments(undisturbed, "--to", str(tmp_path / "out"), *more)) == 2
    assert says in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
