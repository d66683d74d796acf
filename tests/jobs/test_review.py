"""A run is put before reviewers, they judge, and the next run heeds it."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from jobs.chain import survey
from jobs.cli import main
from pipeline.review.sheet_csv import JUDGED
from pipeline.review.verdict_file import read_history
from sample.build import BuiltSample
from sample.commons_server import CommonsServer
from tests.kit.sample_run import SampleRun

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture
def done(built_sample: BuiltSample, commons: CommonsServer, tmp_path: Path) -> SampleRun:
    run = SampleRun(built_sample, commons, str(tmp_path / "output"), ("select.limit=24", "questions.languages=[sw,ar]"))
    assert main(run.arguments("run", "--local")) == 0
    return run


def review(run: SampleRun, *what: str | Path) -> int:
    settings = [argument for setting in run.settings for argument in ("--set", setting)]
    return main(["review", "--config", "configs/debug.yaml", *settings, *map(str, what)])


def rows_of(sheet: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(sheet.read_text(encoding="utf-8-sig"), newline="")))


def fill(sheet: Path, to: Path, judge: dict[str, str], reviewer: str, **changes: str) -> Path:
    """The sheet with these words in each row, saved as a spreadsheet program with semicolons does."""
    rows = [
        row | {JUDGED[name]: word for name, word in judge.items()} | {"reviewer": reviewer} for row in rows_of(sheet)
    ]
    rows[0] |= changes
    with to.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=";")
        writer.writeheader()
        writer.writerows(rows)
    return to


def directories(run: SampleRun) -> dict[str, str | None]:
    return {stage.name: stage.directory.uri if stage.directory else None for stage in survey(run.config)}


def test_from_a_sheet_to_a_run_that_heeds_it(
    done: SampleRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    into, verdicts = tmp_path / "sheets", tmp_path / "verdicts.csv"
    assert review(done, "--language", "sw", "--n", "12", "--into", into) == 0
    assert review(done, "--language", "sw", "--n", "12", "--seed", "1", "--into", into) == 0
    assert review(done, "--language", "ar", "--n", "12", "--into", into) == 0
    first = into / "debug-sw-12-seed0.csv"
    assert sorted(path.name for path in into.iterdir()) == [
        f"debug-{name}.{end}" for name in ("ar-12-seed0", "sw-12-seed0", "sw-12-seed1") for end in ("csv", "html")
    ]
    assert len(rows_of(first)) == 12
    assert len({row["picture"] for row in rows_of(first)}) == 12
    before = first.read_bytes()
    assert review(done, "--language", "sw", "--n", "12", "--into", into) == 0
    assert first.read_bytes() == before
    capsys.readouterr()

    # Five speakers find every wording of the sheet wrong, and one says so twice.
    names = [f"speaker {number}" for number in range(5)]
    said = {"question": "wrong", "answerable": "no", "answer": "right"}
    sheets = [fill(first, tmp_path / f"{name}.csv", said, name) for name in names]
    sheets.append(fill(first, tmp_path / "again.csv", {**said, "picture": "yes"}, names[0]))
    assert review(done, "--import", *sheets, "--into", verdicts) == 0
    out = capsys.readouterr().out
    assert "72 new verdicts; 12 replaced an earlier one of the same reviewer, 0 rows were empty" in out
    counted = "0 of 60 (0 %, 0 to 6) 0 of 60 (0 %, 0 to 6) 60 of 60 (100 %, 94 to 100) 12 of 12"
    assert f"Swahili {counted}" in " ".join(out.split())
    templates = {row["template_id"] for row in rows_of(first)}
    assert all(f"  {template}" in out for template in templates)
    assert out.count("switched off") == len(templates)
    stored = verdicts.read_bytes()
    assert len(read_history(stored, "verdicts.csv")) == 72
    assert review(done, "--import", *sheets, first, "--into", verdicts) == 0
    assert (
        "0 new verdicts; 0 replaced an earlier one of the same reviewer, 12 rows were empty" in capsys.readouterr().out
    )
    assert verdicts.read_bytes() == stored

    heeding = SampleRun(done.sample, done.server, done.output, (*done.overrides, f"questions.verdicts={verdicts}"))
    old, new = directories(done), directories(heeding)
    alike = [name for name in old if new[name] and old[name] == new[name]]
    assert alike == ["extract", "select", "images", "model", "benchmarks"]
    # Sheets are taken in while the questions are not made anew yet.
    late = fill(into / "debug-ar-12-seed0.csv", tmp_path / "late.csv", {"question": "good"}, "A")
    assert review(heeding, "--import", late) == 0
    assert review(heeding, "--language", "sw") == 2
    assert "`questions` is not complete for this config; run it first" in capsys.readouterr().err
    assert main(heeding.arguments("run", "--local")) == 0
    outputs = {stage.name: stage.output for stage in survey(heeding.config) if stage.output}
    made = {item["template_id"] for row in outputs["judge"].read("judged").to_pylist() for item in row["items"]}
    assert made
    assert not made & templates
    card = outputs["assemble"].directory.read("documents/README.md").decode()
    shares = "0 of 60 (0 %, 0 to 6) | 0 of 60 (0 %, 0 to 6) | 60 of 60 (100 %, 94 to 100) | 12 of 12 (100 %, 76 to 100)"
    assert f"| Swahili | {shares} | {len(templates)} |" in card
    assert "| Arabic | 12 of 12 (100 %, 76 to 100) | none judged | none judged | none judged | 0 |" in card
    assert main(heeding.arguments("verify")) == 0


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"qa_id": "item 5"}, "has the item 5; give the sheet's own config"),
        ({"template_id": "country/sw/open/99/r1"}, "the catalogue has no template country/sw/open/99/r1"),
        ({"template_id": "country/ar/open/1/r1"}, "not country/ar/open/1/r1"),
        ({JUDGED["picture"]: "maybe"}, "write yes, no, or nothing"),
    ],
)
def test_a_faulty_row_is_named_and_nothing_is_imported(
    done: SampleRun, tmp_path: Path, changes: dict[str, str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert review(done, "--language", "sw", "--n", "3", "--into", tmp_path) == 0
    sheet = tmp_path / "debug-sw-3-seed0.csv"
    good = fill(sheet, tmp_path / "good.csv", {"question": "good"}, "A")
    bad = fill(sheet, tmp_path / "bad.csv", {"question": "good"}, "B", **changes)
    capsys.readouterr()
    assert review(done, "--import", good, bad, "--into", tmp_path / "verdicts.csv") == 2
    said = capsys.readouterr().err
    assert said.startswith(f"error: {bad}, row 2: ")
    assert says in said
    assert not (tmp_path / "verdicts.csv").exists()


def test_a_sheet_in_which_somebody_judged_is_not_written_over(
    done: SampleRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert review(done, "--language", "ar", "--n", "3", "--into", tmp_path) == 0
    sheet = tmp_path / "debug-ar-3-seed0.csv"
    fill(sheet, sheet, {"question": "good"}, "A")
    judged = sheet.read_bytes()
    assert review(done, "--language", "ar", "--n", "3", "--into", tmp_path) == 2
    assert "is there already and differs" in capsys.readouterr().err
    assert sheet.read_bytes() == judged


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ((), "give --language for a new sheet, or --import"),
        (("--language", "sw", "--import", "x.csv"), "give --language for a new sheet, or --import"),
        (("--language", "en"), "this run asks no questions in it"),
        (("--language", "sw", "--n", "0"), "a sheet has 1 to 1000 questions"),
        (("--import", "none.csv"), "none.csv: cannot be read"),
    ],
)
def test_what_cannot_be_done_is_said(
    built_sample: BuiltSample, commons: CommonsServer, tmp_path: Path, what: tuple[str, ...], says: str,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    run = SampleRun(built_sample, commons, str(tmp_path / "output"), ("questions.languages=[sw,ar]",))
    assert review(run, *what) == 2
    assert says in capsys.readouterr().err
