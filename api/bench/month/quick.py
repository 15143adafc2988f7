"""Tells a simulated month to the rules alone: what the server would make of it, without its rows.

The same books decide as in `api/pipeline.py`, in the same order; only what the store reads around a
sighting, writes and lets follow is done here in lists. Ten times as fast; a test holds both ways
against each other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from api.alerts.book import AlertBook, OpenAlert
from api.bench.month.landscape import on_earth
from api.bench.month.month import Month
from api.bench.month.told import SITE_ID, Asking, Told, fence_of, message_of
from api.events.book import EventBook, OpenEvent
from api.events.rules import Sighting, Source, Timings
from api.events.store import sighting_of
from api.geofences.rules import Fence, approach_of, nearby
from api.herds import forecast
from api.herds.book import HerdBook, Move, OpenHerd
from api.herds.measure import JOINS_WITHIN
from api.herds.retelling import TOLD_AGAIN
from api.herds.rules import NEW_A_DAY, course_of
from api.herds.store import DAY, RECENT, USUAL_DAYS

TIMINGS = Timings()


@dataclass(slots=True)
class _Rows:
    """What the database would hold. `event_of` is by detection."""

    events: list[OpenEvent] = field(default_factory=list)
    herds: list[OpenHerd] = field(default_factory=list)
    alerts: list[OpenAlert] = field(default_factory=list)
    event_of: dict[str, OpenEvent] = field(default_factory=dict)
    raised_at: dict[str, datetime] = field(default_factory=dict)  # by alert


def tell_quickly(month: Month) -> Told:
    """Let the rules hear all of a month, in the order in which it was said."""
    fences = [fence_of(number, village) for number, village in enumerate(month.land.villages)]
    places = [on_earth(spot) for spot in month.land.cameras]
    told, rows, spoken = Told(), _Rows(), dict[str, int]()
    asking = Asking(told, fences)
    numbers = count(1)
    for number, glimpse in enumerate(month.glimpses):
        source = Source(SITE_ID, glimpse.camera, places[glimpse.camera], simulated=False)
        message = message_of(glimpse, month.looks_deg[glimpse.camera])
        sighting = sighting_of(source, message, glimpse.arrives_at, TIMINGS)
        spoken[sighting.detection_id] = number
        herd = _hear(rows, sighting, glimpse.arrives_at, fences, numbers)
        asking.note_rings(number, glimpse, sighting.position)
        if asking.is_due(glimpse):
            recent = (each.path for each in rows.herds if each.last_seen_at >= glimpse.at - RECENT)
            asking.note_forecast(
                glimpse, herd.position, herd.path, herd.last_seen_at, forecast.pace_of(recent)
            )
    told.herd_of = {
        number: rows.event_of[detection_id].herd_id or 0 for detection_id, number in spoken.items()
    }
    told.alerts = [
        (
            month.glimpses[spoken[alert.facts.detection_id]],
            alert.geofence_id,
            rows.raised_at[alert.id],
        )
        for alert in rows.alerts
    ]
    return told


def _hear(
    rows: _Rows, sighting: Sighting, now: datetime, fences: Sequence[Fence], numbers: Iterable[int]
) -> OpenHerd:
    events, herds = _around(rows, sighting)
    event = events.open_or_extend(sighting)
    herd, moves = herds.join(event, sighting)
    _write(rows, events, herds, numbers)
    rows.event_of[sighting.detection_id] = event
    for move in moves:
        _follow(rows, move)
    if not sighting.historical:
        _warn(rows, herd, sighting, now, fences)
    for gone in herds.gone:
        if not any(event.herd_id == gone.id for event in rows.events):
            rows.herds.remove(gone)
    return herd


def _around(rows: _Rows, sighting: Sighting) -> tuple[EventBook, HerdBook]:
    """Return what the stores read around a sighting."""
    moment, silence = sighting.seen_at, TIMINGS.event_silence
    near = [
        event
        for event in rows.events
        if abs(event.started_at - moment) <= TOLD_AGAIN
        or (
            event.station_id == sighting.station_id
            and event.ended_at >= moment - silence
            and event.started_at <= moment + silence
        )
    ]
    theirs = {event.herd_id for event in near}
    herds = [
        herd
        for herd in rows.herds
        if abs(herd.last_seen_at - moment) <= JOINS_WITHIN or herd.id in theirs
    ]
    rate = {SITE_ID: _new_a_day(rows.herds, moment)}
    events = EventBook(near, {}, silence)
    return events, HerdBook(herds, events.all, rate)


def _new_a_day(herds: Sequence[OpenHerd], moment: datetime) -> float:
    today = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    firsts = [
        herd.first_seen_at
        for herd in herds
        if today - RECENT <= herd.last_seen_at < today and herd.last_seen_at > herd.first_seen_at
    ]
    days = (today - min(firsts)) / DAY if firsts else 0.0
    return (NEW_A_DAY * USUAL_DAYS + len(firsts)) / (USUAL_DAYS + days)


def _write(rows: _Rows, events: EventBook, herds: HerdBook, numbers: Iterable[int]) -> None:
    """Keep what became of them, as `write_herds` and `write_events` do."""
    given = iter(numbers)
    for herd in (*herds.all, *herds.gone):
        if herd.id is None:
            herd.id = next(given)
            rows.herds.append(herd)
    for event, herd in herds.of_event.items():
        event.herd_id = herd.id
    rows.events += [event for event in events.all if event.id is None]
    for event in events.all:
        event.id = event.id or next(given)


def _follow(rows: _Rows, move: Move) -> None:
    """Let alerts go with an event, as `api/herds/following.py` does."""
    for alert in rows.alerts:
        if alert.herd is not move.left:
            continue
        rests = rows.event_of.get(alert.facts.detection_id) is move.event
        is_its = rests and rows.raised_at[alert.id] >= move.event.started_at
        if is_its or move.left.went_into is move.joined:
            alert.herd = move.joined


def _warn(
    rows: _Rows, herd: OpenHerd, sighting: Sighting, now: datetime, fences: Sequence[Fence]
) -> None:
    theirs = [alert for alert in rows.alerts if alert.herd is herd]
    theirs.sort(key=lambda alert: (rows.raised_at[alert.id], alert.id))
    book = AlertBook(theirs)
    course = course_of(herd.path)
    for near in nearby(sighting.position, fences):
        chance = forecast.chance_of(near.distance_m, near.towards_deg, course)
        approach = approach_of(
            near,
            people_beside=False,
            chance=chance,
            comes_from=forecast.COMES_FROM,
            confidence=sighting.confidence,
        )
        if approach is not None:
            book.raise_or_grow(herd, herd.count, sighting, approach)
    for alert in book.new:
        rows.alerts.append(alert)
        rows.raised_at[alert.id] = now
