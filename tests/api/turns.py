"""How often others had the event loop meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass


@dataclass
class Turns:
    """Counts the turns of a worker that takes every one it can have."""

    taken: int = 0


@asynccontextmanager
async def turns_of_another() -> AsyncIterator[Turns]:
    """Let somebody else work in this loop."""
    turns = Turns()

    async def work() -> None:
        while True:
            turns.taken += 1
            await asyncio.sleep(0)

    working = asyncio.create_task(work())
    try:
        yield turns
    finally:
        working.cancel()
