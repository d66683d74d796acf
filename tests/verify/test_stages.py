"""Files and counts of every stage: each thing that can be wrong is found, and nothing in a run that is right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.commit import Counts
from pipeline.stage import StageOutput
from pipeline.storage import Storage, open_storage
from pipeline.verify.check import SHOWN, Check
from pipeline.verify.stages import verify_stage
from tests.kit.tiny_run import Tables, tiny_run

pytestmark = pytest.mark.slow

Outputs = Mapping[str, StageOutput]


@pytest.fixture
def output(tmp_path: Path) -> Storage:
    return open_storage(str(tmp_path))


def verify(outputs: Outputs) -> list[Check]:
    return [check for stage in outputs.values() for check in verify_stage(stage, outputs)]


def problems(outputs: Outputs) -> dict[str, tuple[str, ...]]:
    return {check.name: check.problems for check in verify(outputs) if check.problems}


def only_problem(outputs: Outputs) -> tuple[str, str]:
    """The one check that fails and its one problem."""
    ((name, (problem,)),) = problems(outputs).items()
    return name, problem


def test_a_run_that_is_right_passes_every_check(storage: Storage) -> None:
    checks = verify(tiny_run(storage))
    assert [check for check in checks if check.problems] == []
    assert {check.name: check.looked_at for check in checks} == {
        "extract: files match their hash, rows and schema": 3,
        "extract: counts balance": 2,
        "select: files match their hash, rows and schema": 3,
        "select: counts balance": 2,
        "select: every row of entities was read once": 4,
        "images: files match their hash, rows and schema": 3,
        "images: counts balance": 2,
        "images: every row of concepts was read once": 4,
        "questions: files match their hash, rows and schema": 3,
        "questions: counts balance": 2,
        "questions: every row of images was read once": 4,
        "rephrase: files match their hash, rows and schema": 3,
        "rephrase: counts balance": 2,
        "rephrase: every row of questions was read once": 4,
        "judge: files match their hash, rows and schema": 3,
        "judge: counts balance": 2,
        "judge: every row of rephrased was read once": 4,
        "arrange: files match their hash, rows and schema": 3,
        "arrange: counts balance": 2,
        "arrange: every row of judged was read once": 4,
        "assemble: files match their hash, rows and schema": 5,
        "assemble: counts balance": 2,
        "assemble: every row of arranged was read once": 4,
    }


# Bytes: whatever file, whatever was done to it.

HARM: dict[str, Callable[[Storage, str], None]] = {
    "a byte is another": lambda directory, path: directory.write(path, flipped(directory.read(path))),
    "the end is missing": lambda directory, path: directory.write(path, directory.read(path)[:-1]),
    "it is empty": lambda directory, path: directory.write(path, b""),
    "it is gone": lambda directory, path: directory.delete(path),
}


def flipped(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


@pytest.mark.parametrize("harm", HARM)
@pytest.mark.parametrize("stage", ["extract", "select", "images", "questions", "judge", "arrange", "assemble"])
def test_every_file_and_document_is_compared_with_its_record(output: Storage, stage: str, harm: str) -> None:
    outputs = tiny_run(output)
    directory, manifest = outputs[stage].directory, outputs[stage].manifest
    files = [file for commit in manifest.commits for file in commit.files]
    for path in [file.path for file in (*files, *manifest.documents)]:
        data = directory.read(path)
        HARM[harm](directory, path)
        found = problems(outputs)[f"{stage}: files match their hash, rows and schema"]
        assert len(found) == 1
        assert f"{directory.uri}/{path}: " in found[0]
        directory.write(path, data)
    assert problems(outputs) == {}


def test_a_table_of_another_schema_is_found(output: Storage) -> None:
    outputs = tiny_run(output)
    manifest = outputs["select"].manifest
    (commit, *others) = manifest.commits
    renamed = replace(commit, files=(replace(commit.files[0], table="entities"),))
    changed = StageOutput(outputs["select"].directory, replace(manifest, commits=(renamed, *others)))
    (first, *_) = verify_stage(changed, outputs)
    assert "does not have the schema of table entities" in first.problems[0]


# Records: counts that the rows do not bear out. The digest fits, as it would where a stage itself counted wrongly.


def with_counts(output: StageOutput, **changes: Any) -> StageOutput:
    (commit, *others) = output.manifest.commits
    record = replace(commit, counts=replace(commit.counts, **changes))
    return StageOutput(output.directory, replace(output.manifest, commits=(record, *others)))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rows_in": 3}, ["1 rows are not accounted for"]),
        ({"rows_in": 1}, ["-1 rows are not accounted for"]),
        ({"ok": 1, "not_selected": {"dull": 1}}, ["2 rows in concepts, the record says 1"]),
        ({"rows_in": 3, "quarantined": {"bad": 1}}, ["0 rows in quarantine, the record says 1"]),
        ({"ok": 3}, ["-1 rows are not accounted for", "2 rows in concepts, the record says 3"]),
    ],
)
def test_counts_are_compared_with_rows(output: Storage, changes: dict[str, Any], words: list[str]) -> None:
    outputs = tiny_run(output)
    outputs["select"] = with_counts(outputs["select"], **changes)
    found = problems(outputs)
    assert found == {"select: counts balance": tuple(f"select, partition 000000: {each}" for each in words)}


def test_a_row_record_that_is_not_the_files_is_found(output: Storage) -> None:
    outputs = tiny_run(output)
    (commit, *others) = outputs["images"].manifest.commits
    record = replace(commit, counts=Counts("rows", 3, 3), files=(replace(commit.files[0], rows=3),))
    manifest = replace(outputs["images"].manifest, commits=(record, *others))
    outputs["images"] = StageOutput(outputs["images"].directory, manifest)
    found = problems(outputs)["images: files match their hash, rows and schema"]
    assert "has 2 rows, the commit record says 3" in found[0]


@pytest.mark.parametrize("stage", ["select", "images", "questions", "rephrase", "judge", "arrange", "assemble"])
@pytest.mark.parametrize("rows", [1, 3, None])
def test_input_rows_read_twice_or_never_are_found(output: Storage, stage: str, rows: int | None) -> None:
    outputs = tiny_run(output)
    (commit, *others) = outputs[stage].manifest.commits
    manifest = replace(outputs[stage].manifest, commits=(replace(commit, input_rows=rows), *others))
    outputs[stage] = StageOutput(outputs[stage].directory, manifest)
    name, problem = only_problem(outputs)
    assert name.startswith(f"{stage}: every row of ")
    assert problem == f"{stage} read {(rows or 0) + 2} rows, there are 4"


def test_a_stage_that_is_missing_fails_what_depends_on_it_and_nothing_else(output: Storage) -> None:
    outputs = tiny_run(output)
    for missing in outputs:
        left = {name: stage for name, stage in outputs.items() if name != missing}
        found = problems(left)
        assert all(f"{missing} is not complete" in each for each in found.values()), missing
        assert found or missing == "assemble"


def test_an_empty_run_is_right(output: Storage) -> None:
    def empty(tables: Tables) -> None:
        for partitions in tables.values():
            for rows in partitions:
                rows.clear()

    assert problems(tiny_run(output, empty)) == {}


def test_of_many_problems_the_first_are_kept_and_all_are_counted() -> None:
    check = Check.of("numbers", 1000, map(str, range(1000)))
    assert check.problems == tuple(map(str, range(SHOWN)))
    assert check.num_problems == 1000
