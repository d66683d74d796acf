"""`make demo`: builds the embedded sample, serves its drawings as Commons would, runs the path and verifies it."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from jobs.chain import survey
from jobs.cli import main as culturalground
from jobs.run_config import load_config
from pipeline.errors import UserError
from pipeline.progress import duration
from sample.build import build
from sample.commons_server import CommonsServer

CONFIG = "configs/debug.yaml"
SAMPLE = Path("runs/sample")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo; 0 when the result has been verified."""
    parser = argparse.ArgumentParser(prog="demo", description="Run the whole path on the embedded sample.")
    parser.add_argument("--set", action="append", default=[], metavar="A.B=VALUE", help="change one setting")
    options = parser.parse_args(arguments)
    started = time.monotonic()
    try:
        sample = build(SAMPLE)
        print(f"sample: {sample.num_entities} entities in {sample.dump_gz}, {sample.num_pictures} drawings to serve")
        settings = [argument for setting in options.set for argument in ("--set", setting)]
        # The port stands in the config: pages of pictures are part of the rows.
        port = urlsplit(load_config(CONFIG, options.set).images.api_url).port or 80
        with CommonsServer(sample.commons, port=port):
            status = culturalground(["run", "--config", CONFIG, *settings])
        status = status or culturalground(["verify", "--config", CONFIG, *settings])
        if status == 0:
            _show_result(options.set, time.monotonic() - started)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return status


def _show_result(settings: Sequence[str], seconds: float) -> None:
    config = load_config(CONFIG, settings)
    outputs = {stage.name: stage.output for stage in survey(config) if stage.output is not None}
    shards, report = outputs["assemble"], outputs["report"].directory.uri
    samples = shards.manifest.counts.details["samples"]
    print(
        f"\nDone in {duration(seconds)}: {samples:,} questions about {shards.manifest.counts.ok:,} pictures, verified."
    )
    print(f"  look at it       {report}/documents/report.html")
    print(f"  training shards  {shards.directory.uri}/tables/shards/*.parquet, with their card in documents/README.md")
    print(f"  trained model    {outputs['train'].directory.uri}/export")
    print(f"  how far it is    .venv/bin/culturalground status --config {CONFIG}")


if __name__ == "__main__":
    sys.exit(main())
