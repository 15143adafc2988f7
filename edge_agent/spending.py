"""What the station may send in a day over a metered link, and what it has sent."""

from collections.abc import Callable
from datetime import UTC, datetime

from edge_agent.outbox import Outbox

MB = 1_000_000
PER_MESSAGE_BYTES = 250
"""Of each message, what is neither topic nor payload. Reckoned, not measured: a message and its
acknowledgement are four TCP segments of 52 bytes of headers, MQTT's own dozen, and a share of a
storage receipt."""
_NOTED_EVERY_BYTES = 50_000


def _now() -> datetime:
    return datetime.now(UTC)


class DataBudget:
    """Counts bytes by UTC day, across restarts; use from one thread.

    `mb_per_day` is None for a link that is not metered. A power cut forgets at most the last 50 kB.
    """

    def __init__(
        self,
        outbox: Outbox,
        mb_per_day: float | None,
        *,
        now: Callable[[], datetime] = _now,
    ) -> None:
        self._outbox = outbox
        self.mb_per_day = mb_per_day
        self._now = now
        self._day = self._today()
        self._noted = outbox.spent(self._day)
        self._unnoted = 0

    def spend(self, size_bytes: int) -> None:
        """Count what was sent now."""
        self._turn_the_page()
        self._unnoted += size_bytes
        if self._unnoted >= _NOTED_EVERY_BYTES:
            self.note()

    def note(self) -> None:
        """Write down what was counted."""
        if self._unnoted:
            self._outbox.spend(self._day, self._unnoted)
            self._noted, self._unnoted = self._noted + self._unnoted, 0

    @property
    def spent_bytes(self) -> int:
        """What was sent today."""
        self._turn_the_page()
        return self._noted + self._unnoted

    @property
    def is_used_up(self) -> bool:
        """Whether only warnings may still be sent today."""
        return self.mb_per_day is not None and self.spent_bytes >= self.mb_per_day * MB

    def _turn_the_page(self) -> None:
        if self._today() != self._day:
            self.note()
            self._day = self._today()
            self._noted = self._outbox.spent(self._day)

    def _today(self) -> str:
        return f"{self._now():%Y-%m-%d}"
