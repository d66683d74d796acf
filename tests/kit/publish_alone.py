"""`culturalground publish` without the rest of the command line, which takes seconds to load: for tests that kill it.

    python -m tests.kit.publish_alone --from FOLDER --to PLACE

With `--growth` it prints at the end by how many MB the process grew at most.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from jobs.publish import add_arguments
from pipeline.dataset.publish import bucket, hub
from pipeline.errors import UserError

LOADED = (bucket, hub)


def main() -> int:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    parser.add_argument("--growth", action="store_true")
    options = parser.parse_args()
    before = peak_mb()
    try:
        code: int = options.command(options)
    except UserError as error:
        sys.stderr.write(f"error: {error}\n")
        code = 2
    if options.growth:
        sys.stdout.write(f"grew by {peak_mb() - before} MB\n")
    return code


def peak_mb() -> int:
    """Memory of this process at its peak; `getrusage` would begin with that of the process which started it."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    assert found is not None
    return int(found[1]) // 1024


if __name__ == "__main__":
    sys.exit(main())
