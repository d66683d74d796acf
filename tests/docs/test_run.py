"""Commands that stand on a line of their own or first in a table are run, one after another, on a run of the sample."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping

import pyarrow.parquet as pq
import pytest
import yaml

from jobs.cli import main
from pipeline.config import Subclusters
from tests.docs.checks import TABLE, with_config
from tests.docs.written import ROOT, commands
from tests.kit.sample_run import SampleRun

pytestmark = pytest.mark.slow

TYPED = sorted({found.text for found in commands() if found.where != "sentence"})


def _reasons(text: str) -> list[str]:
    """Why a command is not run."""
    return [entry["because"] for entry in TABLE["not_run"] if re.fullmatch(entry["commands"], text)]


# Takedowns come last: they change what the others look at.
RUN = sorted((text for text in TYPED if not _reasons(text)), key=lambda text: "takedown" in text)


@pytest.fixture(scope="module")
def made(undisturbed: SampleRun, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    """A folder to work in, with a copy of a finished run and its config; word on the pages -> what stands for it."""
    folder = tmp_path_factory.mktemp("reader")
    output = folder / "output"
    shutil.copytree(undisturbed.output, output)
    # As copied from configs/paper.yaml, with the labels of the nodes in cluster.yaml.
    cluster = undisturbed.config.cluster.model_copy(update={"subclusters": Subclusters()})
    config = undisturbed.config.model_copy(update={"output": str(output), "cluster": cluster})
    (folder / "my.yaml").write_text(yaml.safe_dump(config.model_dump(mode="json")))
    for name in ("configs", "cluster.yaml", "deploy"):
        (folder / name).symlink_to(ROOT / name)
    first = pq.read_table(next(output.glob("assemble/*/tables/index"))).slice(0, 1).to_pylist()[0]
    record = str(output / f"{config.name}.json")
    words = {
        **TABLE["placeholders"],
        **dict.fromkeys(("BEFORE", "AFTER", "OUTPUT/records/BEFORE.json", "OUTPUT/records/AFTER.json"), record),
        "runs/debug/debug.json": record, "configs/debug.yaml": "my.yaml", "OUTPUT": str(output),
        "QA_ID": str(first["qa_id"]), "HEX": first["sha256"], "FOLDER": str(undisturbed.sample.benchmarks),
        "FILE": "written",
    }  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        yield words


@pytest.mark.parametrize("text", RUN)
def test_a_command_does_what_the_page_says(
    text: str, made: Mapping[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    found = next(command for command in commands() if command.text == text)
    words = with_config(found.words(made)[1:])
    code = main([*words, "--local"] if words[0] == "run" else words)
    assert code == TABLE["exits"].get(text, 0), capsys.readouterr()


def test_each_command_that_is_not_run_has_a_reason() -> None:
    assert [text for text in RUN if not text.startswith("culturalground ")] == []
    patterns = [entry["commands"] for entry in TABLE["not_run"]]
    assert [pattern for pattern in patterns if not any(re.fullmatch(pattern, text) for text in TYPED)] == []
    assert set(TABLE["exits"]) <= set(RUN)
    assert len(RUN) > 20
