"""`culturalground import`: data that others published into shards and index, for training to read."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from pipeline.budget import SpendGuard
from pipeline.commit import Spend
from pipeline.config import Budget, Cluster
from pipeline.dataset.processor_files import SETTING
from pipeline.errors import ConfigError, InputError, UserError
from pipeline.imports.listing import list_pictures
from pipeline.imports.rows_stage import ImportRowsStage, require_rows
from pipeline.imports.settings import FORMATS, Import
from pipeline.imports.stage import ImportStage
from pipeline.imports.summary import told
from pipeline.local_executor import execute_locally
from pipeline.pointer import point_at
from pipeline.ray_executor import execute_on_ray
from pipeline.runner import Executor, run_stage
from pipeline.schema import SPLITS
from pipeline.stage import StageOutput
from pipeline.storage import Storage, open_storage


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `culturalground import` takes: all that it needs, no config of a run."""
    parser.add_argument("--format", required=True, choices=FORMATS, help="of the rows; PangeaIns is llava")
    parser.add_argument(
        "--from", dest="files", nargs="+", required=True, metavar="FILE", help=".json, .jsonl or .parquet, s3:// too"
    )
    parser.add_argument(
        "--pictures", nargs="+", default=[], metavar="PLACE", help="folders, s3:// prefixes, uncompressed tars"
    )
    parser.add_argument("--to", required=True, metavar="PLACE", help="a folder or s3://bucket/prefix")
    parser.add_argument("--processor", metavar="NAME", help="of a LlavaNext, to count tokens: a folder or MODEL@COMMIT")
    parser.add_argument("--split", choices=SPLITS, default="train", help="that the rows belong to")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the order of pictures in the shards")
    parser.add_argument("--shard-mb", type=float, default=128.0, metavar="MB", help="of one shard, about")
    parser.add_argument(
        "--max-quarantined", type=float, default=0.05, metavar="SHARE", help="of rows that may be set aside"
    )
    parser.add_argument("--local", action="store_true", help="in this process, without Ray")
    parser.add_argument("--ray-address", metavar="ADDRESS", help="of a Ray cluster; else Ray starts on this machine")
    parser.set_defaults(command=import_data)


def import_data(options: argparse.Namespace) -> int:
    """Import files; 0 where all is done.

    Raises:
        UserError: an input, a setting or storage refuses, or too many rows were set aside; what is done is kept.
    """
    _check(options)
    config = Import(
        options.format, tuple(options.files), options.split, options.seed, options.shard_mb, options.processor
    )
    target = open_storage(options.to)
    execute = execute_locally if options.local else execute_on_ray(Cluster(address=options.ray_address))
    rows, imported = run_import(config, options.pictures, target, execute)
    facts = told(rows.manifest.counts, imported.manifest.counts)
    reasons = ", ".join(f"{number:,} {reason}" for reason, number in facts["set_aside"].items()) or "nothing"
    print(f"{facts['rows']:,} rows: {facts['samples']:,} samples, {facts['pictures']:,} pictures; set aside: {reasons}")
    aside = (facts["rows"] - facts["samples"]) / facts["rows"]
    if aside > options.max_quarantined:
        raise InputError(
            f"import: {aside:.2%} of the rows were set aside ({reasons}), --max-quarantined allows "
            f"{options.max_quarantined:.2%}; the tables quarantine below {rows.directory.uri} and "
            f"{imported.directory.uri} name each: mend files or pictures, or raise the limit, and import again"
        )
    point_at(target, imported.directory)
    print(imported.directory.uri)
    return 0


def run_import(
    config: Import, places: Sequence[str], target: Storage, execute: Executor
) -> tuple[StageOutput, StageOutput]:
    """Both stages of an import, complete: rows, then shards and index.

    Raises:
        UserError: something outside the code stops it; what was committed is kept, the next call goes on from there.
    """
    lease_s, guard = Cluster().lease_s, SpendGuard(Budget(), Spend())
    listing = list_pictures(places, target)
    first, second = ImportRowsStage(config, listing), ImportStage(config, listing)
    try:
        second.check()
    except ConfigError as error:
        raise ConfigError(str(error).replace(SETTING, "--processor")) from error
    rows = run_stage(first, {}, target, execute, guard, lease_s)
    require_rows(rows.manifest.counts.rows_in, config)
    return rows, run_stage(second, {"import_rows": rows}, target, execute, guard, lease_s)


def _check(options: argparse.Namespace) -> None:
    if options.to.startswith(("http://", "https://")):
        raise UserError(f"--to {options.to}: can only be read; import to a folder or s3://bucket/prefix")
    if not options.shard_mb > 0:
        raise UserError(f"--shard-mb {options.shard_mb:g}: must be more than 0")
    if not 0 <= options.max_quarantined <= 1:
        raise UserError(f"--max-quarantined {options.max_quarantined:g}: must be a share, from 0 to 1")
    if len(set(options.files)) < len(options.files):
        raise UserError("--from: names a file twice")
