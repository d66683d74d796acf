"""Ray job: `culturalground verify`. `ray job submit --working-dir . -- python -m jobs.verify --config FILE`."""

from __future__ import annotations

import sys

from jobs.cli import main

if __name__ == "__main__":
    sys.exit(main(["verify", *sys.argv[1:]]))
