"""`make demo`: builds the embedded sample, serves its drawings as Commons would, runs the path and verifies it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from jobs.cli import main as culturalground
from pipeline.config import load_config
from pipeline.errors import UserError
from sample.build import build
from sample.commons_server import CommonsServer

CONFIG = "configs/debug.yaml"
SAMPLE = Path("runs/sample")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo; 0 when the result has been verified."""
    parser = argparse.ArgumentParser(prog="demo", description="Run the whole path on the embedded sample.")
    parser.add_argument("--set", action="append", default=[], metavar="A.B=VALUE", help="change one setting")
    options = parser.parse_args(arguments)
    overrides = [argument for setting in options.set for argument in ("--set", setting)]
    build(SAMPLE)
    try:
        config = load_config(CONFIG, options.set)
        port = urlsplit(config.images.api_url).port or 80
        with CommonsServer(SAMPLE / "commons", port=port):
            status = culturalground(["run", "--config", CONFIG, *overrides])
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return status or culturalground(["verify", "--config", CONFIG, *overrides])


if __name__ == "__main__":
    sys.exit(main())
