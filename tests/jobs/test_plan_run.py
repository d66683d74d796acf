"""`culturalground plan --pilot`: a whole run foretold from a part of the embedded sample that was run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jobs.chain import survey
from jobs.cli import main
from tests.kit.sample_run import CONFIG, SampleRun

CLUSTER = str(Path(__file__).parents[2] / "cluster.yaml")
LABELS = "cluster.subclusters={cpu: cpu-spot}"


@pytest.fixture
def pilot(undisturbed: SampleRun) -> SampleRun:
    """The first 64 entities, without models."""
    return undisturbed


def command(run: SampleRun, *more: str, settings: tuple[str, ...] = ()) -> list[str]:
    changed = [word for one in (*run.settings, *settings) for word in ("--set", one)]
    return ["plan", "--config", CONFIG, *changed, *more]


def foretold(capsys: pytest.CaptureFixture[str], run: SampleRun, *more: str, settings: tuple[str, ...] = ()) -> Any:
    capsys.readouterr()
    assert main(command(run, *more, "--json", settings=settings)) == 0
    return json.loads(capsys.readouterr().out)["run"]


def larger(pilot: SampleRun, tmp_path: Path, *settings: str) -> SampleRun:
    """All of the sample, of which nothing was run."""
    return SampleRun(pilot.sample, pilot.server, str(tmp_path), ("select.limit=null", *settings))


@pytest.mark.slow
def test_rows_and_partitions_are_those_that_a_full_run_then_has(
    pilot: SampleRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    full = larger(pilot, tmp_path)
    found = foretold(capsys, full, "--pilot", pilot.output)["stages"]
    assert main(full.arguments("run", "--local")) == 0
    stages = {stage.name: stage.output.manifest for stage in survey(full.config) if stage.output is not None}
    assert set(stages) <= set(found)
    for name, manifest in stages.items():
        # A third differs from all: its entities are better known, and its last shards are a larger part of them.
        assert found[name]["rows"] == pytest.approx(manifest.counts.rows_in, rel=0.25), name
        assert found[name]["partitions"] == pytest.approx(len(manifest.commits), rel=0.3, abs=1), name
        assert found[name]["stored_bytes"] == pytest.approx(manifest.spend.stored_bytes, rel=0.3, abs=3000), name
    # As far as it has come, the full run tells how many rows it has.
    again = foretold(capsys, full, "--pilot", pilot.output)["stages"]
    for name in ("select", "images", "questions"):
        assert again[name]["rows"] == pytest.approx(stages[name].counts.rows_in, rel=0.001), name


def test_a_dump_that_cannot_be_reached_must_be_told(
    pilot: SampleRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    full = larger(pilot, tmp_path, "extract.dump=[/no/such/dump.json.gz]")
    assert main(command(full, "--pilot", pilot.output)) == 2
    told = capsys.readouterr().err
    assert "/no/such/dump.json.gz: there is no such file" in told
    assert "where they cannot be reached from here, --dump-gb tells how large the dump is" in told
    size = pilot.sample.dump_gz.stat().st_size
    found = foretold(capsys, full, "--pilot", pilot.output, "--dump-gb", str(10 * size / 1e9))
    [whole] = [stage.output for stage in survey(pilot.config) if stage.name == "extract"]
    assert whole is not None
    assert found["stages"]["extract"]["rows"] == pytest.approx(10 * whole.manifest.counts.rows_in, rel=1e-3)
    large = ("extract.range_mb=48", "select.rows_per_partition=4096", "images.rows_per_partition=4096",
             "assemble.rows_per_partition=16384", "assemble.shard_mb=128")  # fmt: skip
    found = foretold(capsys, full, "--pilot", pilot.output, "--dump-gb", "156", settings=large)
    assert found["stages"]["extract"]["partitions"] == 3250


def test_limits_of_commons_hold_pictures_up_and_a_mirror_does_not(
    pilot: SampleRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    full = larger(pilot, tmp_path, "images.requests_per_s=0.01")
    found = foretold(capsys, full, "--pilot", pilot.output)
    images = found["stages"]["images"]
    assert images["limits_s"]["Commons' requests"] == pytest.approx(100 * images["rows"] * 51 / 50)
    assert images["seconds"] >= images["limits_s"]["Commons' requests"]
    assert images["bound_by"] == "Commons' requests"
    [mirror] = [lever for lever in found["levers"] if lever["change"].startswith("images.mirrors")]
    assert mirror["seconds"] < 0.1


def test_the_table_has_every_stage_the_bill_and_what_to_change(
    pilot: SampleRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    full = larger(pilot, tmp_path, LABELS, "images.requests_per_s=0.01")
    assert main(command(full, "--pilot", pilot.output, "--cluster", CLUSTER, "--dump-gb", "1")) == 0
    text = capsys.readouterr().out
    assert "select is not complete, so what there is to ask about is not known yet" in text
    for name in ("extract", "select", "images", "questions", "arrange", "assemble"):
        [row] = [line for line in text.splitlines() if line.startswith(f"  {name} ")]
        assert row.endswith("cpu-spot")
    for told in (
        " days by the limit of Commons' requests", "Critical path", "USD, by prices of 20", "What makes it faster",
        "What makes it cheaper", "cpu-spot: max_workers 2 instead of 8", "a copy of Commons' files",
        "rephrase", "evaluate_base",
    ):  # fmt: skip
        assert told in text, told
    assert max(map(len, text[: text.index("What makes it faster")].splitlines())) < 150


def test_the_bill_is_hours_times_prices(pilot: SampleRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    full = larger(pilot, tmp_path, LABELS)
    found = foretold(capsys, full, "--pilot", pilot.output, "--cluster", CLUSTER)
    rows = found["bill"]["rows"]
    assert set(rows) == {"cpu-spot", "head"}
    assert rows["cpu-spot"]["hours"] == pytest.approx(found["node_seconds"]["cpu-spot"] / 3600)
    assert rows["cpu-spot"]["paid"] == rows["cpu-spot"]["on_spot"] < rows["cpu-spot"]["on_demand"]
    assert rows["head"]["hours"] == pytest.approx(found["seconds"] / 3600)
    assert found["bill"]["nodes"] == pytest.approx(sum(row["paid"] for row in rows.values()))


def test_a_run_that_wants_labels_names_its_cluster(
    pilot: SampleRun, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    full = larger(pilot, tmp_path, LABELS)
    words = command(full, "--pilot", pilot.output)
    words[words.index(CONFIG)] = str(Path(CONFIG).absolute())
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    assert "--cluster: debug wants nodes with labels (cluster.subclusters)" in capsys.readouterr().err


def test_a_price_of_gpu_hours_needs_a_pilot_with_models(
    pilot: SampleRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    full = larger(pilot, tmp_path, "generation.engine=vllm")
    assert main(command(full, "--pilot", pilot.output, "--price", "1")) == 2
    told = capsys.readouterr().err
    assert "no stage there has 2 partitions in which a model answered, so nothing has a --price" in told


def test_a_pilot_that_is_too_small_to_stand_for_a_dump_says_so(
    pilot: SampleRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = foretold(capsys, larger(pilot, tmp_path), "--pilot", pilot.output)
    assert not any("times the pilot" in warning for warning in found["warnings"])
    large = ("extract.range_mb=48", "select.rows_per_partition=4096", "images.rows_per_partition=4096",
             "assemble.rows_per_partition=16384", "assemble.shard_mb=128")  # fmt: skip
    found = foretold(capsys, larger(pilot, tmp_path), "--pilot", pilot.output, "--dump-gb", "10", settings=large)
    assert any("times the pilot's pictures" in warning for warning in found["warnings"])
