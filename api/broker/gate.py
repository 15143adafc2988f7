"""Lets stations and the link into the embedded broker, and tells of those it turned away."""

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from api.broker.access import BrokerUser, ServerUser, StationUser, station_of
from api.broker.provider import SERVER_USERNAME
from edge_agent.contracts.seal import broker_password

FindKey = Callable[[str, str], Awaitable[bytes | None]]
_ANSWER_WITHIN_S = 10.0


@dataclass(frozen=True, slots=True)
class Refusal:
    """Somebody wanted what they may not."""

    username: str
    action: str  # connect, publish, subscribe
    topic: str


class Gate:
    """Knows the passwords; asked in the broker's thread, looks up in the server's loop.

    Each station is looked up when it connects, so one that was enrolled a moment ago is let in.
    """

    def __init__(
        self,
        server_password: str,
        find_key: FindKey,
        *,
        on_refusal: Callable[[Refusal], None] = lambda _: None,
    ) -> None:
        self._server_password = server_password
        self._find_key = find_key
        self._on_refusal = on_refusal
        self._loop = asyncio.get_running_loop()

    async def admit(self, username: str, password: str) -> BrokerUser | None:
        """Return who this is, or None if the password is not theirs."""
        if username == SERVER_USERNAME:
            return ServerUser() if _same(password, self._server_password) else None
        station = station_of(username)
        key = await self._key_of(station) if station else None
        if station is None or key is None or not _same(password, broker_password(key)):
            return None
        return station

    def tell(self, refusal: Refusal) -> None:
        """Report a refusal to the server's loop."""
        self._loop.call_soon_threadsafe(self._on_refusal, refusal)

    async def _key_of(self, station: StationUser) -> bytes | None:
        async def find() -> bytes | None:
            return await self._find_key(station.site_id, station.station_id)

        asked = asyncio.run_coroutine_threadsafe(find(), self._loop)
        return await asyncio.wait_for(asyncio.wrap_future(asked), _ANSWER_WITHIN_S)


def _same(given: str, right: str) -> bool:
    return hmac.compare_digest(given.encode(), right.encode())
