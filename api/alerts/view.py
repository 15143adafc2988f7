"""An alert as one person may see it: exact for rangers and above, blurred for everybody else."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import BaseModel
from sqlalchemy import Row, and_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from api.alerts.rules import lapses_at
from api.deliveries.escalation import escalated
from api.deliveries.view import DeliveryView, deliveries_of
from api.drills.audience import rings_for
from api.people.rules import at_least
from api.position import (
    BLURRED_UNCERTAINTY_M,
    EXACT_UNCERTAINTY_M,
    Position,
    blurred,
    blurred_bearing_deg,
    blurred_distance_m,
)
from api.reports.tables import Report
from api.stations.store import PEOPLES_STATION
from api.tables import (
    Alert,
    AlertLevel,
    AlertState,
    Answer,
    AnswerKind,
    Detection,
    Event,
    Geofence,
    Media,
    Person,
    Role,
    Station,
)


class NamedGeofence(BaseModel):
    """Which geofence."""

    id: int
    name: str


class NamedStation(BaseModel):
    """Which station; the id is its name in topics."""

    id: str
    name: str


class PlaceView(BaseModel):
    """Where, and within how many metres that is true."""

    latitude: float
    longitude: float
    uncertainty_m: float


class EvidenceView(BaseModel):
    """The newest picture; each animal has label, confidence, box `[left, top, width, height]`."""

    url: str
    lighting: str
    animals: list[dict[str, Any]]


class AnswerView(BaseModel):
    """What somebody said."""

    person: str
    answer: AnswerKind
    answered_at: datetime


class ReportedView(BaseModel):
    """The newest sighting is a person's; who it was, only rangers see."""

    id: str
    person: str | None
    believed: bool
    heading: str | None


class AlertView(BaseModel):
    """One alert. `distance_m` is from the geofence's edge to the newest sighting, 0 inside."""

    id: str
    herd_id: int
    geofence: NamedGeofence
    level: AlertLevel
    state: AlertState
    count: int
    simulated: bool
    raised_at: datetime
    changed_at: datetime
    captured_at: datetime
    lapses_at: datetime  # unless somebody sees them again or ends it before
    distance_m: float
    bearing_deg: float
    position: PlaceView
    station: NamedStation | None
    evidence: EvidenceView | None
    answers: list[AnswerView]
    my_answer: AnswerKind | None
    deliveries: list[DeliveryView]
    escalated_at: datetime | None  # when others were last rung because nobody had answered
    rings_me: bool  # whether the asker's open app rings for it
    reported: ReportedView | None


_Author = aliased(Person)


class _Answers(NamedTuple):
    shown: list[AnswerView]
    mine: AnswerKind | None


def media_url(sha256: str) -> str:
    """Return where a picture is fetched."""
    return f"/api/v1/media/{sha256}"


async def alert_views(
    session: AsyncSession, alert_ids: Sequence[str], person: Person
) -> list[AlertView]:
    """Return the alerts as `person` may see them, in the order asked; unknown ones are left out.

    Four queries, six for rangers and above, however many alerts. Alerts of other sites count as
    unknown. Who else was rung is no villager's business: their list of deliveries is empty.
    """
    facts = {row.Alert.id: row for row in await _facts(session, alert_ids, person.site_id)}
    answers = await _answers(session, list(facts), person)
    is_exact = at_least(Role(person.role), Role.RANGER)
    deliveries = await deliveries_of(session, list(facts)) if is_exact else {}
    rung_on = await escalated(session, list(facts)) if is_exact else {}
    ringing = await rings_for(session, list(facts), person)
    return [
        _view(
            facts[alert_id],
            answers[alert_id],
            deliveries.get(alert_id, []),
            rung_on.get(alert_id),
            is_exact=is_exact,
            rings_me=alert_id in ringing,
        )
        for alert_id in alert_ids
        if alert_id in facts
    ]


