"""What a process and all that it has started took: CPU seconds, and the most memory of any one of them, by role."""

from __future__ import annotations

import itertools
import os
import re
import time
from collections import defaultdict
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path

# Ray names its workers so; the rest below a driver are Ray's own services.
_WORKER = "ray::"
_EVERY_S = 0.5
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Taken:
    """What was seen of a tree of processes, by role: driver, worker, or ray for Ray's own.

    Attributes:
        peak_mb: of the process that had most, shared memory included.
        processes: how many there were.
        cpu_s: (seconds since the epoch, CPU seconds so far) at each look; of a process that ended its last count.
    """

    peak_mb: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    processes: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    cpu_s: dict[str, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))

    def cpu_between(self, role: str, start: float, end: float) -> float:
        """CPU seconds of a role between two times, to the nearest look before each."""
        return self._at(role, end) - self._at(role, start)

    def _at(self, role: str, when: float) -> float:
        return max((cpu for at, cpu in self.cpu_s[role] if at <= when), default=0.0)


def watch(process: BaseProcess) -> Taken:
    """Look at a process and its descendants until it ends."""
    taken = Taken()
    cpu: dict[int, tuple[str, float]] = {}
    assert process.pid is not None
    while process.is_alive():
        for pid in _tree(process.pid):
            seen = _look(pid)
            if seen is None:
                continue
            is_worker = seen[0].startswith(_WORKER)
            role = "driver" if pid == process.pid else "worker" if is_worker else "ray"
            taken.peak_mb[role] = max(taken.peak_mb[role], seen[1])
            cpu[pid] = (role, seen[2])
        now = time.time()
        for role in ("driver", "worker", "ray"):
            own = [seconds for of, seconds in cpu.values() if of == role]
            taken.processes[role] = len(own)
            taken.cpu_s[role].append((now, sum(own)))
        time.sleep(_EVERY_S)
    return taken


def cpu_s(root: int) -> float:
    """CPU seconds so far of a process and its descendants, those included that ended and were waited for."""
    times = [_read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()[11:15] for pid in _tree(root)]
    return sum(map(int, itertools.chain.from_iterable(times))) / _TICKS


def _tree(root: int) -> list[int]:
    children: dict[int, list[int]] = defaultdict(list)
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and (stat := _read(folder / "stat")):
            children[int(stat.rpartition(")")[2].split()[1])].append(int(folder.name))
    found = [root]
    for pid in found:
        found += children[pid]
    return found


def _look(pid: int) -> tuple[str, float, float] | None:
    """Title, MB of memory at most, CPU seconds; None of one that is gone."""
    folder = Path(f"/proc/{pid}")
    # Not ru_maxrss, which a process inherits from the one that started it.
    peak = re.search(r"VmHWM:\s+(\d+) kB", _read(folder / "status"))
    times = _read(folder / "stat").rpartition(")")[2].split()
    if peak is None or not times:
        return None
    return _read(folder / "cmdline"), int(peak[1]) / 1e3, (int(times[11]) + int(times[12])) / _TICKS


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""
