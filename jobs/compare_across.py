"""Ray job: the stage `compare_across` alone. `ray job submit --working-dir . -- python -m jobs.compare_across`."""

from __future__ import annotations

import sys

from jobs.cli import main

if __name__ == "__main__":
    sys.exit(main(["run", "--only", "compare_across", *sys.argv[1:]]))
