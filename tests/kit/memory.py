"""Memory of this process, as the kernel counts it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal


def held_mb(kind: Literal["VmHWM", "VmRSS"]) -> float:
    """MB (1e6 bytes) that are resident now (`VmRSS`), or were at most (`VmHWM`).

    Not `getrusage`, whose peak begins with that of the process which started this one.
    """
    [kilobytes] = re.findall(kind + r":\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    return int(kilobytes) * 1024 / 1e6
