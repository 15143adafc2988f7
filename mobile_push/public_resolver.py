"""Names that lead out to the internet, never back into the server's own network.

The endpoint policy reads a name; what it resolves to is known only when connecting, and can change
between two look-ups. So the address is checked here, where it is used.
"""

import ipaddress
import socket

from aiohttp import ThreadedResolver
from aiohttp.abc import AbstractResolver, ResolveResult


class PublicResolver(AbstractResolver):
    """Drops private, loopback and link-local addresses; `allowed_hosts` may be anywhere."""

    def __init__(
        self, *, allowed_hosts: frozenset[str] = frozenset(), inner: AbstractResolver | None = None
    ) -> None:
        self._allowed_hosts = allowed_hosts
        self._inner = inner or ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Resolve as usual.

        Raises:
            OSError: unknown, or known at private addresses only.
        """
        found = await self._inner.resolve(host, port, family)
        if host in self._allowed_hosts:
            return found
        public = [one for one in found if ipaddress.ip_address(one["host"]).is_global]
        if not public:
            raise OSError(None, f"{host} is not on the public internet")
        return public

    async def close(self) -> None:
        """Close the resolver underneath."""
        await self._inner.close()
