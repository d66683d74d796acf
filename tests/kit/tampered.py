"""Complete stages whose rows were altered and whose records fit: only who looks at the rows can find it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pyarrow as pa

from pipeline.schema import TABLES
from pipeline.stage import StageOutput
from pipeline.tables import FileRecord, read_table, write_table

Row = dict[str, Any]
Outputs = Mapping[str, StageOutput]


def tampered(
    outputs: Outputs, stage: str, table: str, change: Callable[[list[Row]], object], partition: int = 0
) -> dict[str, StageOutput]:
    """The outputs with one file's rows altered in place by `change`, written beside the true one and recorded.

    Args:
        outputs: complete stages; they stay as they are.
        stage: whose table it is.
        table: of the stage.
        change: is given the rows as a list.
        partition: which of the commits that have rows of the table.
    """
    output = outputs[stage]
    commits = [commit for commit in output.manifest.commits if any(f.table == table and f.rows for f in commit.files)]
    commit = commits[partition]
    [file] = [file for file in commit.files if file.table == table]
    rows = read_table(output.directory, file.path).to_pylist()
    change(rows)
    record = write_table(output.directory, table, commit.partition, pa.Table.from_pylist(rows, schema=TABLES[table]))
    changed = replace(commit, files=tuple(record if each is file else each for each in commit.files))
    manifest = replace(
        output.manifest, commits=tuple(changed if each is commit else each for each in output.manifest.commits)
    )
    return {**outputs, stage: StageOutput(output.directory, manifest)}


def with_document(outputs: Outputs, stage: str, name: str, data: bytes) -> dict[str, StageOutput]:
    """The outputs in a directory of their own with another document."""
    output = outputs[stage]
    copy = output.directory.child(f"tampered-{hashlib.sha256(data).hexdigest()[:12]}")
    for file in [file for commit in output.manifest.commits for file in commit.files]:
        copy.write(file.path, output.directory.read(file.path))
    documents = []
    for document in output.manifest.documents:
        given = data if document.path == f"documents/{name}" else output.directory.read(document.path)
        copy.write(document.path, given)
        documents.append(FileRecord("documents", document.path, 0, len(given), hashlib.sha256(given).hexdigest()))
    return {**outputs, stage: StageOutput(copy, replace(output.manifest, documents=tuple(documents)))}
