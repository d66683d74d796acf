"""Ray job: the stage `benchmarks` alone, their local copies as a table. See `jobs.extract` for how to submit it."""

from __future__ import annotations

import sys

from jobs.cli import main

if __name__ == "__main__":
    sys.exit(main(["run", "--only", "benchmarks", *sys.argv[1:]]))
