"""The whole story: detection, event, herd, geofences, alerts, deliveries. Everything meets here.

Read this first. Each step is a feature of its own; all of them happen in the caller's transaction,
so that a sighting is told completely or not at all, and any of it may come twice. What happens to
an alert is noted in the ledger in the same transaction.
"""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from api.alerts import store as alerts
from api.alerts.store import NewAnswer
from api.changes.store import ALERT, DETECTION, add_change
from api.deliveries import rules as delivery_rules
from api.deliveries import store as deliveries
from api.events import store as events
from api.events.rules import Sighting, Timings
from api.geofences import rules as geofence_rules
from api.geofences import store as geofences
from api.herds import store as herds
from api.ledger import notes
from api.ledger import store as ledger
from api.ledger.rules import Note, Step
from api.sites.store import lock_site
from api.tables import Alert, Herd, Person, Station
from edge_agent.contracts.messages import DetectionMessage

DEFAULT_TIMINGS = Timings()


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
    await lock_site(session, station.site_id)
    sighting = await events.add_detection(session, station, message, now, timings)
    if sighting is None:
        return
    await _tell(session, sighting.site_id, DETECTION, sighting.detection_id, now)
    if sighting.elephants == 0:
        return

    event = await events.open_or_extend(session, sighting, timings)
    herd = await herds.join(session, event, sighting)
    if sighting.historical:
        return

    fences = await geofences.map_of_site(session, sighting.site_id)
    noted: list[Note] = []
    for approach in geofence_rules.approaches(
        sighting.position,
        fences.near(sighting.position),
        people_beside=sighting.people_beside,
    ):
        noted += await _warn(session, herd, sighting, approach, now, timings)
    await ledger.append(session, sighting.site_id, noted, now)


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
    await lock_site(session, site_id)
    delivery = await deliveries.delivery_of(session, delivery_id)
    news = await deliveries.confirm(session, delivery, kind, at, now)
    await ledger.append(session, site_id, notes.confirmed(delivery, news), now)


async def handle_picture(session: AsyncSession, site_id: str, sha256: str, now: datetime) -> None:
    """Tell open apps of a picture that came after what it shows. Safe to repeat."""
    await lock_site(session, site_id)
    for detection_id in await events.detections_showing(session, site_id, sha256):
        await _tell(session, site_id, DETECTION, detection_id, now)
        for alert_id in await alerts.resting_on(session, detection_id):
            await _tell(session, site_id, ALERT, alert_id, now)


async def _warn(
    session: AsyncSession,
    herd: Herd,
    sighting: Sighting,
    approach: geofence_rules.Approach,
    now: datetime,
    timings: Timings,
) -> list[Note]:
    warned = await alerts.raise_or_grow(session, herd, sighting, approach, now)
    if warned is None:
        return []
    await _tell(session, herd.site_id, ALERT, warned.alert.id, now)
    if warned.reached is None:
        return []
    occasion = delivery_rules.occasion_of_level(warned.reached)
    planned = await deliveries.plan_alarm(
        session,
        warned.alert,
        occasion,
        now=now,
        expires_at=delivery_rules.alarm_expires_at(sighting.seen_at, now, timings.alert_horizon),
    )
    step = Step.RAISED if warned.is_new else Step.GREW
    return [
        notes.decided(step, warned.alert, sighting, approach),
        notes.planned(warned.alert, occasion, planned),
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
