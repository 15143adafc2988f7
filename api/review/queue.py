"""Which events a reader sees next, and what of them: never what other readers said before."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel
from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from api.alerts.view import NamedStation
from api.events.view import DetectionView, detections_of_events
from api.review.rules import Decision, ReviewState
from api.review.tables import EventReview, Label, Reading
from api.tables import Event, Person, Station

FRAMES_SHOWN = 60


class Order(StrEnum):
    """What comes first."""

    TEACHING = "teaching"
    TIME = "time"
    CAMERA = "camera"
    HERD = "herd"


@dataclass(frozen=True, slots=True)
class Wish:
    """Which events to see, and in what order."""

    order: Order = Order.TEACHING
    state: ReviewState = ReviewState.OPEN
    station: str | None = None
    herd_id: int | None = None
    drills: bool = True
    limit: int = 20
    but_not: Collection[int] = ()


class LabelView(BaseModel):
    """What somebody said; `reader` is a name, and `mine` says whether it is the asker's."""

    id: str
    event_id: int
    detection_id: str | None
    reader: str
    mine: bool
    made_at: datetime
    takes_back: str | None
    decision: Decision | None
    settles: bool
    count: int | None
    groups: list[dict[str, Any]]
    behaviour: str
    individuals: list[int]
    boxes: list[dict[str, Any]] | None
    network: list[dict[str, Any]]


class QueuedEvent(BaseModel):
    """One event to look at, with its frames, and why it is worth it."""

    id: int
    station: NamedStation
    deployment_id: str
    started_at: datetime
    ended_at: datetime
    network_count: int
    herd_id: int | None
    simulated: bool
    lighting: str
    state: ReviewState
    verdict: Decision | None
    why: list[str]
    frames: list[DetectionView]
    frames_left_out: int


async def next_events(session: AsyncSession, person: Person, wish: Wish) -> list[QueuedEvent]:
    """Return the events that the person has not read yet, in the order wished for."""
    first = await _first(session, person, wish)
    rows = (await session.execute(_select().where(EventReview.event_id.in_(first)))).all()
    rows = sorted(rows, key=lambda row: first.index(row[0].event_id))
    return await _views(session, rows, person.site_id)


async def _first(session: AsyncSession, person: Person, wish: Wish) -> list[int]:
    """Return the numbers of the events that come first.

    By priority or time the index has them in order, for each state, real ones and drills apart: so
    a year of events is not sorted for the next twenty.
    """
    if wish.order in {Order.CAMERA, Order.HERD}:
        wanted = _wanted(person, wish).where(_state(wish.state)).order_by(*_ordered(wish))
        return list(await session.scalars(wanted.limit(wish.limit)))
    by_time = wish.order is Order.TIME or wish.state is ReviewState.DONE
    key = EventReview.started_at if by_time else EventReview.priority
    found: list[int] = []
    for simulated in (False, True) if wish.drills else (False,):
        some: list[tuple[Any, int]] = []
        for state in _states(wish.state):
            alike = (EventReview.state == state.value, EventReview.simulated.is_(simulated))
            wanted = _wanted(person, wish).where(*alike).add_columns(key)
            wanted = wanted.order_by(key.desc(), EventReview.event_id.desc()).limit(wish.limit)
            some += [(row[1], row[0]) for row in await session.execute(wanted)]
        found += [number for _, number in sorted(some, reverse=True)]
        if len(found) >= wish.limit:
            break
    return found[: wish.limit]


async def event_view(session: AsyncSession, person: Person, event_id: int) -> QueuedEvent | None:
    """Return one event of the person's site."""
    wanted = _select().where(EventReview.event_id == event_id, Event.site_id == person.site_id)
    views = await _views(session, (await session.execute(wanted)).all(), person.site_id)
    return views[0] if views else None


async def labels_of(
    session: AsyncSession, person: Person, event_ids: Sequence[int]
) -> list[LabelView]:
    """Return the labels of events, the oldest first.

    What others said is told only to somebody who has read the event: a second reader is blind.
    """
    read = await session.scalars(
        select(Reading.event_id).where(
            Reading.event_id.in_(event_ids), Reading.person_id == person.id
        )
    )
    seeing = set(read)
    before = select(Label.id, Label.key).where(Label.event_id.in_(event_ids))
    key_of = {row.id: row.key for row in await session.execute(before)}
    wanted = (
        select(Label, Person.name)
        .outerjoin(Person, Person.id == Label.person_id)
        .where(Label.event_id.in_(event_ids), Label.site_id == person.site_id)
        .order_by(Label.id)
    )
    return [
        _label_view(label, name, person, key_of)
        for label, name in await session.execute(wanted)
        if label.person_id == person.id or label.event_id in seeing
    ]


