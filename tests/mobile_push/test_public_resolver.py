import socket

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from mobile_push.public_resolver import PublicResolver


class FakeNames(AbstractResolver):
    """A name server that says what it was given."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=one, port=port, family=family, proto=0, flags=0)
            for one in self.addresses
        ]

    async def close(self) -> None: ...


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.0.1",
        "169.254.169.254",
        "::1",
        "fd00::1",
        "fe80::1",
        "0.0.0.0",
    ],
)
async def test_a_public_name_may_not_lead_inside(address: str) -> None:
    with pytest.raises(OSError, match="public internet"):
        await PublicResolver(inner=FakeNames(address)).resolve("push.evil.example", 443)


async def test_of_two_addresses_the_public_one_is_used() -> None:
    resolver = PublicResolver(inner=FakeNames("10.0.0.1", "8.8.8.8"))

    assert [one["host"] for one in await resolver.resolve("push.example.org")] == ["8.8.8.8"]


async def test_a_push_service_of_ones_own_may_be_inside() -> None:
    resolver = PublicResolver(allowed_hosts=frozenset({"push"}), inner=FakeNames("10.0.0.1"))

    assert len(await resolver.resolve("push")) == 1
