"""`culturalground publish` without the rest of the command line, which takes seconds to load: for tests that kill it.

    python -m tests.kit.publish_alone --from FOLDER --to PLACE

With `--peak` it prints at the end how many MB of memory the process took at most.
"""

from __future__ import annotations

import argparse
import resource
import sys

from jobs.publish import add_arguments
from pipeline.errors import UserError


def main() -> int:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    parser.add_argument("--peak", action="store_true")
    options = parser.parse_args()
    try:
        code: int = options.command(options)
    except UserError as error:
        sys.stderr.write(f"error: {error}\n")
        code = 2
    if options.peak:
        sys.stdout.write(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000:.0f} MB\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
