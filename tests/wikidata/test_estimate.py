"""What a sample says of a dump that can also be read whole."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from jobs.cli import main
from pipeline.errors import InputError
from pipeline.wikidata import estimate as estimates
from pipeline.wikidata.dump.ranges import Range
from pipeline.wikidata.estimate import Estimate, estimate, report
from pipeline.wikidata.extract import Extraction
from pipeline.wikidata.settings import Extract
from tests.wikidata.dumps import entity_line, item, layouts, statement

NUM_LINES = 3000


@pytest.fixture(scope="module")
def dump(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Lines of uneven length, long ones first, a tenth of them candidates of Rwanda, Indonesia or neither."""
    draw = random.Random(4)
    lines = []
    for number in range(1, NUM_LINES + 1):
        country = draw.choice([1037, 1037, 252, 999])
        claims = {
            "P18": [statement("P18", f"{number}.jpg", "string")],
            "P17": [statement("P17", item(country), "wikibase-entityid")],
        }
        size = draw.randrange(200, 1500) * (4 if number < 300 else 1)
        lines.append(
            entity_line(number, label=f"thing {number}", size=size, claims=claims if number % 10 == 0 else None)
        )
    return layouts(tmp_path_factory.mktemp("dump"), lines)


def config(path: Path) -> Extract:
    return Extract(dump=(str(path),), dump_date="2026-01-05")


def sampled(path: Path, monkeypatch: pytest.MonkeyPatch, num_samples: int = 12) -> Estimate:
    monkeypatch.setattr(estimates, "SAMPLE_TEXT_BYTES", 100_000)
    return estimate(str(path), config(path), num_samples)


@pytest.mark.parametrize("layout", ["members.json.gz", "frames.json.zst", "streams.json.bz2", "plain.json"])
def test_totals_are_near_the_truth_and_mostly_within_the_interval(
    dump: dict[str, Path], monkeypatch: pytest.MonkeyPatch, layout: str
) -> None:
    path = dump[layout]
    found = sampled(path, monkeypatch)
    size = path.stat().st_size
    whole = Extraction(config(path))
    whole.read(Range(str(path), layout.rsplit(".", 1)[1].replace("json", "plain"), 0, size, size, is_array=True))
    counts = whole.outcome().counts
    for name, truth in (("lines", counts.rows_in), ("candidates", counts.ok)):
        value, half_width = found.totals[name]
        assert abs(value - truth) < 0.25 * truth, name
        assert abs(value - truth) < max(1.7 * half_width, 0.02 * truth), name
    assert set(found.countries) == {"rwanda", "indonesia"}
    assert found.countries["rwanda"] > found.countries["indonesia"]
    assert 0 < found.share_read <= 1


def test_a_file_in_one_piece_is_judged_by_its_beginning(dump: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    found = sampled(dump["single.json.gz"], monkeypatch)
    assert found.totals["lines"][1] == float("inf")
    assert found.totals["lines"][0] > 300
    told = list(report("x", found))
    assert any("by one sample" in line for line in told)
    assert not any("inf" in line for line in told)


def test_the_command_prints_it_and_starts_nothing(
    dump: dict[str, Path], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = dump["members.json.gz"]
    arguments = ["extract", "--config", "configs/debug.yaml", "--set", f"output={tmp_path / 'out'}"]
    assert main([*arguments, "--estimate", str(path)]) == 0
    told = capsys.readouterr().out
    for part in ("of it read", "entities", "candidates", "parquet", "on 256", "rwanda"):
        assert part in told
    assert not (tmp_path / "out").exists()
    assert main([*arguments, "--estimate", str(tmp_path / "none.json.gz")]) == 2
    assert "there is no such file" in capsys.readouterr().err


def test_what_is_no_dump_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "page.json"
    path.write_text("<html></html>")
    with pytest.raises(InputError, match="not a Wikidata JSON dump"):
        estimate(str(path), config(path))
