from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from pipeline.commons.resolver import PublicResolver


class Says(AbstractResolver):
    """A name server that says the same of every host."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses

    async def resolve(self, host: str, port: int = 0, family: Any = socket.AF_INET) -> list[ResolveResult]:
        return [
            {"hostname": host, "host": address, "port": port, "family": family, "proto": 0, "flags": 0}
            for address in self.addresses
        ]

    async def close(self) -> None:
        pass


def resolved(host: str, *addresses: str) -> list[str]:
    found = asyncio.run(PublicResolver(Says(*addresses)).resolve(host, 443))
    return [address["host"] for address in found]


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.1.2.3", "192.168.0.9", "169.254.169.254", "::1", "fd00::1", "0.0.0.0", "100.64.0.1"]
)
def test_a_public_host_is_not_looked_for_at_a_private_address(address: str) -> None:
    with pytest.raises(OSError, match=r"upload\.wikimedia\.org resolves to .*, which is no public address"):
        resolved("upload.wikimedia.org", "208.80.154.240", address)


def test_public_addresses_and_mirrors_of_ones_own_pass() -> None:
    assert resolved("upload.wikimedia.org", "208.80.154.240") == ["208.80.154.240"]
    assert resolved("mirror.internal", "10.1.2.3") == ["10.1.2.3"]