async def _facts(
    session: AsyncSession, alert_ids: Sequence[str], site_id: str
) -> Iterable[Row[Any]]:
    wanted = (
        select(
            Alert,
            Geofence.name.label("geofence"),
            Detection,
            Station,
            Media.sha256,
            Event.latitude.label("latitude"),
            Event.longitude.label("longitude"),
            Report,
            _Author.name.label("author"),
        )
        .join(Geofence, Geofence.id == Alert.geofence_id)
        .join(Detection, Detection.id == Alert.detection_id)
        .join(Station, Station.id == Detection.station_id)
        .outerjoin(Event, Event.id == Detection.event_id)
        .outerjoin(Report, Report.id == Detection.id)
        .outerjoin(_Author, _Author.id == Report.person_id)
        .outerjoin(
            Media, and_(Media.sha256 == Detection.media_sha256, Media.site_id == Alert.site_id)
        )
        .where(Alert.id.in_(alert_ids), Alert.site_id == site_id)
        .execution_options(populate_existing=True)
    )
    return await session.execute(wanted)


async def _answers(
    session: AsyncSession, alert_ids: Sequence[str], person: Person
) -> dict[str, _Answers]:
    wanted = (
        select(Answer, Person.name)
        .join(Person, Person.id == Answer.person_id)
        .where(Answer.alert_id.in_(alert_ids))
        .order_by(Answer.answered_at, Answer.id)
    )
    found = {alert_id: _Answers([], None) for alert_id in alert_ids}
    for answer, name in await session.execute(wanted):
        shown, mine = found[answer.alert_id]
        kind = AnswerKind(answer.kind)
        shown.append(AnswerView(person=name, answer=kind, answered_at=answer.answered_at))
        mine = kind if answer.person_id == person.id else mine
        found[answer.alert_id] = _Answers(shown, mine)
    return found


def _view(
    row: Row[Any],
    answers: _Answers,
    deliveries: list[DeliveryView],
    escalated_at: datetime | None,
    *,
    is_exact: bool,
    rings_me: bool,
) -> AlertView:
    alert: Alert = row.Alert
    station: Station = row.Station
    distance, bearing = alert.distance_m, alert.bearing_deg
    # People see elephants where no station stands: the event knows the place.
    known = row.latitude is not None
    seen_at = Position(
        row.latitude if known else station.latitude, row.longitude if known else station.longitude
    )
    is_box = station.name_id != PEOPLES_STATION
    return AlertView(
        id=alert.id,
        herd_id=alert.herd_id,
        geofence=NamedGeofence(id=alert.geofence_id, name=row.geofence),
        level=AlertLevel(alert.level),
        state=AlertState(alert.state),
        count=alert.count,
        simulated=alert.simulated,
        raised_at=alert.raised_at,
        changed_at=alert.changed_at,
        captured_at=alert.captured_at,
        lapses_at=lapses_at(alert.captured_at),
        distance_m=round(distance, 1) if is_exact else blurred_distance_m(distance),
        bearing_deg=round(bearing, 1) if is_exact else blurred_bearing_deg(bearing),
        position=_place(seen_at, is_exact=is_exact),
        station=(
            NamedStation(id=station.name_id, name=station.name) if is_exact and is_box else None
        ),
        evidence=_evidence(row.Detection, row.sha256, is_box=is_box),
        answers=answers.shown,
        my_answer=answers.mine,
        deliveries=deliveries,
        escalated_at=escalated_at,
        rings_me=rings_me,
        reported=_reported(row.Report, row.author, is_exact=is_exact),
    )


def _reported(report: Report | None, author: str | None, *, is_exact: bool) -> ReportedView | None:
    if report is None:
        return None
    return ReportedView(
        id=report.id,
        person=author if is_exact else None,
        believed=report.believed_at is not None,
        heading=report.heading,
    )


def _place(position: Position, *, is_exact: bool) -> PlaceView:
    shown = position if is_exact else blurred(position)
    return PlaceView(
        latitude=shown.latitude,
        longitude=shown.longitude,
        uncertainty_m=EXACT_UNCERTAINTY_M if is_exact else BLURRED_UNCERTAINTY_M,
    )


def _evidence(
    detection: Detection, stored_sha256: str | None, *, is_box: bool
) -> EvidenceView | None:
    if stored_sha256 is None:
        return None
    # A person draws no boxes.
    animals = [
        {name: animal[name] for name in ("label", "confidence", "box")}
        for animal in (detection.animals if is_box else ())
    ]
    return EvidenceView(url=media_url(stored_sha256), lighting=detection.lighting, animals=animals)
