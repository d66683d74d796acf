"""Recounts a run from storage: believes no record that it has not compared with the bytes."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.commit import CommitRecord
from pipeline.errors import StorageError
from pipeline.picture_store import PictureStore
from pipeline.schema import TABLES
from pipeline.stage import StageOutput
from pipeline.storage import Storage
from pipeline.tables import FileRecord, read_table
from pipeline.takedown import Tombstones

INPUT_TABLE = {
    "select": ("extract", "entities"),
    "images": ("select", "concepts"),
    "questions": ("images", "images"),
    "rephrase": ("questions", "questions"),
    "judge": ("rephrase", "rephrased"),
    "arrange": ("judge", "judged"),
    "assemble": ("arrange", "arranged"),
    "evaluate_base": ("assemble", "shards"),
    "evaluate_trained": ("assemble", "shards"),
}
INDEXED = ("qa_id", "qid", "sha256", "split", "language", "kind")
DATASET_STAGES = ("select", "images", "assemble")


@dataclass(frozen=True)
class Check:
    """One thing that was checked: how many were looked at, and what was found wrong."""

    name: str
    looked_at: int
    problems: tuple[str, ...]


def verify_stage(output: StageOutput, inputs: Mapping[str, StageOutput]) -> Iterator[Check]:
    """Files against their records, counts against rows, input rows against the stage before.

    Args:
        output: the stage to check.
        inputs: complete stages by name; those that it read are among them, or the check of its input fails.
    """
    stage = output.manifest.stage
    files = [file for commit in output.manifest.commits for file in commit.files]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda file: _file_problem(output.directory, file), files))
    documents = [_document_problem(output.directory, document) for document in output.manifest.documents]
    problems = tuple(problem for problem in [*found, *documents] if problem)
    yield Check(f"{stage}: files match their hash, rows and schema", len(found) + len(documents), problems)
    yield Check(f"{stage}: counts balance", len(output.manifest.commits), tuple(_count_problems(output)))
    if stage in INPUT_TABLE:
        yield _input_check(output, *INPUT_TABLE[stage], inputs)
    if output.files("model_files"):
        yield _model_check(output)


def verify_dataset(outputs: Mapping[str, StageOutput], output: Storage) -> Iterator[Check]:
    """Ids unique, pictures present and true to their name, every sample with statement and licence.

    Args:
        outputs: complete stages by name; nothing can be checked, and one check fails, where one is missing.
        output: the run's storage, which holds the pictures.
    """
    missing = tuple(f"{name} is not complete" for name in DATASET_STAGES if name not in outputs)
    if missing:
        yield Check("the data set is complete", len(outputs), missing)
        return
    checks: dict[str, Callable[[], tuple[int, list[str]]]] = {
        "concepts have unique ids": lambda: _unique(outputs["select"], "concepts", "qid"),
        "samples have unique ids": lambda: _unique(outputs["assemble"], "index", "qa_id"),
        "pictures exist and match their sha256": lambda: _pictures(outputs["images"], output),
        "every sample has its statement, licence and index row": lambda: _samples(outputs),
        "no entity is in two splits": lambda: _splits(outputs["assemble"]),
    }
    for name, check in checks.items():
        try:
            looked_at, problems = check()
        except (StorageError, pa.ArrowException, OSError) as error:
            looked_at, problems = 0, [f"cannot be checked: {error}"]
        yield Check(name, looked_at, tuple(problems))


def _input_check(output: StageOutput, before: str, table: str, inputs: Mapping[str, StageOutput]) -> Check:
    stage = output.manifest.stage
    name = f"{stage}: every row of {table} was read once"
    if before not in inputs:
        return Check(name, 0, (f"{before} is not complete",))
    expected = inputs[before].num_rows(table)
    read = sum(commit.input_rows or 0 for commit in output.manifest.commits)
    return Check(name, expected, () if read == expected else (f"{stage} read {read} rows, there are {expected}",))


def _model_check(output: StageOutput) -> Check:
    """The model's folder against its table."""
    rows = output.read("model_files").to_pylist()
    problems = []
    for row in rows:
        path = f"export/{row['path']}"
        try:
            right = hashlib.sha256(output.directory.read(path)).hexdigest() == row["sha256"]
        except StorageError as error:
            problems.append(str(error))
            continue
        if not right:
            problems.append(f"{output.directory.uri}/{path}: its bytes do not match the table model_files")
    return Check(f"{output.manifest.stage}: files of the model match their sha256", len(rows), tuple(problems))


def _file_problem(directory: Storage, file: FileRecord) -> str | None:
    name = f"{directory.uri}/{file.path}"
    try:
        data = directory.read(file.path)
    except StorageError as error:
        return str(error)
    if hashlib.sha256(data).hexdigest() != file.sha256:
        return f"{name}: its bytes do not match the commit record"
    parquet = pq.ParquetFile(io.BytesIO(data))
    if parquet.metadata.num_rows != file.rows:
        return f"{name}: has {parquet.metadata.num_rows} rows, the commit record says {file.rows}"
    if not parquet.schema_arrow.equals(TABLES[file.table]):
        return f"{name}: does not have the schema of table {file.table}"
    return None


def _document_problem(directory: Storage, document: FileRecord) -> str | None:
    try:
        data = directory.read(document.path)
    except StorageError as error:
        return str(error)
    right = hashlib.sha256(data).hexdigest() == document.sha256
    return None if right else f"{directory.uri}/{document.path}: its bytes do not match the manifest"


