"""Recounts a run from storage: believes no record that it has not compared with the bytes."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.errors import StorageError, VerificationError
from pipeline.picture_store import load_picture
from pipeline.schema import TABLES
from pipeline.stage import StageOutput
from pipeline.storage import Storage
from pipeline.tables import FileRecord, read_table

INPUT_TABLE = {"select": ("extract", "entities"), "questions": ("images", "images"), "assemble": ("questions", "questions")}


@dataclass(frozen=True)
class Check:
    """One thing that was checked: how many were looked at, and what was found wrong."""

    name: str
    looked_at: int
    problems: tuple[str, ...]


def verify_stage(output: StageOutput, inputs: Mapping[str, StageOutput]) -> Iterator[Check]:
    """Files against their records, counts against rows, input rows against the stage before."""
    stage = output.manifest.stage
    files = [file for commit in output.manifest.commits for file in commit.files]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda file: _file_problem(output.directory, file), files))
    documents = [_document_problem(output.directory, document) for document in output.manifest.documents]
    problems = tuple(problem for problem in [*found, *documents] if problem)
    yield Check(f"{stage}: files match their hash, rows and schema", len(found) + len(documents), problems)
    yield Check(f"{stage}: counts balance", len(output.manifest.commits), tuple(_count_problems(output)))
    if stage in INPUT_TABLE:
        before, table = INPUT_TABLE[stage]
        expected = inputs[before].num_rows(table)
        read = sum(commit.input_rows or 0 for commit in output.manifest.commits)
        wrong = () if read == expected else (f"{stage} read {read} rows of {table}, there are {expected}",)
        yield Check(f"{stage}: every row of {table} was read once", expected, wrong)


def verify_dataset(outputs: Mapping[str, StageOutput], output: Storage) -> Iterator[Check]:
    """Ids unique, pictures present and true to their name, every sample with statement and licence."""
    yield _unique("concepts have unique ids", outputs["select"], "concepts", "qid")
    yield _unique("samples have unique ids", outputs["assemble"], "index", "qa_id")
    digests = outputs["images"].read("images", ["sha256"]).column("sha256").unique().to_pylist()
    with ThreadPoolExecutor(8) as pool:
        found = tuple(problem for problem in pool.map(lambda sha: _picture_problem(output, sha), digests) if problem)
    yield Check("pictures exist and match their sha256", len(digests), found)
    yield _samples(outputs)
    yield _splits(outputs["assemble"])


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


def _unique(name: str, output: StageOutput, table: str, column: str) -> Check:
    values = output.read(table, [column]).column(column)
    twice = len(values) - pc.count_distinct(values).as_py()
    return Check(name, len(values), (f"{twice} values of {table}.{column} come more than once",) if twice else ())


def _picture_problem(output: Storage, sha256: str) -> str | None:
    try:
        load_picture(output, sha256)
    except (StorageError, VerificationError) as error:
        return str(error)
    return None


def _samples(outputs: Mapping[str, StageOutput]) -> Check:
    """Every sample stands in the index where it says, with a statement of its own entity and a lawful picture."""
    statements = _statement_ids(outputs["select"])
    pictures = {(row["qid"], row["sha256"]) for row in outputs["images"].read("images", ["qid", "sha256"]).to_pylist()}
    assemble = outputs["assemble"]
    indexed = {
        (row["shard"], row["row"], row["item"]): row["qa_id"]
        for row in assemble.read("index", ["qa_id", "shard", "row", "item"]).to_pylist()
    }
    problems: list[str] = []
    looked_at = 0
    for commit in assemble.manifest.commits:
        for file in commit.files:
            if file.table != "shards":
                continue
            for number, row in enumerate(read_table(assemble.directory, file.path).to_pylist()):
                if (row["qid"], row["sha256"]) not in pictures:
                    problems.append(f"Q{row['qid']}: its picture {row['sha256']} is not in images")
                if hashlib.sha256(row["image"]).hexdigest() != row["sha256"]:
                    problems.append(f"Q{row['qid']}: the bytes in the shard are not picture {row['sha256']}")
                for position, item in enumerate(row["items"]):
                    looked_at += 1
                    known = indexed.pop((commit.partition, number, position), None)
                    problems += _sample_problems(row, item, statements, known)
    problems += [f"index names {qa_id} at {place}, which no shard holds" for place, qa_id in indexed.items()]
    return Check("every sample has its statement, licence and index row", looked_at, tuple(problems))


def _sample_problems(
    row: Mapping[str, Any], item: Mapping[str, Any], statements: Mapping[int, set[str]], indexed: int | None
) -> Iterator[str]:
    name = f"sample {item['qa_id']}"
    if indexed != item["qa_id"]:
        yield f"{name}: the index has {indexed} in its place"
    if not item["statement_ids"] or not statements[row["qid"]].issuperset(item["statement_ids"]):
        yield f"{name}: is not grounded in a statement of Q{row['qid']}"
    if not row["licence"] or not row["attribution"]:
        yield f"{name}: its picture has no licence or no attribution"
    if item["kind"] == "choice" and item["choices"][item["answer_index"]] != item["answer"]:
        yield f"{name}: the option marked right is not the answer"


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


def _splits(assemble: StageOutput) -> Check:
    table: pa.Table = assemble.read("index", ["qid", "split"])
    grouped = table.group_by("qid").aggregate([("split", "count_distinct")])
    crossing = grouped.filter(pc.greater(grouped.column("split_count_distinct"), 1)).column("qid").to_pylist()
    return Check("no entity is in two splits", grouped.num_rows, tuple(f"Q{qid} is in two splits" for qid in crossing))
