"""Ray job: the stage `questions` alone. `ray job submit --working-dir . -- python -m jobs.questions --config FILE`."""

from __future__ import annotations

import sys

from jobs.cli import main

if __name__ == "__main__":
    sys.exit(main(["run", "--only", "questions", *sys.argv[1:]]))
