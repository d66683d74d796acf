"""Ray job: the stage `arrange` alone. `ray job submit --working-dir . -- python -m jobs.arrange --config FILE`."""

from __future__ import annotations

import sys

from jobs.cli import main

if __name__ == "__main__":
    sys.exit(main(["run", "--only", "arrange", *sys.argv[1:]]))
