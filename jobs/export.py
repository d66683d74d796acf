"""`culturalground export`: the finished data set in the form that another tool loads."""

from __future__ import annotations

import argparse

from jobs.chain import survey
from jobs.run_config import RunConfig
from pipeline.dataset.export.form import Form
from pipeline.dataset.export.hub import Hub
from pipeline.dataset.export.llava import Llava
from pipeline.dataset.export.run import export
from pipeline.dataset.export.webdataset import WebDataset
from pipeline.errors import UserError
from pipeline.schema import SPLITS
from pipeline.storage import open_storage

FORMATS = (Llava.name, Hub.name, WebDataset.name)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `culturalground export` takes besides the config."""
    parser.add_argument("--format", required=True, choices=FORMATS, help="what will load it")
    parser.add_argument("--to", required=True, metavar="PLACE", help="a folder or s3://bucket/prefix, empty at first")
    parser.add_argument("--split", nargs="+", choices=SPLITS, default=SPLITS, metavar="NAME", help="only these")
    parser.add_argument(
        "--quotes",
        action=argparse.BooleanOptionalAction,
        help="llava: literal double quotes around question and answer, as in the published files; else without",
    )
    parser.set_defaults(command=export_dataset)


def export_dataset(config: RunConfig, options: argparse.Namespace) -> int:
    """Export what `assemble` made.

    Raises:
        UserError: the data set is not complete, or source or target refuse.
    """
    form = _form(options)
    if options.to.startswith(("http://", "https://")):
        raise UserError(f"--to {options.to}: can only be read; export to a folder or s3://bucket/prefix")
    assembled = next(stage.output for stage in survey(config) if stage.name == "assemble")
    if assembled is None:
        raise UserError("export: `assemble` is not complete for this config; run it first")
    target = open_storage(options.to)
    files = export(assembled, config.name, form, options.split, target)
    print(f"{target.uri}: {len(files):,} files, {sum(file.size for file in files) / 1e6:,.1f} MB")
    return 0


def _form(options: argparse.Namespace) -> Form:
    if options.format == Llava.name:
        return Llava(quotes=bool(options.quotes))
    if options.quotes is not None:
        raise UserError(f"--quotes, --no-quotes: only --format {Llava.name} knows quotes")
    return Hub() if options.format == Hub.name else WebDataset()
