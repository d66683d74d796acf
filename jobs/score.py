"""Ray job: the stage `score` alone, what predictions show. See `jobs.extract` for how to submit it."""

from __future__ import annotations

import sys

from jobs.cli import main

if __name__ == "__main__":
    sys.exit(main(["run", "--only", "score", *sys.argv[1:]]))
