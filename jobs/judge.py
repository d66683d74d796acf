"""Ray job: the stage `judge` alone. `ray job submit --working-dir . -- python -m jobs.judge --config FILE`."""

from __future__ import annotations

import sys

from jobs.cli import main

if __name__ == "__main__":
    sys.exit(main(["run", "--only", "judge", *sys.argv[1:]]))