def _label_view(
    label: Label, name: str | None, person: Person, key_of: dict[int, str]
) -> LabelView:
    return LabelView(
        id=label.key,
        event_id=label.event_id,
        detection_id=label.detection_id,
        reader=name or label.said_by or "",
        mine=label.person_id == person.id,
        made_at=label.made_at,
        takes_back=key_of.get(label.takes_back) if label.takes_back is not None else None,
        decision=Decision(label.decision) if label.decision is not None else None,
        settles=label.settles,
        count=label.count,
        groups=label.groups,
        behaviour=label.behaviour,
        individuals=label.individuals,
        boxes=label.boxes,
        network=label.network,
    )


async def last_said(session: AsyncSession, person: Person) -> Label | None:
    """Return the newest label of a person's that was not taken back."""
    undo = aliased(Label)
    taken_back = select(undo.id).where(undo.takes_back == Label.id).exists()
    wanted = (
        select(Label)
        .where(Label.person_id == person.id, Label.takes_back.is_(None), ~taken_back)
        .order_by(Label.id.desc())
        .limit(1)
    )
    found: Label | None = await session.scalar(wanted)
    return found


async def waiting(session: AsyncSession, site_id: str) -> dict[str, int]:
    """Return how many events of the site are in which state."""
    wanted = (
        select(EventReview.state, func.count())
        .where(EventReview.site_id == site_id)
        .group_by(EventReview.state)
    )
    counted = {row[0]: row[1] for row in await session.execute(wanted)}
    return {state.value: counted.get(state.value, 0) for state in ReviewState}


async def said_since(session: AsyncSession, person: Person, since: datetime) -> int:
    """Return how many events the person has read since then."""
    wanted = select(func.count()).where(Reading.person_id == person.id, Reading.made_at >= since)
    return await session.scalar(wanted) or 0


def _select() -> Any:
    return (
        select(EventReview, Event, Station)
        .join(Event, Event.id == EventReview.event_id)
        .join(Station, Station.id == EventReview.station_id)
    )


def _wanted(person: Person, wish: Wish) -> Any:
    wanted = select(EventReview.event_id).where(EventReview.site_id == person.site_id)
    if wish.station is not None or wish.order is Order.CAMERA:
        wanted = wanted.join(Station, Station.id == EventReview.station_id)
    if wish.herd_id is not None or wish.order is Order.HERD:
        wanted = wanted.join(Event, Event.id == EventReview.event_id)
    if wish.state is ReviewState.OPEN:
        read = select(Reading.event_id).where(Reading.person_id == person.id)
        wanted = wanted.where(EventReview.event_id.not_in(read))
    if wish.station is not None:
        wanted = wanted.where(Station.name_id == wish.station)
    if wish.herd_id is not None:
        wanted = wanted.where(Event.herd_id == wish.herd_id)
    if not wish.drills:
        wanted = wanted.where(EventReview.simulated.is_(False))
    if wish.but_not:
        wanted = wanted.where(EventReview.event_id.not_in(wish.but_not))
    return wanted


def _states(state: ReviewState) -> tuple[ReviewState, ...]:
    # A third reader ends a dispute as blind as the two before.
    if state is ReviewState.OPEN:
        return ReviewState.DISPUTED, ReviewState.OPEN
    return (state,)


def _state(state: ReviewState) -> Any:
    return EventReview.state.in_([one.value for one in _states(state)])


def _ordered(wish: Wish) -> tuple[Any, ...]:
    """Return the order by camera or herd; real events come before drills."""
    time = EventReview.started_at.desc(), EventReview.event_id.desc()
    if wish.order is Order.CAMERA:
        return EventReview.simulated, Station.name, EventReview.deployment_id, *time
    alone = case((Event.herd_id.is_(None), 1), else_=0)
    return EventReview.simulated, alone, Event.herd_id.desc(), *time


async def _views(session: AsyncSession, rows: Sequence[Any], site_id: str) -> list[QueuedEvent]:
    frames = await detections_of_events(
        session, [review.event_id for review, _, _ in rows], site_id
    )
    return [
        _view(review, event, station, frames.get(event.id, [])) for review, event, station in rows
    ]


def _view(
    review: EventReview, event: Event, station: Station, frames: list[DetectionView]
) -> QueuedEvent:
    reasons = {
        "disputed": review.state == ReviewState.DISPUTED.value,
        "uncertain": review.doubt >= 0.6,
        "new_camera": review.is_new_camera,
        "new_night": review.is_new_night,
    }
    return QueuedEvent(
        id=event.id,
        station=NamedStation(id=station.name_id, name=station.name),
        deployment_id=event.deployment_id,
        started_at=event.started_at,
        ended_at=event.ended_at,
        network_count=event.count,
        herd_id=event.herd_id,
        simulated=event.simulated,
        lighting=review.lighting,
        state=ReviewState(review.state),
        verdict=Decision(review.verdict) if review.verdict is not None else None,
        why=[name for name, holds in reasons.items() if holds],
        frames=frames[:FRAMES_SHOWN],
        frames_left_out=max(0, len(frames) - FRAMES_SHOWN),
    )
