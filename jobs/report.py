"""Ray job: the stage `report` alone. `ray job submit --working-dir . -- python -m jobs.report --config FILE`."""

from __future__ import annotations

import sys

from jobs.cli import main

if __name__ == "__main__":
    sys.exit(main(["run", "--only", "report", *sys.argv[1:]]))
