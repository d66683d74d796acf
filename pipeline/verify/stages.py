"""One stage against its records: bytes, rows, schema, counts, and what it read of the stage before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from pipeline.errors import StorageError, VerificationError
from pipeline.progress import Progress
from pipeline.schema import TABLES
from pipeline.stage import StageOutput
from pipeline.storage import Storage, digest_of
from pipeline.tables import FileRecord, open_table
from pipeline.verify.arranged import COMPARING
from pipeline.verify.check import Check

INPUT_TABLES = {
    "select": (("extract", "entities"),),
    "images": (("select", "concepts"),),
    "questions": (("images", "images"),),
    "rephrase": (("questions", "questions"),),
    "judge": (("rephrase", "rephrased"),),
    "compare_within": (("judge", "judged"),),
    "compare_across": (("compare_within", "signatures"),),
    "arrange": (("judge", "judged"),),
    "assemble": (("arrange", "arranged"),),
    "import": (("import_rows", "imported"),),
    "evaluate_base": (("assemble", "shards"), ("benchmarks", "benchmark_items")),
    "evaluate_trained": (("assemble", "shards"), ("benchmarks", "benchmark_items")),
    "judge_replies": (("evaluate_base", "predictions"), ("evaluate_trained", "predictions")),
}
_THREADS = 8


def verify_stage(
    output: StageOutput, inputs: Mapping[str, StageOutput], progress: Progress | None = None
) -> Iterator[Check]:
    """Files against their records, counts against rows, input rows against the stage before.

    Args:
        output: the stage to check.
        inputs: complete stages by name; those that it read are among them, or the check of its input fails.
        progress: told of every file.
    """
    stage = output.manifest.stage
    files = [file for commit in output.manifest.commits for file in commit.files]
    found = []
    with ThreadPoolExecutor(_THREADS) as pool:
        for problem in pool.map(lambda file: _file_problem(output.directory, file), files):
            found.append(problem)
            if progress is not None:
                progress.add()
    found += [_document_problem(output.directory, document) for document in output.manifest.documents]
    problems = [problem for problem in found if problem]
    yield Check.of(f"{stage}: files match their hash, rows and schema", len(found), problems)
    yield Check.of(f"{stage}: counts balance", len(output.manifest.commits), _count_problems(output))
    if stage in INPUT_TABLES:
        yield _input_check(output, INPUT_TABLES[stage], inputs)
    if output.files("model_files"):
        yield _model_check(output)


def _input_check(output: StageOutput, tables: Sequence[tuple[str, str]], inputs: Mapping[str, StageOutput]) -> Check:
    stage = output.manifest.stage
    name = f"{stage}: every row of {' and '.join(dict.fromkeys(table for _, table in tables))} was read once"
    if missing := [before for before, _ in tables if before not in inputs]:
        return Check.of(name, 0, [f"{missing[0]} is not complete"])
    # Where nothing is to be compared there are no partitions.
    compares = stage not in COMPARING or output.manifest.commits
    expected = sum(inputs[before].num_rows(table) for before, table in tables) if compares else 0
    read = sum(commit.input_rows or 0 for commit in output.manifest.commits)
    return Check.of(name, expected, [] if read == expected else [f"{stage} read {read} rows, there are {expected}"])


def _model_check(output: StageOutput) -> Check:
    """The model's folder against its table."""
    rows = output.read("model_files").to_pylist()
    problems = []
    for row in rows:
        path = f"export/{row['path']}"
        try:
            right = digest_of(output.directory, path) == row["sha256"]
        except StorageError as error:
            problems.append(str(error))
            continue
        if not right:
            problems.append(f"{output.directory.uri}/{path}: its bytes do not match the table model_files")
    return Check.of(f"{output.manifest.stage}: files of the model match their sha256", len(rows), problems)


def _file_problem(directory: Storage, file: FileRecord) -> str | None:
    name = f"{directory.uri}/{file.path}"
    try:
        if digest_of(directory, file.path) != file.sha256:
            return f"{name}: its bytes do not match the commit record"
        parquet = open_table(directory, file.path)
    except StorageError as error:
        return str(error)
    except VerificationError as error:
        return str(error)
    if parquet.metadata.num_rows != file.rows:
        return f"{name}: has {parquet.metadata.num_rows} rows, the commit record says {file.rows}"
    if not parquet.schema_arrow.equals(TABLES[file.table]):
        return f"{name}: does not have the schema of table {file.table}"
    return None


def _document_problem(directory: Storage, document: FileRecord) -> str | None:
    try:
        right = digest_of(directory, document.path) == document.sha256
    except StorageError as error:
        return str(error)
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