def _count_problems(output: StageOutput) -> Iterator[str]:
    for commit in output.manifest.commits:
        name = f"{commit.stage}, partition {commit.partition}"
        if commit.counts.balance():
            yield f"{name}: {commit.counts.balance()} rows are not accounted for"
        aside = sum(file.rows for file in commit.files if file.table == "quarantine")
        if aside != commit.counts.num_quarantined:
            yield f"{name}: {aside} rows in quarantine, the record says {commit.counts.num_quarantined}"
        first = commit.files[0] if commit.files else None
        if first is not None and first.rows != commit.counts.ok:
            yield f"{name}: {first.rows} rows in {first.table}, the record says {commit.counts.ok}"


def _unique(output: StageOutput, table: str, column: str) -> tuple[int, list[str]]:
    counted = output.read(table, [column]).group_by(column).aggregate([([], "count_all")])
    total = pc.sum(counted.column("count_all")).as_py() or 0
    twice = counted.filter(pc.greater(counted.column("count_all"), 1)).column(column).to_pylist()
    return total, [f"{column} {value} comes more than once in {table}" for value in twice]


def _pictures(images: StageOutput, output: Storage) -> tuple[int, list[str]]:
    digests = set(images.read("images", ["sha256"]).column("sha256").to_pylist()) - Tombstones.load(output).digests
    return len(digests), PictureStore(output).problems(digests)


def _samples(outputs: Mapping[str, StageOutput]) -> tuple[int, list[str]]:
    """Every sample stands in the index where it says, with a statement of its own entity and a lawful picture."""
    statements = _statement_ids(outputs["select"])
    pictures = {(row["qid"], row["sha256"]) for row in outputs["images"].read("images", ["qid", "sha256"]).to_pylist()}
    problems: list[str] = []
    looked_at = 0
    for commit in outputs["assemble"].manifest.commits:
        indexed = _index_of(outputs["assemble"], commit)
        for number, row in enumerate(_rows(outputs["assemble"], commit, "shards")):
            if (row["qid"], row["sha256"]) not in pictures:
                problems.append(f"Q{row['qid']}: its picture {row['sha256']} is not in images")
            if hashlib.sha256(row["image"]).hexdigest() != row["sha256"]:
                problems.append(f"Q{row['qid']}: the bytes in the shard are not picture {row['sha256']}")
            for position, item in enumerate(row["items"]):
                looked_at += 1
                known = indexed.pop((commit.partition, number, position), None)
                problems += _sample_problems(row, item, statements.get(row["qid"], set()), known)
        problems += [
            f"sample {row['qa_id']}: the index puts it at {place}, which no shard holds"
            for place, row in indexed.items()
        ]
    return looked_at, problems


def _index_of(assemble: StageOutput, commit: CommitRecord) -> dict[tuple[str, int, int], dict[str, Any]]:
    """Shard, row and item -> row of the index: a partition's index is committed together with its shard."""
    rows = _rows(assemble, commit, "index", ["shard", "row", "item", *INDEXED])
    return {(row["shard"], row["row"], row["item"]): row for row in rows}


def _rows(
    output: StageOutput, commit: CommitRecord, table: str, columns: Sequence[str] | None = None
) -> Iterator[dict[str, Any]]:
    for file in commit.files:
        if file.table == table:
            yield from read_table(output.directory, file.path, columns).to_pylist()


def _sample_problems(
    row: Mapping[str, Any], item: Mapping[str, Any], statements: set[str], indexed: Mapping[str, Any] | None
) -> Iterator[str]:
    name = f"sample {item['qa_id']}"
    if indexed is None:
        yield f"{name}: the index does not have it"
    else:
        there = {**row, **item}
        wrong = [column for column in INDEXED if indexed[column] != there[column]]
        if wrong:
            yield f"{name}: the index has another {', '.join(wrong)}"
    if not item["statement_ids"] or not statements.issuperset(item["statement_ids"]):
        yield f"{name}: is not grounded in a statement of Q{row['qid']}"
    if not row["licence"] or not row["attribution"]:
        yield f"{name}: its picture has no licence or no attribution"
    if item["kind"] == "choice" and not _right_option(item):
        yield f"{name}: the option marked right is not the answer"


def _right_option(item: Mapping[str, Any]) -> bool:
    choices, index = item["choices"] or [], item["answer_index"]
    return index is not None and 0 <= index < len(choices) and bool(choices[index] == item["answer"])


def _statement_ids(select: StageOutput) -> dict[int, set[str]]:
    table = select.read("concepts", ["qid", "statements"])
    lists = table.column("statements").combine_chunks()
    ids = pc.struct_field(lists.flatten(), "statement_id").to_pylist()
    lengths = pc.list_value_length(lists).to_pylist()
    found: dict[int, set[str]] = {}
    start = 0
    for qid, length in zip(table.column("qid").to_pylist(), lengths, strict=True):
        found[qid] = set(ids[start : start + length])
        start += length
    return found


def _splits(assemble: StageOutput) -> tuple[int, list[str]]:
    grouped = assemble.read("index", ["qid", "split"]).group_by("qid").aggregate([("split", "count_distinct")])
    crossing = grouped.filter(pc.greater(grouped.column("split_count_distinct"), 1)).column("qid").to_pylist()
    return grouped.num_rows, [f"Q{qid} is in two splits" for qid in crossing]
