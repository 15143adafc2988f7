"""Reads events with all that was said of them, a page at a time: few queries however many rows."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.exports.observed import (
    ObservedEvent,
    ObservedFrame,
    SeenBox,
    Spoken,
    Vote,
    as_decided,
    boxes_of_network,
    boxes_of_person,
)
from api.individuals.tables import Individual
from api.position import BLURRED_UNCERTAINTY_M, EXACT_UNCERTAINTY_M, Position, blurred
from api.review.rules import Decision
from api.review.tables import EventReview, Label, Reading
from api.tables import Detection, Event, Media, Person, Station

EVENTS_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Selection:
    """Which events of a site: of a time (`since` included, `until` not), reviewed ones, drills."""

    site_id: str
    since: datetime | None = None
    until: datetime | None = None
    reviewed_only: bool = False
    drills: bool = False
    exact_positions: bool = False


async def count_events(session: AsyncSession, selection: Selection) -> int:
    """Return how many events are selected."""
    return await session.scalar(_chosen(selection, select(func.count()))) or 0


async def pages(session: AsyncSession, selection: Selection) -> AsyncIterator[list[ObservedEvent]]:
    """Yield the selected events in the order of their numbers."""
    names = await _individuals(session, selection.site_id)
    last = 0
    while True:
        wanted = _chosen(selection, select(Event, Station, EventReview)).where(Event.id > last)
        page = (await session.execute(wanted.order_by(Event.id).limit(EVENTS_AT_ONCE))).all()
        if not page:
            return
        last = page[-1][0].id
        yield await _observed(session, page, names, selection)
        session.expunge_all()  # a year of events need not stay in memory


def _chosen(selection: Selection, wanted: Any) -> Any:
    wanted = (
        wanted.select_from(Event)
        .join(Station, Station.id == Event.station_id)
        .outerjoin(EventReview, EventReview.event_id == Event.id)
        .where(Event.site_id == selection.site_id)
    )
    if selection.since is not None:
        wanted = wanted.where(Event.started_at >= selection.since)
    if selection.until is not None:
        wanted = wanted.where(Event.started_at < selection.until)
    if selection.reviewed_only:
        wanted = wanted.where(EventReview.verdict.is_not(None))
    if not selection.drills:
        wanted = wanted.where(Event.simulated.is_(False))
    return wanted


async def _individuals(session: AsyncSession, site_id: str) -> dict[int, str]:
    wanted = select(Individual.id, Individual.name).where(Individual.site_id == site_id)
    return {row[0]: row[1] for row in await session.execute(wanted)}


async def _observed(
    session: AsyncSession,
    page: Sequence[Any],
    names: Mapping[int, str],
    selection: Selection,
) -> list[ObservedEvent]:
    event_ids = [event.id for event, _, _ in page]
    frames = await _frames(session, event_ids)
    labels = await _labels(session, event_ids)
    votes = await _votes(session, event_ids)
    return [
        _event(
            event,
            station,
            review,
            _Said(labels.get(event.id, []), frames.get(event.id, []), names),
            votes.get(event.id, []),
            exact=selection.exact_positions,
        )
        for event, station, review in page
    ]


async def _frames(session: AsyncSession, event_ids: Sequence[int]) -> dict[int, list[Any]]:
    wanted = (
        select(Detection, Media.media_type)
        .outerjoin(
            Media, and_(Media.sha256 == Detection.media_sha256, Media.site_id == Detection.site_id)
        )
        .where(Detection.event_id.in_(event_ids))
        .order_by(Detection.captured_at, Detection.id)
    )
    found: dict[int, list[Any]] = {}
    for row in await session.execute(wanted):
        found.setdefault(row[0].event_id or 0, []).append(row)
    return found


async def _labels(session: AsyncSession, event_ids: Sequence[int]) -> dict[int, list[Any]]:
    """Return of each event the labels that stand, the oldest first, with their readers' names."""
    taken_back = select(Label.takes_back).where(
        Label.event_id.in_(event_ids), Label.takes_back.is_not(None)
    )
    wanted = (
        select(Label, Person.name)
        .outerjoin(Person, Person.id == Label.person_id)
        .where(
            Label.event_id.in_(event_ids),
            Label.takes_back.is_(None),
            Label.id.not_in(taken_back),
        )
        .order_by(Label.id)
    )
    found: dict[int, list[Any]] = {}
    for label, name in await session.execute(wanted):
        found.setdefault(label.event_id, []).append((label, name or label.said_by or ""))
    return found


