"""Kills processes of the night at random instants; which and when is decided by a seed."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from api.demo.processes import Process

LOOK_EVERY_S = 0.05

# What share of the kills hits whom; a power cut in the forest is the everyday case.
SHARES: Mapping[str, float] = {"station": 0.5, "server": 0.2, "broker": 0.15, "database": 0.15}


def shares_of(kinds: Sequence[str]) -> Mapping[str, float]:
    """Return the shares if these are killed equally often, and nobody else."""
    return {kind: (1 / len(kinds) if kind in kinds else 0.0) for kind in SHARES}


def shares_with(station: float) -> Mapping[str, float]:
    """Return the shares if the station has this one, and the others divide the rest as ever."""
    rest = (1 - station) / (1 - SHARES["station"])
    return {kind: share * rest for kind, share in SHARES.items()} | {"station": station}


def schedule(
    number: int,
    kinds: Sequence[str],
    random_: random.Random,
    shares: Mapping[str, float] = SHARES,
) -> list[str]:
    """Return whom to kill, one after another: `number` in all, the shares among `kinds` kept.

    Whoever has no share is left alone.
    """
    kinds = [kind for kind in kinds if shares[kind] > 0]
    order: list[str] = []
    for _ in range(number):
        # Whoever is furthest behind their share: then few kills are spread over all kinds, too.
        order.append(min(kinds, key=lambda kind: (order.count(kind) + 1) / shares[kind]))
    random_.shuffle(order)
    return order


class Killer:
    """Sends SIGKILL to processes that this program has started, and to nothing else."""

    def __init__(
        self, random_: random.Random, targets: Callable[[], Mapping[str, Sequence[Process]]]
    ) -> None:
        self._random = random_
        self._targets = targets
        self.kills: Counter[str] = Counter()

    async def kill(self, order: Sequence[str], *, every_s: float) -> None:
        """Kill one after another, `every_s` apart on average, at no rhythm."""
        for kind in order:
            await asyncio.sleep(self._random.uniform(0, 2 * every_s))
            await self._kill_one(kind)

    async def _kill_one(self, kind: str) -> None:
        # One that is just starting again is fair game; one that is not there cannot be killed.
        while True:
            running = list(self._targets()[kind])
            self._random.shuffle(running)
            if any(process.kill() for process in running):
                self.kills[kind] += 1
                return
            await asyncio.sleep(LOOK_EVERY_S)
