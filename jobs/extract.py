"""Ray job: the stage `extract` alone. `ray job submit --working-dir . -- python -m jobs.extract --config FILE`."""

from __future__ import annotations

import sys

from jobs.cli import main

if __name__ == "__main__":
    sys.exit(main(["run", "--only", "extract", *sys.argv[1:]]))
