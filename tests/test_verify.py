"""`verify` finds each thing that can be wrong with a run, and nothing in one that is right."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.commit import Counts
from pipeline.stage import StageOutput
from pipeline.storage import Storage, open_storage
from pipeline.verify import Check, verify_dataset, verify_stage
from tests.kit.stored_pictures import store
from tests.kit.tiny_run import Tables, picture_of, tiny_run

pytestmark = pytest.mark.slow

Outputs = Mapping[str, StageOutput]


@pytest.fixture
def output(tmp_path: Path) -> Storage:
    return open_storage(str(tmp_path))


def verify(outputs: Outputs, output: Storage) -> list[Check]:
    checks = [check for stage in outputs.values() for check in verify_stage(stage, outputs)]
    return [*checks, *verify_dataset(outputs, output)]


def problems(outputs: Outputs, output: Storage) -> dict[str, tuple[str, ...]]:
    return {check.name: check.problems for check in verify(outputs, output) if check.problems}


def only_problem(outputs: Outputs, output: Storage) -> tuple[str, str]:
    """The one check that fails and its one problem."""
    ((name, (problem,)),) = problems(outputs, output).items()
    return name, problem


def test_a_run_that_is_right_passes_every_check(storage: Storage) -> None:
    checks = verify(tiny_run(storage), storage)
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
        "concepts have unique ids": 4,
        "samples have unique ids": 8,
        "pictures exist and match their sha256": 4,
        "every sample has its statement, licence and index row": 8,
        "no entity is in two splits": 4,
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
        found = problems(outputs, output)[f"{stage}: files match their hash, rows and schema"]
        assert len(found) == 1
        assert f"{directory.uri}/{path}: " in found[0]
        directory.write(path, data)
    assert problems(outputs, output) == {}


def test_a_table_that_cannot_be_read_fails_the_checks_that_need_it_and_leaves_the_others(output: Storage) -> None:
    outputs = tiny_run(output)
    (file, _) = outputs["select"].files("concepts")
    outputs["select"].directory.write(file.path, b"not parquet")
    found = problems(outputs, output)
    assert set(found) == {
        "select: files match their hash, rows and schema",
        "concepts have unique ids",
        "every sample has its statement, licence and index row",
    }
    assert found["concepts have unique ids"][0].startswith("cannot be checked: ")


def test_a_table_of_another_schema_is_found(output: Storage) -> None:
    outputs = tiny_run(output)
    manifest = outputs["select"].manifest
    (commit, *others) = manifest.commits
    renamed = replace(commit, files=(replace(commit.files[0], table="entities"),))
    changed = StageOutput(outputs["select"].directory, replace(manifest, commits=(renamed, *others)))
    (first, *_) = verify_stage(changed, outputs)
    assert "does not have the schema of table entities" in first.problems[0]


@pytest.mark.parametrize("harm", HARM)
def test_every_picture_is_compared_with_its_name(output: Storage, harm: str) -> None:
    outputs = tiny_run(output)
    for qid in (1, 4):
        path = store(output, picture_of(qid))
        whole = output.read(path)
        HARM[harm](output, path)
        name, problem = only_problem(outputs, output)
        assert name == "pictures exist and match their sha256"
        assert (hashlib.sha256(picture_of(qid)).hexdigest() if harm == "it is gone" else path) in problem
        output.write(path, whole)


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
    found = problems(outputs, output)
    assert found == {"select: counts balance": tuple(f"select, partition 000000: {each}" for each in words)}


def test_a_row_record_that_is_not_the_files_is_found(output: Storage) -> None:
    outputs = tiny_run(output)
    (commit, *others) = outputs["images"].manifest.commits
    record = replace(commit, counts=Counts("rows", 3, 3), files=(replace(commit.files[0], rows=3),))
    manifest = replace(outputs["images"].manifest, commits=(record, *others))
    outputs["images"] = StageOutput(outputs["images"].directory, manifest)
    found = problems(outputs, output)["images: files match their hash, rows and schema"]
    assert "has 2 rows, the commit record says 3" in found[0]


@pytest.mark.parametrize("stage", ["select", "images", "questions", "rephrase", "judge", "arrange", "assemble"])
@pytest.mark.parametrize("rows", [1, 3, None])
def test_input_rows_read_twice_or_never_are_found(output: Storage, stage: str, rows: int | None) -> None:
    outputs = tiny_run(output)
    (commit, *others) = outputs[stage].manifest.commits
    manifest = replace(outputs[stage].manifest, commits=(replace(commit, input_rows=rows), *others))
    outputs[stage] = StageOutput(outputs[stage].directory, manifest)
    name, problem = only_problem(outputs, output)
    assert name.startswith(f"{stage}: every row of ")
    assert problem == f"{stage} read {(rows or 0) + 2} rows, there are 4"


def test_a_stage_that_is_missing_fails_what_depends_on_it_and_nothing_else(output: Storage) -> None:
    outputs = tiny_run(output)
    for missing in outputs:
        left = {name: stage for name, stage in outputs.items() if name != missing}
        found = problems(left, output)
        assert all(f"{missing} is not complete" in each for each in found.values()), missing
        assert found
    assert set(problems({}, output)) == {"the data set is complete"}


# Content: rows that are wrong, committed in good order.

UNIQUE_SAMPLES = "samples have unique ids"
SAMPLES = "every sample has its statement, licence and index row"


def shard(tables: Tables) -> dict[str, Any]:
    """The first picture of the first shard."""
    return tables["shards"][0][0]


CONTENT: dict[str, tuple[Callable[[Tables], object], dict[str, str]]] = {
    "a concept comes twice": (
        lambda tables: tables["concepts"][1][0].update(qid=1),
        {"concepts have unique ids": "qid 1 comes more than once in concepts", SAMPLES: "sample 30: is not grounded"},
    ),
    "a sample comes twice": (
        lambda tables: (
            tables["index"][1][0].update(qa_id=10),
            tables["shards"][1][0]["items"][0].update(qa_id=10),
        ),
        {UNIQUE_SAMPLES: "qa_id 10 comes more than once in index"},
    ),
    "an index row is missing": (
        lambda tables: tables["index"][0].pop(1),
        {SAMPLES: "sample 11: the index does not have it"},
    ),
    "an index row is too many": (
        lambda tables: tables["index"][1].append({**tables["index"][1][0], "qa_id": 99, "item": 7}),
        {SAMPLES: "sample 99: the index puts it at ('000001', 0, 7), which no shard holds"},
    ),
    "an index row points to another place": (
        lambda tables: tables["index"][0][0].update(row=5),
        {SAMPLES: "sample 10: the index does not have it"},
    ),
    "an index row says another language": (
        lambda tables: tables["index"][0][0].update(language="sw"),
        {SAMPLES: "sample 10: the index has another language"},
    ),
    "the shard has another picture's bytes": (
        lambda tables: shard(tables).update(image=picture_of(2)),
        {SAMPLES: "Q1: the bytes in the shard are not picture "},
    ),
    "the shard has a picture that was not chosen": (
        lambda tables: tables["images"][0].__setitem__(0, {**tables["images"][0][0], "qid": 7}),
        {SAMPLES: "Q1: its picture "},
    ),
    "the picture has no licence": (
        lambda tables: shard(tables).update(licence=""),
        {SAMPLES: "sample 10: its picture has no licence or no attribution"},
    ),
    "the picture has no attribution": (
        lambda tables: shard(tables).update(attribution=""),
        {SAMPLES: "sample 10: its picture has no licence or no attribution"},
    ),
    "an answer rests on nothing": (
        lambda tables: shard(tables)["items"][0].update(statement_ids=[]),
        {SAMPLES: "sample 10: is not grounded in a statement of Q1"},
    ),
    "an answer rests on another entity's statement": (
        lambda tables: shard(tables)["items"][0].update(statement_ids=["Q2$17"]),
        {SAMPLES: "sample 10: is not grounded in a statement of Q1"},
    ),
    "the wrong option is marked": (
        lambda tables: shard(tables)["items"][1].update(answer_index=1),
        {SAMPLES: "sample 11: the option marked right is not the answer"},
    ),
    "no option is marked": (
        lambda tables: shard(tables)["items"][1].update(answer_index=None),
        {SAMPLES: "sample 11: the option marked right is not the answer"},
    ),
    "an option is marked that there is not": (
        lambda tables: shard(tables)["items"][1].update(answer_index=2),
        {SAMPLES: "sample 11: the option marked right is not the answer"},
    ),
    "a choice has no options": (
        lambda tables: shard(tables)["items"][1].update(choices=None, choice_qids=None),
        {SAMPLES: "sample 11: the option marked right is not the answer"},
    ),
    "an entity is in two splits": (
        lambda tables: tables["index"][0][0].update(split="test"),
        {SAMPLES: "sample 10: the index has another split", "no entity is in two splits": "Q1 is in two splits"},
    ),
}


@pytest.mark.parametrize("name", CONTENT)
def test_content_that_is_wrong_is_found_and_named(output: Storage, name: str) -> None:
    change, expected = CONTENT[name]
    found = problems(tiny_run(output, change), output)
    assert set(found) == set(expected)
    for check, words in expected.items():
        assert any(words in problem for problem in found[check]), found[check]


def test_an_empty_run_is_right(output: Storage) -> None:
    def empty(tables: Tables) -> None:
        for partitions in tables.values():
            for rows in partitions:
                rows.clear()

    assert problems(tiny_run(output, empty), output) == {}
