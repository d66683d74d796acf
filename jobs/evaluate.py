"""`culturalground evaluate`: which benchmarks there are, what a local copy holds, and asking models about them."""

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
from jobs.run_config import load_as
from jobs.way import Progress, run_through, survey_of
from pipeline.commit import committed_partitions
from pipeline.dataset.protected.keys import KEYS, hash_or_none
from pipeline.errors import UserError
from pipeline.storage import open_storage


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `culturalground evaluate` takes."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--list", action="store_true", dest="listing", help="every benchmark, and how to fetch it")
    what.add_argument(
        "--check", type=Path, metavar="FOLDER", help="read all benchmarks of a folder, each in one of its name"
    )
    what.add_argument("--keys", type=Path, metavar="FOLDER", help="what of them must not be taught, for --to")
    what.add_argument("--run", type=Path, metavar="FILE.yaml", help="ask models: configs/benchmarks.yaml shows how")
    parser.add_argument(
        "--set", action="append", default=[], metavar="A.B=VALUE", help="with --run: change one setting"
    )
    parser.add_argument("--local", action="store_true", help="with --run: in this process, without Ray")
    parser.add_argument(
        "--follow",
        type=float,
        metavar="SECONDS",
        help="with --run: look for new checkpoints so often, until their training has ended",
    )
    parser.add_argument("--status", action="store_true", help="with --run: only say how far it is")
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
    if options.run is not None:
        return _run(options)
    return _check(options.check) if options.check is not None else _write_keys(options.keys, options.to)


def _run(options: argparse.Namespace) -> int:
    # Here, since a list of benchmarks needs no engine.
    from jobs.evaluation import EvaluationConfig, build_stages
    from jobs.following import Training, follow

    config = load_as(EvaluationConfig, options.run, options.set)
    storage = open_storage(config.output)
    if options.status:
        for stage in survey_of(build_stages(config, storage), storage):
            print(f"  {stage.name:<24} {_state(stage)}")
        return 0

    def ask_all() -> None:
        outputs = run_through(build_stages(config, storage), config, storage, local=options.local)
        print(f"{outputs['score'].directory.uri}/documents: benchmarks.html and benchmarks.md", flush=True)

    if options.follow is None:
        ask_all()
        return 0
    if config.checkpoints is None:
        raise UserError(f"--follow: {options.run} has no checkpoints to follow; its section checkpoints names a run")
    follow(Training(config.checkpoints.run, config.checkpoints.overrides), ask_all, options.follow)
    return 0


def _state(stage: Progress) -> str:
    if stage.output is not None:
        counts = stage.output.manifest.counts
        return f"complete   {counts.rows_in:,} {counts.unit}, {counts.ok:,} ok   {stage.output.directory.uri}"
    if stage.directory is None:
        return "waiting"
    done = len(list(committed_partitions(stage.directory)))
    return f"{done:,} partitions committed" if done else "not started"


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
        keys = BenchmarkKeys(hash_or_none)
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
