"""Ray job: the stage `judge_replies` alone, a model that reads replies. See `jobs.extract` for how to submit it."""

from __future__ import annotations

import sys

from jobs.cli import main

if __name__ == "__main__":
    sys.exit(main(["run", "--only", "judge_replies", *sys.argv[1:]]))
