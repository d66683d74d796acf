"""Ray job: the stage `train` alone. `ray job submit --working-dir . -- python -m jobs.train --config FILE`."""

from __future__ import annotations

import sys

from jobs.cli import main

if __name__ == "__main__":
    sys.exit(main(["run", "--only", "train", *sys.argv[1:]]))
