"""`make demo`: builds the embedded sample, serves its drawings as Commons would, runs it and verifies the result."""

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
    parser = argparse.ArgumentParser(prog="demo", description="Run the embedded sample, from dump to evaluated model.")
    parser.add_argument("--data", action="store_true", help="stop at the verified shards: no model has a part in them")
    parser.add_argument("--set", action="append", default=[], metavar="A.B=VALUE", help="change one setting")
    options = parser.parse_args(arguments)
    last = "assemble" if options.data else "report"
    changed = [*(["generation.engine=none"] if options.data else []), *options.set]
    settings = [argument for setting in changed for argument in ("--set", setting)]
    started = time.monotonic()
    try:
        sample = build(SAMPLE)
        print(f"sample: {sample.num_entities} entities in {sample.dump_gz}, {sample.num_pictures} drawings to serve")
        # The port stands in the config: pages of pictures are part of the rows.
        port = urlsplit(load_config(CONFIG, changed).images.api_url).port or 80
        with CommonsServer(sample.commons, port=port):
            status = culturalground(["run", "--config", CONFIG, *settings, "--to", last])
        status = status or culturalground(["verify", "--config", CONFIG, *settings, "--to", last])
        if status == 0:
            _show_result(changed, time.monotonic() - started)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return status


def _show_result(settings: Sequence[str], seconds: float) -> None:
    config = load_config(CONFIG, settings)
    outputs = {stage.name: stage.output for stage in survey(config) if stage.output is not None}
    shards = outputs["assemble"]
    counts, where = shards.manifest.counts, shards.directory.uri
    done = f"{counts.details['samples']:,} questions about {counts.ok:,} pictures, verified"
    print(f"\nDone in {duration(seconds)}: {done}.")
    if "report" in outputs:
        print(f"  look at it       {outputs['report'].directory.uri}/documents/report.html")
        print(f"  its benchmarks   {outputs['score'].directory.uri}/documents/benchmarks.html")
        print(f"  trained model    {outputs['train'].directory.uri}/export")
    else:
        print(f"  look at it       {where}/documents/preview.html")
    print(f"  training shards  {where}/tables/shards/*.parquet, with their card in {where}/documents/README.md")
    changes = "".join(f" --set {setting}" for setting in settings)
    print(f"  how far it is    .venv/bin/culturalground status --config {CONFIG}{changes}")


if __name__ == "__main__":
    sys.exit(main())
