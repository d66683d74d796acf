"""One driver a stage directory.

A lease is a numbered object below `lease/`, made by conditional create: the highest number is in force. Its holder
renews it by writing it again; it ends by being marked released, by expiring, or because its process is gone from
this very host. A driver that finds a higher number than its own has been replaced and stops. Correctness does not
hang on the lease (commits are conditional creates too); it keeps two drivers from paying for the same work.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import LeaseError, StorageError
from pipeline.storage import Storage


@dataclass(frozen=True)
class Holder:
    """Who is at work: process and host, and from when on, in seconds since the epoch."""

    name: str
    since: float


class Lease:
    """A held lease; `check` raises once it is lost."""

    def __init__(self, directory: Storage, number: int, owner: str, lease_s: float, since: float) -> None:
        self._directory, self._number, self._owner, self._lease_s = directory, number, owner, lease_s
        self._since = since
        self._stop = threading.Event()
        self._lost: str | None = None
        self._renewed = time.monotonic()
        self._thread = threading.Thread(target=self._renew, name="lease", daemon=True)
        self._thread.start()

    def check(self) -> None:
        """Raise LeaseError if another driver has taken over, or if the lease could not be renewed in time."""
        if self._lost:
            raise LeaseError(self._lost)

    def release(self) -> None:
        self._stop.set()
        self._thread.join()
        if not self._lost:
            # Where storage is out of reach the lease expires by itself; what the holder met first is the news.
            with suppress(StorageError):
                self._directory.write(_path(self._number), self._content(released=True))

    def _content(self, *, released: bool = False) -> bytes:
        return _content(self._owner, self._lease_s, self._since, released)

    def _renew(self) -> None:
        while not self._stop.wait(self._lease_s / 4):
            try:
                number, holder = _latest(self._directory)
                if number != self._number or holder["owner"] != self._owner:
                    self._lost = f"{self._directory.uri}: driver {_name(holder)} has taken over; this one stops"
                    return
                self._directory.write(_path(self._number), self._content())
                self._renewed = time.monotonic()
            except StorageError as error:
                if time.monotonic() - self._renewed > self._lease_s:
                    self._lost = f"{self._directory.uri}: the lease could not be renewed: {error}"
                    return


@contextmanager
def hold_lease(directory: Storage, lease_s: float) -> Iterator[Lease]:
    """Hold the directory for the time of the block.

    Raises:
        LeaseError: a living driver holds it; the message says which, and when it would count as dead.
    """
    number, holder = _latest(directory)
    if holder is not None and (left := _time_left(holder)) > 0:
        raise LeaseError(
            f"{directory.uri}: driver {_name(holder)} is at work here; stop it, or wait: "
            f"it counts as dead if it does not renew its lease within {left:.0f} s"
        )
    owner = f"{socket.gethostname()} {os.getpid()} {_started(os.getpid())} {uuid.uuid4().hex}"
    since = time.time()
    if not directory.create(_path(number + 1), _content(owner, lease_s, since)):
        raise LeaseError(f"{directory.uri}: another driver has just started here")
    lease = Lease(directory, number + 1, owner, lease_s, since)
    try:
        yield lease
    finally:
        lease.release()


def lease_holder(directory: Storage) -> Holder | None:
    """Who is at work in the directory, for `status`."""
    _, holder = _latest(directory)
    return Holder(_name(holder), holder["since"]) if holder is not None and _time_left(holder) > 0 else None


def _path(number: int) -> str:
    return f"lease/{number:06d}.json"


def _content(owner: str, lease_s: float, since: float, released: bool = False) -> bytes:
    content = {"owner": owner, "since": since, "until": time.time() + lease_s, "released": released}
    return json.dumps(content).encode()


def _latest(directory: Storage) -> tuple[int, Any]:
    paths = [info.path for info in directory.list("lease/")]
    if not paths:
        return 0, None
    return int(paths[-1].removeprefix("lease/").removesuffix(".json")), json.loads(directory.read(paths[-1]))


def _time_left(holder: Any) -> float:
    host, pid, started, _ = holder["owner"].split()
    if holder["released"] or (host == socket.gethostname() and _started(int(pid)) != started):
        return 0.0
    return float(holder["until"] - time.time())


def _name(holder: Any) -> str:
    host, pid, *_ = holder["owner"].split()
    return f"{pid} on {host}"


def _started(pid: int) -> str:
    """Start time of a process in clock ticks since boot, so that a recycled id is not mistaken for it; 0 if gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return "0"
    return "0" if fields[0] == "Z" else fields[19]
