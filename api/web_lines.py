"""Lines to the web server: as many as the system lets us have, none for who says nothing."""

import asyncio
import logging
from contextlib import suppress
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

ASKS_WITHIN_S = 20.0  # long, even for a phone at the edge of its network

_log = logging.getLogger(__name__)


class ImpatientProtocol(AutoHTTPProtocol):  # type: ignore[misc, valid-type]
    """Hangs up on whoever has not asked for anything: uvicorn would wait for ever.

    A process may have only so many lines and files open, and stations and the database need some.
    """

    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Begin to wait for the head of the first request."""
        super().connection_made(transport)
        self._patience = self.loop.call_later(ASKS_WITHIN_S, self._hang_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        if self._patience is not None:
            self._patience.cancel()
        super().connection_lost(exc)

    def _hang_up(self) -> None:
        transport: Any = self.transport
        if self.cycle is None and transport.get_protocol() is self:  # not a WebSocket by now
            transport.close()


def allow_many_lines() -> None:
    """Raise the number of files and connections that this process may have to what it may be.

    Linux starts with 1,024 for the sake of old programs: too few for a thousand stations and the
    open apps of a valley.
    """
    with suppress(ImportError, OSError, ValueError):  # elsewhere there is no such limit
        import resource

        kind = resource.RLIMIT_NOFILE
        soft, hard = resource.getrlimit(kind)
        if soft != hard:
            resource.setrlimit(kind, (hard, hard))
            _log.debug("up to %s files and connections, not %s", hard, soft)
