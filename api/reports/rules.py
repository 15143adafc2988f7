"""When a person's word is believed in full, and how often somebody may report."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.people.rules import at_least
from api.position import Position, distance_m
from api.tables import Role

FARTHEST_M = 100_000.0  # from the middle of the site: beyond it is a wrong tap, or a wrong GPS
SAME_HERD_M = 1500.0
SAME_TIME = timedelta(minutes=30)

# In so long, so many reports of one person; a phone keeps the rest and sends it later.
LIMITS = ((timedelta(minutes=10), 6), (timedelta(hours=24), 40))


@dataclass(frozen=True, slots=True)
class Spotted:
    """Who saw elephants, where and when."""

    person_id: int
    position: Position
    seen_at: datetime


def is_believed(role: Role, own: Spotted, others: Iterable[Spotted]) -> bool:
    """Whether a report rings like a camera's, at once.

    A ranger's word does. A villager's raises a watch until a ranger, a camera or another person
    says the same: one prankster wakes nobody for danger, and two honest neighbours are enough.
    """
    return at_least(role, Role.RANGER) or any(agrees(own, other) for other in others)


def agrees(one: Spotted, other: Spotted) -> bool:
    """Whether two people can have seen the same elephants."""
    return (
        one.person_id != other.person_id
        and abs(one.seen_at - other.seen_at) <= SAME_TIME
        and distance_m(one.position, other.position) <= SAME_HERD_M
    )


def wait_s(received: Sequence[datetime], now: datetime) -> int:
    """Return for how many seconds somebody who reported at these times must wait, 0 if not at all.

    `received` is in any order.
    """
    waits = [0]
    for window, allowed in LIMITS:
        recent = sorted(at for at in received if now - at < window)
        if len(recent) >= allowed:
            waits.append(max(1, int((recent[-allowed] + window - now).total_seconds())))
    return max(waits)


def seen_at(seen: datetime, sent: datetime, now: datetime) -> datetime:
    """Return when it was, on the server's clock.

    Phones' clocks are wrong; only the difference of two readings means something. One that was set
    back meanwhile says nothing: then it was now, since a warning too many is the lesser evil.
    """
    waited = sent - seen
    return now - waited if waited > timedelta(0) else now
