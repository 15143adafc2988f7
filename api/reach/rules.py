"""Whether a phone would ring, as far as anybody can know."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

PROOF_LASTS = timedelta(
    days=14
)  # then a drill is due: batteries, savers and updates silence phones


class Reach(StrEnum):
    """How sure it is that a person is rung, the best first."""

    PROVED = "proved"  # a phone of theirs has said so lately
    UNPROVED = "unproved"  # there is one, but it has not said so for long, or never
    MISSED = "missed"  # it was rung since it last said so, and said nothing
    GONE = "gone"  # there was one
    NONE = "none"  # there never was one: only an open app reaches them


@dataclass(frozen=True, slots=True)
class Bell:
    """One way of reaching a person; times are the server's."""

    channel: str
    subscribed_at: datetime
    last_reached_at: datetime | None
    gone_at: datetime | None
    missed_at: datetime | None = None  # the newest push that ran out before it came


def reach_of(bell: Bell, now: datetime) -> Reach:
    """Return how sure it is that this bell rings."""
    if bell.gone_at is not None:
        return Reach.GONE
    if bell.missed_at is not None and _is_before(bell.last_reached_at, bell.missed_at):
        return Reach.MISSED
    if bell.last_reached_at is None or now - bell.last_reached_at > PROOF_LASTS:
        return Reach.UNPROVED
    return Reach.PROVED


def _is_before(moment: datetime | None, other: datetime) -> bool:
    return moment is None or moment < other


def best_of(bells: list[Bell], now: datetime) -> Reach:
    """Return how sure it is that somebody is rung by any of their bells."""
    order = list(Reach)
    return min((reach_of(bell, now) for bell in bells), key=order.index, default=Reach.NONE)
