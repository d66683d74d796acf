"""`culturalground publish` without the rest of the command line, which takes seconds to load: for tests that kill it.

    python -m tests.kit.publish_alone --from FOLDER --to PLACE

With `--growth` it prints at the end by how many MB the process grew at most.
"""

from __future__ import annotations

import argparse
import sys

from jobs.publish import add_arguments
from pipeline.dataset.publish import bucket, hub
from pipeline.errors import UserError
from tests.kit.memory import held_mb

LOADED = (bucket, hub)


def main() -> int:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    parser.add_argument("--growth", action="store_true")
    options = parser.parse_args()
    before = held_mb("VmHWM")
    try:
        code: int = options.command(options)
    except UserError as error:
        sys.stderr.write(f"error: {error}\n")
        code = 2
    if options.growth:
        sys.stdout.write(f"grew by {held_mb('VmHWM') - before:.0f} MB\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
