"""Ray job: the stage `rephrase` alone. `ray job submit --working-dir . -- python -m jobs.rephrase --config FILE`."""

from __future__ import annotations

import sys

from jobs.cli import main

if __name__ == "__main__":
    sys.exit(main(["run", "--only", "rephrase", *sys.argv[1:]]))
