"""What a detection means: when it was, whether it is news, which event it belongs to."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.position import Position
from edge_agent.contracts.errors import UnreadableMessageError
from edge_agent.contracts.messages import ClockState, DetectionMessage

ELEPHANT = "elephant"
PEOPLE = frozenset({"person", "vehicle"})  # where there is a vehicle, there are people

LONGEST_UNSET_DELAY = timedelta(days=1)


class ForeignDetectionError(UnreadableMessageError):
    """A station speaks of a detection that another station made."""


@dataclass(frozen=True, slots=True)
class Timings:
    """How long things stay together, and how long they are news."""

    alert_horizon: timedelta = timedelta(seconds=900)
    event_silence: timedelta = timedelta(seconds=600)


@dataclass(frozen=True, slots=True)
class Sighting:
    """What the story needs to know of one detection."""

    detection_id: str
    site_id: str
    station_id: int
    deployment_id: str
    position: Position
    seen_at: datetime
    elephants: int
    people_beside: bool
    simulated: bool
    historical: bool
    event_id: int | None = None  # where an earlier revision of it belongs


@dataclass(frozen=True, slots=True)
class EventSpan:
    """From when to when an event lasted."""

    event_id: int
    started_at: datetime
    ended_at: datetime


def seen_at(message: DetectionMessage, now: datetime) -> datetime:
    """Return when it was, on the server's clock, as well as anybody can know.

    A wrong clock must not silence an alert: what was captured in the future was captured now, and
    of a clock that was never set only the difference of its two times means something.
    """
    if message.clock is ClockState.UNSET:
        delay = message.sent_at - message.captured_at
        known = timedelta(0) <= delay <= LONGEST_UNSET_DELAY
        return now - delay if known else now
    return min(message.captured_at, now)


def is_news(seen: datetime, now: datetime, horizon: timedelta) -> bool:
    """Whether people should still be rung for something seen then."""
    return now - seen <= horizon


def elephants_in(message: DetectionMessage) -> int:
    """Count the elephants of the frame."""
    return sum(animal.label == ELEPHANT for animal in message.animals)


def has_people(message: DetectionMessage) -> bool:
    """Whether people are in the frame too."""
    return any(animal.label in PEOPLE for animal in message.animals)


def nearest_span(
    spans: Iterable[EventSpan], seen: datetime, silence: timedelta
) -> EventSpan | None:
    """Return the event that this moment continues, the nearest in time if there are several.

    Before or after: once a lost link is back, messages arrive late and out of order.
    """
    near = [span for span in spans if _gap(span, seen) <= silence]
    return min(near, key=lambda span: (_gap(span, seen), span.event_id), default=None)


def _gap(span: EventSpan, seen: datetime) -> timedelta:
    return max(span.started_at - seen, seen - span.ended_at, timedelta(0))
