"""Ray job: the stage `images` alone. `ray job submit --working-dir . -- python -m jobs.images --config FILE`."""

from __future__ import annotations

import sys

from jobs.cli import main

if __name__ == "__main__":
    sys.exit(main(["run", "--only", "images", *sys.argv[1:]]))
