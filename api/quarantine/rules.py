"""Why a message is kept apart, and how much of a flood is kept."""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

MAX_ROWS = 10_000
MAX_KEPT_BYTES = 64 * 1024
MAX_KEPT_TOPIC = 1_000  # characters

_KEPT_PER_MINUTE = 10
_REMEMBERED = 2_000
_WINDOW = timedelta(minutes=1)


class ReasonCode(StrEnum):
    """What was wrong."""

    UNKNOWN_TOPIC = "unknown_topic"
    UNKNOWN_STATION = "unknown_station"
    UNSEALED = "unsealed"
    FORGED = "forged"
    UNREADABLE = "unreadable"
    TOO_LARGE = "too_large"
    NOT_ALLOWED = "not_allowed"  # the embedded broker turned it away
    FAILED = "failed"  # our own fault: the message was good, and is not lost


@dataclass(slots=True)
class FloodGate:
    """Lets the first few messages of the same kind in each minute be kept; all are counted.

    A station gone wild, or an attacker, would otherwise push everything else out of the quarantine.
    """

    kept_per_minute: int = _KEPT_PER_MINUTE
    _seen: OrderedDict[tuple[ReasonCode, str], tuple[datetime, int]] = field(
        default_factory=OrderedDict
    )

    def keeps(self, code: ReasonCode, sender: str, now: datetime) -> bool:
        """Whether one more of these is kept."""
        started_at, count = self._seen.pop((code, sender), (now, 0))
        if now - started_at >= _WINDOW:
            started_at, count = now, 0
        self._seen[code, sender] = (started_at, count + 1)
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return count < self.kept_per_minute
