"""Hosts on this machine: itself, and network namespaces, each with an address of its own and a cable between them."""

from __future__ import annotations

import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Host:
    """Its address, and what stands before a command that is to run there."""

    address: str
    before: tuple[str, ...] = ()


HERE = Host("127.0.0.1")


def may_add_hosts() -> bool:
    """Whether this process may add network namespaces."""
    if os.geteuid() or shutil.which("ip") is None:
        return False
    name = uuid.uuid4().hex[:8]
    if subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False).returncode:
        return False
    _ip("netns", "del", name)
    return True


@dataclass(frozen=True)
class Cable:
    """Between two hosts."""

    first: Host
    second: Host
    end: str

    def cut(self) -> None:
        """Nothing passes from now on, and nobody is told."""
        _ip("-n", self.end, "link", "set", self.end, "down")

    def mend(self) -> None:
        """It passes again."""
        _ip("-n", self.end, "link", "set", self.end, "up")


@contextmanager
def two_hosts() -> Iterator[Cable]:
    """Two hosts that see each other and nothing else; files they share with this machine."""
    names = [f"h{uuid.uuid4().hex[:8]}" for _ in range(2)]
    try:
        for name in names:
            _ip("netns", "add", name)
        _ip("link", "add", names[0], "netns", names[0], "type", "veth", "peer", "name", names[1], "netns", names[1])
        yield Cable(_up(names[0], "10.77.0.1"), _up(names[1], "10.77.0.2"), names[1])
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)


def _up(name: str, address: str) -> Host:
    _ip("-n", name, "addr", "add", f"{address}/24", "dev", name)
    for device in ("lo", name):
        _ip("-n", name, "link", "set", device, "up")
    return Host(address, ("ip", "netns", "exec", name))


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], capture_output=True, check=True)
