"""What has left the station and has no storage receipt yet. Knows no clock and no network.

A letter goes through two answers: the broker's acknowledgement (it has left) and the server's
receipt (it has arrived). Until the first it is not sent again, because the connection still
carries it; after the first it is, with growing patience, until the second.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from edge_agent.contracts.messages import StoredKind
from edge_agent.outbox import Letter

_Key = tuple[StoredKind, str]


@dataclass(frozen=True, slots=True)
class _Flying:
    revision: int
    ticket: int
    sent_s: float
    acknowledged_s: float | None
    times: int


class Flight:
    """Chooses what to send next; times are seconds of one monotonic clock."""

    def __init__(
        self,
        *,
        limit: int = 20,
        pictures: int = 2,
        samples: int = 1,
        resend_after_s: float = 10,
        at_most_s: float = 60,
    ) -> None:
        self._limits = {
            StoredKind.DETECTION: limit,
            StoredKind.MEDIA: pictures,
            StoredKind.SAMPLE: samples,
        }
        self._resend_after_s = resend_after_s
        self._at_most_s = at_most_s
        self._flying: dict[_Key, _Flying] = {}

    def __len__(self) -> int:
        return len(self._flying)

    def choose(
        self, waiting: Iterable[Letter], kind: StoredKind, now_s: float, *, keep_free: int = 0
    ) -> list[Letter]:
        """Return those of `waiting` that may leave now, in its order, within the limit.

        `keep_free` places of the limit are left to what is more urgent.
        """
        room = self._limits[kind] - keep_free - self._occupied(kind, now_s)
        return [letter for letter in waiting if self._may_leave(letter, now_s)][: max(0, room)]

    def carries(self, letter: Letter) -> bool:
        """Whether this very revision has left, and has no receipt yet."""
        flying = self._flying.get((letter.kind, letter.id))
        return flying is not None and flying.revision == letter.revision

    def left(self, letter: Letter, ticket: int, now_s: float) -> None:
        """The letter was handed to the connection, which calls it `ticket`."""
        before = self._flying.get((letter.kind, letter.id))
        again = before is not None and before.revision == letter.revision
        times = before.times + 1 if before is not None and again else 1
        self._flying[letter.kind, letter.id] = _Flying(letter.revision, ticket, now_s, None, times)

    def acknowledged(self, ticket: int, now_s: float) -> None:
        """The broker has taken over what was called `ticket`."""
        for key, flying in self._flying.items():
            if flying.ticket == ticket and flying.acknowledged_s is None:
                self._flying[key] = replace(flying, acknowledged_s=now_s)
                return

    def landed(self, kind: StoredKind, letter_id: str, revision: int) -> None:
        """The server has stored (or refused) it, up to this revision."""
        flying = self._flying.get((kind, letter_id))
        if flying is not None and flying.revision <= revision:
            del self._flying[kind, letter_id]

    def grounded(self) -> None:
        """The connection is gone: whatever has no receipt is to be sent again over the next."""
        self._flying.clear()

    def stuck_for_s(self, now_s: float) -> float:
        """How long the broker has owed its oldest acknowledgement."""
        owed = [f.sent_s for f in self._flying.values() if f.acknowledged_s is None]
        return now_s - min(owed) if owed else 0.0

    def _may_leave(self, letter: Letter, now_s: float) -> bool:
        flying = self._flying.get((letter.kind, letter.id))
        if flying is None or flying.revision != letter.revision:
            return True
        if flying.acknowledged_s is None:
            return False
        doubled_s = self._resend_after_s * 2.0 ** min(flying.times - 1, 16)
        patience_s = min(doubled_s, self._at_most_s)
        return now_s - flying.acknowledged_s >= patience_s

    def _occupied(self, kind: StoredKind, now_s: float) -> int:
        # What has waited long for its receipt gives its place free: it must not hold up a fresh
        # sighting.
        return sum(
            1
            for (its_kind, _), f in self._flying.items()
            if its_kind is kind
            and (f.acknowledged_s is None or now_s - f.acknowledged_s < self._resend_after_s)
        )
