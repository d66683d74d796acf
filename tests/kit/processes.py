"""Processes by session: everything that a child started in a session of its own has started in turn."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path


def in_session(session: int) -> list[tuple[int, str]]:
    """(process id, first word of the command line) of every living process of a session."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            after_name = (folder / "stat").read_text().rpartition(")")[2].split()
            title = (folder / "cmdline").read_bytes().split(b"\0")[0].decode(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            continue
        state, of_process = after_name[0], int(after_name[3])
        if of_process == session and state != "Z":
            found.append((int(folder.name), title))
    return found


def session_of(pid: int) -> int | None:
    """The session of a process; None if it is gone."""
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return None


def parent_of(pid: int) -> int | None:
    """The parent of a process; None if it is gone."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return None


def seconds_since_boot() -> float:
    """Now, on the clock of `started_at`."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def started_at(pid: int) -> float | None:
    """When a process was started, s since boot, to a hundredth; None if it is gone."""
    try:
        ticks = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    except (FileNotFoundError, ProcessLookupError):
        return None
    return ticks / os.sysconf("SC_CLK_TCK")


def end_session(process: subprocess.Popen[str]) -> None:
    """SIGKILL until no process of the session that `process` leads is left, and collect its exit code."""
    for _ in range(100):
        left = in_session(process.pid)
        if not left:
            break
        for pid, _ in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.05)
    if process.stdout:
        process.stdout.close()
    process.wait(10)
