"""Ray job: the stage `assemble` alone. `ray job submit --working-dir . -- python -m jobs.assemble --config FILE`."""

from __future__ import annotations

import sys

from jobs.cli import main

if __name__ == "__main__":
    sys.exit(main(["run", "--only", "assemble", *sys.argv[1:]]))
