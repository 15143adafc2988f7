"""How often a program may ask: many at once, but not for long. Pure but for its memory."""

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

AT_ONCE = 300
PER_SECOND = 10.0
_MOST_KNOWN = 10_000


@dataclass(slots=True)
class Pace:
    """The generic cell rate algorithm of ATM networks: one number for each who asks.

    That number is when they will have been quiet for long enough to ask `at_once` times again.
    """

    at_once: int = AT_ONCE
    per_second: float = PER_SECOND
    clock: Callable[[], float] = time.monotonic
    _rested_at: dict[Hashable, float] = field(default_factory=dict)

    def wait_s(self, who: Hashable) -> float:
        """Count that somebody asks; return 0, or how many seconds too early it is."""
        now = self.clock()
        rested_at = max(self._rested_at.get(who, now), now) + 1 / self.per_second
        too_early_s = rested_at - now - self.at_once / self.per_second
        if too_early_s > 1e-9:
            return too_early_s
        self._rested_at.pop(who, None)
        self._rested_at[who] = rested_at
        if len(self._rested_at) > _MOST_KNOWN:  # who has not asked for longest has likely rested
            del self._rested_at[next(iter(self._rested_at))]
        return 0.0
