"""What a detection means: when it was, whether it is news, which event it belongs to."""

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Protocol, TypeVar

from api.position import Position
from edge_agent.contracts.errors import UnreadableMessageError
from edge_agent.contracts.messages import ClockState, DetectionMessage

ELEPHANT = "elephant"
PEOPLE = frozenset({"person", "vehicle"})  # where there is a vehicle, there are people

# Farther apart, a person and elephants at one camera do not meet, whatever a station says.
SAME_TRAIL = timedelta(minutes=20)
LONGEST_SIGHTING = timedelta(days=366)
LONGEST_UNSET_DELAY = timedelta(days=1)
# No clock that anybody believes shows less or more; and from here on there is room to reckon.
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
_NO_TIME = timedelta(0)
# Where an animal goes in the picture, turned from where the camera looks.
_TURNS_DEG = {"away": 0.0, "right": 90.0, "towards": 180.0, "left": 270.0}
_PARTED = 0.5  # animals: no more of them go one way than the other
LONGEST_WAIT_S = 30 * 86_400.0


class ForeignDetectionError(UnreadableMessageError):
    """A station speaks of a detection that another station made."""


@dataclass(frozen=True, slots=True)
class Timings:
    """How long things stay together, and how long they are news."""

    alert_horizon: timedelta = timedelta(seconds=900)
    event_silence: timedelta = timedelta(seconds=600)


@dataclass(frozen=True, slots=True)
class Source:
    """Where detections come from: a station, as far as the story asks; how late its clock is."""

    site_id: str
    station_id: int
    position: Position
    simulated: bool
    clock_behind: timedelta = timedelta(0)


class Sighting(NamedTuple):
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
    confidence: float = 1.0  # of the surest elephant
    heading_deg: float | None = None  # where they go, if that was seen: 0 north, 90 east


class Told(NamedTuple):
    """A detection as its station told it, its place in the batch, and what the story needs."""

    number: int
    sighting: Sighting
    message: DetectionMessage


class Span(Protocol):
    """From when to when something lasted."""

    started_at: datetime
    ended_at: datetime


AnySpan = TypeVar("AnySpan", bound=Span)


def seen_at(
    message: DetectionMessage, now: datetime, *, clock_behind: timedelta = timedelta(0)
) -> datetime:
    """Return when it was, on the server's clock, as well as anybody can know.

    A wrong clock must not silence an alert: what was captured in the future was captured now, less
    what the message has surely waited; and of a clock that was never set only the difference of its
    two times means something. One that is known to be behind is put right, but for what was kept
    before the power was gone: then it was another clock.
    """
    latest = now
    if message.waited_s:
        latest -= timedelta(seconds=min(message.waited_s, LONGEST_WAIT_S))
    last = min(max(last_sight(message), EARLIEST), LATEST)
    if message.clock is ClockState.FREE_RUNNING and message.waited_s is not None:
        last += timedelta(0) if message.outlived_power else clock_behind
    if message.clock is ClockState.UNSET:
        delay = message.sent_at - last
        known = timedelta(0) <= delay <= LONGEST_UNSET_DELAY
        return min(now - delay, latest) if known else latest
    return min(last, latest)


def last_sight(message: DetectionMessage) -> datetime:
    """Return when the station saw the animals last, by its own clock; its frame may be older."""
    return max(message.captured_at, message.last_seen_at or message.captured_at)


def taken_at(message: DetectionMessage, seen: datetime) -> datetime:
    """Return when the frame was taken, on the clock on which the animals were seen last then."""
    return seen - min(last_sight(message) - message.captured_at, LONGEST_SIGHTING)


def is_news(seen: datetime, now: datetime, horizon: timedelta) -> bool:
    """Whether people should still be rung for something seen then."""
    return now - seen <= horizon


def confidence_of(message: DetectionMessage) -> float:
    """Return how sure the network is of its surest elephant, 0 without any."""
    return max((one.confidence for one in message.animals if one.label == ELEPHANT), default=0.0)


def heading_of(message: DetectionMessage) -> float | None:
    """Return where the elephants go by the compass; None if nobody can tell, or they part."""
    if message.looks_deg is None:
        return None
    east = north = 0.0
    for animal in message.animals:
        turn_deg = _TURNS_DEG.get(animal.moving or "")
        if turn_deg is not None and animal.label == ELEPHANT:
            east += math.sin(math.radians(message.looks_deg + turn_deg))
            north += math.cos(math.radians(message.looks_deg + turn_deg))
    if math.hypot(east, north) < _PARTED:
        return None
    return math.degrees(math.atan2(east, north)) % 360


def elephants_in(message: DetectionMessage) -> int:
    """Count the elephants: those of the frame, or more if the station has seen more at once."""
    in_frame = [animal.label for animal in message.animals].count(ELEPHANT)
    return max(in_frame, message.count or 0)


def has_people(message: DetectionMessage) -> bool:
    """Whether people are in the frame too, or were on the same trail minutes before or after."""
    if not PEOPLE.isdisjoint([animal.label for animal in message.animals]):
        return True
    passed = message.person_seen_at  # by the same clock as the sighting: only the difference counts
    return passed is not None and abs(last_sight(message) - passed) <= SAME_TRAIL


def nearest_span(spans: Iterable[AnySpan], seen: datetime, silence: timedelta) -> AnySpan | None:
    """Return what this moment continues, the nearest in time if there are several.

    Before or after: once a lost link is back, messages arrive late and out of order. Of two that
    are equally near it is the first.
    """
    nearest, least = None, silence
    for span in spans:
        gap = _gap(span, seen)
        if gap < least or (nearest is None and gap == least):
            nearest, least = span, gap
    return nearest


def told_together(sightings: Sequence[Told], longest: timedelta) -> list[list[Told]]:
    """Cut a batch into parts of which none spans a longer time; each keeps its order.

    What is going on now is one part. A station that was cut off for a week tells many moments: to
    look for the events around all of them at once would be to read the week.
    """
    if not sightings:
        return []
    moments = sorted(told.sighting.seen_at for told in sightings)
    if moments[-1] - moments[0] <= longest:
        return [list(sightings)]
    starts = [moments[0]]
    for moment in moments:
        if moment - starts[-1] > longest:
            starts.append(moment)
    parts: list[list[Told]] = [[] for _ in starts]
    for told in sightings:
        parts[bisect_right(starts, told.sighting.seen_at) - 1].append(told)
    return parts


def _gap(span: Span, seen: datetime) -> timedelta:
    if seen > span.ended_at:
        return seen - span.ended_at
    return span.started_at - seen if seen < span.started_at else _NO_TIME