async def _votes(session: AsyncSession, event_ids: Sequence[int]) -> dict[int, list[Vote]]:
    wanted = (
        select(Reading, Person.name, Label.said_by)
        .join(Label, Label.id == Reading.label_id)
        .outerjoin(Person, Person.id == Reading.person_id)
        .where(Reading.event_id.in_(event_ids))
        .order_by(Reading.event_id, Reading.label_id)
    )
    found: dict[int, list[Vote]] = {}
    for reading, name, said_by in await session.execute(wanted):
        vote = Vote(name or said_by or "", reading.decision, reading.count, reading.made_at)
        found.setdefault(reading.event_id, []).append(vote)
    return found


@dataclass(frozen=True, slots=True)
class _Said:
    """What stands of one event: labels with names, frames with media types."""

    labels: Sequence[tuple[Label, str]]
    frames: Sequence[Any]
    names: Mapping[int, str]

    def for_verdict(self, verdict: Decision | None) -> tuple[Label, str] | None:
        """Return the newest label of the whole event that agrees with the verdict."""
        agreeing = [
            (label, name)
            for label, name in self.labels
            if label.detection_id is None and label.decision == verdict
        ]
        settling = [one for one in agreeing if one[0].settles]
        best = settling or agreeing
        return best[-1] if best else None

    def of_frame(self, detection_id: str) -> tuple[Label, str] | None:
        """Return the newest label of a frame; one that drew boxes tells more than one without."""
        of_it = [one for one in self.labels if one[0].detection_id == detection_id]
        drawn = [one for one in of_it if one[0].boxes is not None]
        best = drawn or of_it
        return best[-1] if best else None


def _event(
    event: Event,
    station: Station,
    review: EventReview | None,
    said: _Said,
    votes: Sequence[Vote],
    *,
    exact: bool,
) -> ObservedEvent:
    verdict = Decision(review.verdict) if review is not None and review.verdict else None
    telling = said.for_verdict(verdict)
    label = telling[0] if telling is not None else None
    last = max((vote.made_at for vote in votes), default=None)
    agreeing = sorted({vote.reader for vote in votes if vote.decision == verdict})
    position = Position(station.latitude, station.longitude)
    return ObservedEvent(
        id=event.id,
        station=station.name_id,
        station_name=station.name,
        position=position if exact else blurred(position),
        uncertainty_m=EXACT_UNCERTAINTY_M if exact else BLURRED_UNCERTAINTY_M,
        deployment_id=event.deployment_id,
        enrolled_at=station.enrolled_at,
        started_at=event.started_at,
        ended_at=event.ended_at,
        herd_id=event.herd_id,
        simulated=event.simulated,
        verdict=verdict,
        count=review.count if review is not None and verdict is Decision.ELEPHANT else None,
        network_count=event.count,
        spoken=Spoken(" | ".join(agreeing), last) if verdict is not None and last else None,
        groups=tuple(label.groups) if label is not None else (),
        behaviour=label.behaviour if label is not None else "",
        individuals=tuple(
            said.names[number]
            for number in (label.individuals if label is not None else ())
            if number in said.names
        ),
        frames=tuple(_frame(row[0], row[1], said, verdict) for row in said.frames),
        votes=tuple(votes),
    )


def _frame(
    detection: Detection, media_type: str | None, said: _Said, verdict: Decision | None
) -> ObservedFrame:
    network = boxes_of_network(detection.animals, detection.threshold)
    boxes: list[SeenBox] = network
    is_certain, decision, human = False, None, None
    own = said.of_frame(detection.id)
    if own is not None:
        label, name = own
        decision = Decision(str(label.decision))
        human = Spoken(name, label.made_at)
        if label.boxes is not None:
            boxes, is_certain = boxes_of_person(label.boxes, said.names), True
        else:
            boxes, is_certain = as_decided(decision, network)
    elif verdict is not None:
        boxes, is_certain = as_decided(verdict, network)
    return ObservedFrame(
        id=detection.id,
        captured_at=detection.captured_at,
        lighting=detection.lighting,
        release=detection.release,
        threshold=detection.threshold,
        classified_at=detection.sent_at,
        boxes=tuple(boxes),
        network=tuple(network),
        is_certain=is_certain,
        is_reviewed=own is not None or verdict is not None,
        decision=decision,
        human=human,
        sha256=detection.media_sha256 if media_type is not None else None,
        media_type=media_type,
    )
