"""Ray job: the stage `compare_within` alone. `ray job submit --working-dir . -- python -m jobs.compare_within`."""

from __future__ import annotations

import sys

from jobs.cli import main

if __name__ == "__main__":
    sys.exit(main(["run", "--only", "compare_within", *sys.argv[1:]]))
