"""The path on 1,120 real entities with real photographs: what comes out is checked by `verify`, not by this file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from jobs.chain import survey
from jobs.cli import main
from jobs.run_config import load_config
from pipeline.stage import StageOutput
from sample.commons_server import CommonsServer
from tests.kit.real_input import ABSENT, DUMPS, SHARED, picture_titles, write_real_commons

pytestmark = [pytest.mark.shared, pytest.mark.slow, pytest.mark.skipif(not SHARED.is_dir(), reason=ABSENT)]

CONFIG = "configs/debug.yaml"


def settings(output: Path, kind: str, *more: str) -> list[str]:
    # Photographs whose table names no author are set aside, as they must be.
    loose = "images.max_quarantined=0.2"
    no_model = "generation.engine=none"
    return [f"output={output}", f"extract.dump=[{DUMPS[kind]}]", "extract.range_mb=0.5", loose, no_model, *more]


def command(name: str, changed: Sequence[str], *more: str) -> list[str]:
    return [name, "--config", CONFIG, *[argument for one in changed for argument in ("--set", one)], *more]


def outputs(changed: Sequence[str]) -> dict[str, StageOutput]:
    return {stage.name: stage.output for stage in survey(load_config(CONFIG, changed)) if stage.output is not None}


@pytest.fixture(scope="module")
def commons(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a photograph for every picture that the concepts name."""
    changed = settings(tmp_path_factory.mktemp("titles"), "gz")
    assert main(command("run", changed, "--local", "--to", "select")) == 0
    folder = tmp_path_factory.mktemp("commons")
    write_real_commons(folder, picture_titles(outputs(changed)["select"]))
    return folder


def run(output: Path, kind: str, server: CommonsServer) -> dict[str, StageOutput]:
    changed = settings(output, kind, f"images.api_url={server.api_url}", f"images.upload_url={server.upload_url}")
    assert main(command("run", changed, "--local", "--to", "assemble")) == 0
    assert main(command("verify", changed, "--to", "assemble")) == 0
    return outputs(changed)


def test_both_compressions_give_the_same_verified_samples(tmp_path: Path, commons: Path) -> None:
    with CommonsServer(commons) as server:
        found = {kind: run(tmp_path / kind, kind, server) for kind in DUMPS}
    for table in ("concepts", "images", "questions", "shards", "index"):
        stage = {"concepts": "select", "images": "images", "questions": "questions"}.get(table, "assemble")
        tables = {kind: outputs[stage].read(table) for kind, outputs in found.items()}
        assert tables["gz"].equals(tables["bz2"]), table
    gz = found["gz"]
    assert gz["extract"].manifest.counts.rows_in == 1120
    assert gz["select"].num_rows("concepts") > 0
    assert gz["images"].num_rows("images") > 0
    assert set(gz["images"].manifest.counts.quarantined) <= {"no_author"}
    languages = set(gz["assemble"].read("index", ["language"]).column("language").to_pylist())
    assert len(languages) == 39, "every language has questions"
