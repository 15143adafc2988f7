"""Wakes the tasks of one process that wait for news."""

import asyncio
from contextlib import suppress


class Bell:
    """Rung after a commit; everyone who listens looks into the database.

    It carries nothing, so a ring nobody heard loses nothing: listeners look now and then anyway.
    """

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Wake all who listen now. To be called in the event loop's thread."""
        self._rung.set()
        self._rung = asyncio.Event()

    async def heard(self, *, within_s: float) -> None:
        """Wait for the next ring, at most so long."""
        rung = self._rung
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await rung.wait()
