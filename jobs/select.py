"""Ray job: the stage `select` alone. `ray job submit --working-dir . -- python -m jobs.select --config FILE`."""

from __future__ import annotations

import sys

from jobs.cli import main

if __name__ == "__main__":
    sys.exit(main(["run", "--only", "select", *sys.argv[1:]]))
