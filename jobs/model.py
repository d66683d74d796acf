"""Ray job: the stage `model` alone. `ray job submit --working-dir . -- python -m jobs.model --config FILE`."""

from __future__ import annotations

import sys

from jobs.cli import main

if __name__ == "__main__":
    sys.exit(main(["run", "--only", "model", *sys.argv[1:]]))
