"""Ray job: `culturalground status`. `ray job submit --working-dir . -- python -m jobs.status --config FILE`."""

from __future__ import annotations

import sys

from jobs.cli import main

if __name__ == "__main__":
    sys.exit(main(["status", *sys.argv[1:]]))
