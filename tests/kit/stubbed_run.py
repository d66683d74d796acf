"""`culturalground` as a driver whose models are stubs. `python -m tests.kit.stubbed_run run --config ...`."""

from __future__ import annotations

import sys

from jobs.cli import main
from tests.kit.stubbed_stages import stubbed

if __name__ == "__main__":
    with stubbed():
        sys.exit(main())
