"""The whole story: detection, event, herd, geofences, alerts, deliveries. Everything meets here.

Read this first. Each step is a feature of its own; all of them happen in the caller's transaction,
so that a sighting is told completely or not at all, and any of it may come twice. What happens to
an alert is noted in the ledger in the same transaction.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from api.alerts import store as alerts
from api.alerts.book import AlertBook, Reached
from api.alerts.store import NewAnswer
from api.changes.store import ALERT, DETECTION, add_change, add_changes
from api.deliveries import rules as delivery_rules
from api.deliveries import store as deliveries
from api.events import rules as event_rules
from api.events import store as events
from api.events.book import EventBook, KnownDetection, is_new
from api.events.rules import ForeignDetectionError, Sighting, Timings, Told
from api.geofences import rules as geofence_rules
from api.geofences.fence_maps import FenceMaps
from api.geofences.rules import Approach, Nearby
from api.herds import forecast
from api.herds import rules as herd_rules
from api.herds import store as herds
from api.herds.book import HerdBook, Move, OpenHerd
from api.herds.following import follow
from api.ledger import notes
from api.ledger import store as ledger
from api.ledger.evidence import evidence_of
from api.ledger.rules import Note
from api.sites.store import lock_site
from api.stations.rules import clock_behind
from api.tables import Alert, Person, Station
from edge_agent.contracts.messages import DetectionMessage

_log = logging.getLogger(__name__)
DEFAULT_TIMINGS = Timings()
LONGEST_PART = timedelta(hours=2)

Heard = tuple[Station, DetectionMessage]


class _Walk(NamedTuple):
    """A sighting, the herd it is of, and what was known of that by then: how many, and its way.

    `moves` are earlier events that by this sighting turned out to be another herd's.
    """

    sighting: Sighting
    herd: OpenHerd
    count: int  # type: ignore[assignment]  # nobody counts in a walk
    course: herd_rules.Course | None
    moves: Sequence[Move] = ()


async def handle_detections(
    session: AsyncSession,
    heard: Sequence[Heard],
    now: datetime,
    timings: Timings = DEFAULT_TIMINGS,
    maps: FenceMaps | None = None,
    received_at: datetime | None = None,
) -> dict[int, ForeignDetectionError]:
    """Do everything a batch of detections causes, as if each had come alone. Safe to repeat.

    What the batch needs is read once, decided in memory, and written once. Returns which of them,
    by place, were refused because their ids are not theirs. `received_at`: when they came, if that
    was not now; an old sighting does not become news by being read late.
    """
    sources = {
        station: events.source_of(station, clock_behind(station.health, now))
        for station in {each[0] for each in heard}
    }
    told = [
        Told(
            number,
            events.sighting_of(sources[station], message, now, timings, received_at=received_at),
            message,
        )
        for number, (station, message) in enumerate(heard)
    ]
    for site_id in sorted({each.sighting.site_id for each in told}):
        await lock_site(session, site_id)
    known = await events.known_detections(session, {each.sighting.detection_id for each in told})
    maps = maps or FenceMaps()
    refused: dict[int, ForeignDetectionError] = {}
    for part in event_rules.told_together(told, LONGEST_PART):
        news = _news(part, known, refused)
        await _tell_story(session, news, known, now, timings, maps)
    return refused


async def handle_detection(
    session: AsyncSession,
    station: Station,
    message: DetectionMessage,
    now: datetime,
    timings: Timings = DEFAULT_TIMINGS,
) -> None:
    """Do everything one detection causes. Safe to repeat: the broker may deliver it twice.

    Raises:
        ForeignDetectionError: the detection's id is another station's.
    """
    for refused in (await handle_detections(session, [(station, message)], now, timings)).values():
        raise refused


async def handle_answer(
    session: AsyncSession, person: Person, alert_id: str, answer: NewAnswer, now: datetime
) -> Alert:
    """Do everything one answer causes; return the alert as it is then. Safe to repeat.

    Raises:
        NotFoundError: no such alert at the person's site.
        AlreadyExistsError: the answer's id was used for something else.
    """
    await lock_site(session, person.site_id)
    alert = await alerts.alert_of(session, person.site_id, alert_id)
    if not await alerts.keep_answer(session, alert, person, answer, now):
        return alert

    state = await alerts.move_by_answer(session, alert, person, answer, now)
    noted = notes.answered(alert, person, answer, state)
    answered_at = min(answer.answered_at, now)
    theirs = await deliveries.acknowledge(session, alert.id, person.id, answered_at)
    noted += notes.acknowledged(alert, person, theirs, answered_at)
    occasion = delivery_rules.occasion_of_state(state) if state is not None else None
    if occasion is not None:
        noted += await _close(session, alert, occasion, now)
    await ledger.append(session, alert.site_id, noted, now)
    await _tell(session, alert.site_id, ALERT, alert.id, now)
    return alert


async def handle_receipt(
    session: AsyncSession, delivery_id: str, kind: str, at: datetime, now: datetime
) -> None:
    """Do what a phone's word about one delivery causes. Safe to repeat.

    Raises:
        NotFoundError: no delivery of that id.
    """
    site_id = await deliveries.site_of(session, delivery_id)
    # Not the site's lock: ten thousand phones answer a warning while sightings go on coming in.
    delivery = await deliveries.delivery_of(session, delivery_id, to_change=True)
    news = await deliveries.confirm(session, delivery, kind, at, now)
    await ledger.leave(session, site_id, notes.confirmed(delivery, news), now)
    subjects = {"site": site_id, "alert": delivery.alert_id, "delivery": delivery.id}
    _log.info("delivery %s of alert %s: %s", delivery.id, delivery.alert_id, kind, extra=subjects)


async def handle_picture(session: AsyncSession, site_id: str, sha256: str, now: datetime) -> None:
    """Tell open apps of a picture that came after what it shows. Safe to repeat."""
    await lock_site(session, site_id)
    for detection_id in await events.detections_showing(session, site_id, sha256):
        await _tell(session, site_id, DETECTION, detection_id, now)
        for alert_id in await alerts.resting_on(session, detection_id):
            await _tell(session, site_id, ALERT, alert_id, now)


def _news(
    part: Sequence[Told],
    known: dict[str, KnownDetection],
    refused: dict[int, ForeignDetectionError],
) -> list[Told]:
    news = []
    for told in part:
        try:
            if is_new(known, told.sighting, told.message.revision):
                news.append(told)
        except ForeignDetectionError as error:
            refused[told.number] = error
    return news


async def _tell_story(
    session: AsyncSession,
    news: Sequence[Told],
    known: dict[str, KnownDetection],
    now: datetime,
    timings: Timings,
    maps: FenceMaps,
) -> None:
    if not news:
        return
    sightings = [told.sighting for told in news if told.sighting.elephants > 0]
    event_book = await events.events_around(session, sightings, known, timings)
    herd_book = await herds.herds_around(session, sightings, event_book)
    walks = [_walk(sighting, event_book, herd_book) for sighting in sightings]
    await herds.write_herds(session, herd_book)
    await events.write_events(session, event_book)
    await events.write_detections(session, news, known, event_book, now)

    changed = [(told.sighting.site_id, DETECTION, told.sighting.detection_id) for told in news]
    for part in _between_moves(walks):
        gone = await follow(session, part[0].moves, now)
        changed += [(part[0].herd.site_id, ALERT, alert_id) for alert_id in gone]
        warnings = await _warn(
            session, [walk for walk in part if not walk.sighting.historical], maps, now
        )
        await alerts.write_alerts(session, warnings, now)
        grown = (*warnings.new, *warnings.changed)
        changed += [(each.herd.site_id, ALERT, each.id) for each in grown]
        await _ring(session, warnings.reached, now, timings)
    await herds.forget_herds(session, herd_book)
    await add_changes(session, changed, now)


def _between_moves(walks: Sequence[_Walk]) -> list[list[_Walk]]:
    """Return walks in parts: one begins wherever alerts must go to another herd first."""
    parts: list[list[_Walk]] = []
    for walk in walks:
        if not parts or walk.moves:
            parts.append([])
        parts[-1].append(walk)
    return parts


def _walk(sighting: Sighting, event_book: EventBook, herd_book: HerdBook) -> _Walk:
    herd, moves = herd_book.join(event_book.open_or_extend(sighting), sighting)
    return _Walk(sighting, herd, herd.count, herd_rules.course_of(herd.path), moves)


async def _warn(
    session: AsyncSession, walks: Sequence[_Walk], maps: FenceMaps, now: datetime
) -> AlertBook:
    """Let the herds' alerts be raised and grow, in memory."""
    book = await alerts.latest_of(session, {walk.herd for walk in walks})
    fences = {
        site_id: await maps.of_site(session, site_id, now)
        for site_id in sorted({walk.sighting.site_id for walk in walks})
    }
    for walk in walks:
        for near in fences[walk.sighting.site_id].nearby(walk.sighting.position):
            approach = _approach(walk, near)
            if approach is not None:
                book.raise_or_grow(walk.herd, walk.count, walk.sighting, approach)
    return book


