"""Names to addresses, without those that a public host cannot have: a name server may lie, or be made to."""

from __future__ import annotations

import ipaddress
import socket

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import DefaultResolver

from pipeline.commons.profiles import profiles


class PublicResolver(AbstractResolver):
    """Resolves as the system does; of hosts that have a policy (`profiles.yaml`) only to public addresses.

    A mirror of one's own may well be at a private address: it is named in the config, and has no policy.
    """

    def __init__(self, inner: AbstractResolver | None = None) -> None:
        self._inner = inner or DefaultResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of a host.

        Raises:
            OSError: there is none, or one that a public host cannot have.
        """
        found = await self._inner.resolve(host, port, family)
        if any(profile.covers(f"https://{host}") for profile in profiles()):
            for address in found:
                if not ipaddress.ip_address(address["host"]).is_global:
                    raise OSError(f"{host} resolves to {address['host']}, which is no public address")
        return found

    async def close(self) -> None:
        await self._inner.close()
