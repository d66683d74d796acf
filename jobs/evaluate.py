"""`culturalground evaluate`: which benchmarks there are, what is in a local copy, and what of it must not be taught."""

from __future__ import annotations

import argparse
import io
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from eval.tasks.checking import check
from eval.tasks.keys import BenchmarkKeys, Key
from eval.tasks.listing import TASKS, folder_of, found, table, unknown
from pipeline.commons.picture import PictureError
from pipeline.dataset.protected.keys import KEYS, picture_hash
from pipeline.errors import UserError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `culturalground evaluate` takes; it needs no config."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--list", action="store_true", dest="listing", help="every benchmark, and how to fetch it")
    what.add_argument(
        "--check", type=Path, metavar="FOLDER", help="read all benchmarks of a folder, each in one of its name"
    )
    what.add_argument("--keys", type=Path, metavar="FOLDER", help="what of them must not be taught, for --to")
    parser.add_argument(
        "--to", type=Path, metavar="FILE.parquet", help="where --keys writes it, for assemble.protected"
    )
    parser.set_defaults(command=evaluate)


def evaluate(options: argparse.Namespace) -> int:
    """Print, check or write: 0, or 2 where something of a checked benchmark is wrong.

    Raises:
        UserError: there is no benchmark, or its keys cannot be made or written.
    """
    if (options.keys is None) != (options.to is None):
        raise UserError("evaluate: --keys FOLDER and --to FILE.parquet go together")
    if options.listing:
        for line in table():
            print(line)
        print("FOLDER is any one folder; --check FOLDER and --keys FOLDER read it")
        return 0
    return _check(options.check) if options.check is not None else _write_keys(options.keys, options.to)


def _check(folder: Path) -> int:
    any_wrong = False
    for task in found(folder):
        shown = check(task, folder_of(task.name, folder))
        any_wrong = any_wrong or bool(shown.wrong)
        print(shown.line(), flush=True)
    for name in unknown(folder):
        print(f"{name}: no benchmark that is known; they are {', '.join(sorted(TASKS))}")
    return 2 if any_wrong else 0


def _write_keys(folder: Path, file: Path) -> int:
    if file.suffix != ".parquet":
        raise UserError(f"--to {file}: must end in .parquet")
    schema = KEYS.append(pa.field("task", pa.string(), metadata={"meaning": "the benchmark"}))
    rows: list[tuple[str, Key]] = []
    for task in found(folder):
        keys = BenchmarkKeys(_hash)
        keys.add(task.read(folder_of(task.name, folder)))
        rows += [(task.name, key) for key in keys.rows()]
        print(f"{task.name}: {', '.join(_counts(keys.rows()))}; {keys.num_unhashed:,} pictures without a hash")
    table_ = pa.Table.from_pylist([{**key._asdict(), "task": name} for name, key in rows], schema=schema)
    written = io.BytesIO()
    pq.write_table(table_, written)
    try:
        file.write_bytes(written.getvalue())
    except OSError as error:
        raise UserError(f"--to {file}: cannot be written: {error.strerror}") from error
    print(f"{file}: {table_.num_rows:,} rows; assemble.protected=[{file}] leaves out what they name")
    return 0


def _counts(keys: list[Key]) -> Iterator[str]:
    for name, plural in (("qid", "entities"), ("phash", "hashes of pictures"), ("question", "questions")):
        yield f"{sum(getattr(key, name) is not None for key in keys):,} {plural}"


def _hash(picture: bytes) -> int | None:
    try:
        return picture_hash(picture)
    except PictureError:
        return None