def _approach(walk: _Walk, near: Nearby) -> Approach | None:
    """Return what a sighting means to a fence: by where the herd is, and by where it goes."""
    sighting = walk.sighting
    if near.fence.opens is not None and not near.fence.opens.is_open(sighting.seen_at):
        return None
    return geofence_rules.approach_of(
        near,
        people_beside=sighting.people_beside,
        chance=forecast.chance_of(near.distance_m, near.towards_deg, walk.course),
        comes_from=forecast.COMES_FROM,
        confidence=sighting.confidence,
    )


async def _ring(
    session: AsyncSession, reached: Sequence[Reached], now: datetime, timings: Timings
) -> None:
    """Plan whom to ring for the levels that alerts have come to, and note all of it."""
    if not reached:
        return
    noted: dict[str, list[Note]] = {}
    evidence = await evidence_of(session, {each.sighting.detection_id for each in reached})
    alarms = await _alarms(session, reached, now, timings)
    planned = await deliveries.plan_alarms(session, alarms, now)
    for each, alarm, rung in zip(reached, alarms, planned, strict=True):
        alert, occasion = alarm.alert, alarm.occasion
        notes_here = noted.setdefault(alert.site_id, [])
        decided = notes.decided(each, evidence.get(each.sighting.detection_id))
        notes_here += [decided, notes.planned(alert, occasion, rung)]
        _log.info(
            "sighting %s: alert %s reaches %s, %s to ring",
            each.sighting.detection_id,
            alert.id,
            occasion,
            len(rung),
            extra={
                "site": alert.site_id,
                "sighting": each.sighting.detection_id,
                "alert": alert.id,
            },
        )
    for site_id in sorted(noted):
        await ledger.append(session, site_id, noted[site_id], now)


async def _alarms(
    session: AsyncSession, reached: Sequence[Reached], now: datetime, timings: Timings
) -> list[deliveries.Alarm]:
    rows = await alerts.alerts_named(session, [each.alert.id for each in reached])
    by_id = {alert.id: alert for alert in rows}
    return [
        deliveries.Alarm(
            by_id[each.alert.id],
            delivery_rules.occasion_of_level(each.facts.level),
            delivery_rules.alarm_expires_at(each.sighting.seen_at, now, timings.alert_horizon),
            is_first=each.is_first,
        )
        for each in reached
    ]


async def _close(
    session: AsyncSession, alert: Alert, occasion: delivery_rules.Occasion, now: datetime
) -> list[Note]:
    because = f"{occasion} before it was sent"
    stopped = await deliveries.stop_waiting(session, alert.id, because, now)
    planned = await deliveries.plan_closing(session, alert, occasion, now)
    return [
        *notes.expired(alert.id, stopped, because),
        notes.planned(alert, occasion, planned),
    ]


async def _tell(
    session: AsyncSession, site_id: str, kind: str, subject_id: str, now: datetime
) -> None:
    await add_change(session, site_id=site_id, kind=kind, subject_id=subject_id, now=now)
