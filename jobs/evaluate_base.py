"""Ray job: the stage `evaluate_base` alone, the model before training. See `jobs.extract` for how to submit it."""

from __future__ import annotations

import sys

from jobs.cli import main

if __name__ == "__main__":
    sys.exit(main(["run", "--only", "evaluate_base", *sys.argv[1:]]))
