"""Rows of labels: added and taken back, never changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.errors import IllegalMoveError, InvalidError, NotAllowedError, NotFoundError
from api.individuals.tables import Individual
from api.review.rules import Decision
from api.review.site_rules import rules_of
from api.review.sorting import sort_in
from api.review.tables import EventReview, Label
from api.review.working_out import Reader, individuals_in, work_out
from api.tables import Detection, Event, Person


@dataclass(frozen=True, slots=True)
class NewLabel:
    """What a reader says; `boxes` of None leaves those of the network."""

    key: str
    event_id: int
    decision: Decision
    detection_id: str | None = None
    settles: bool = False
    count: int | None = None
    groups: Sequence[dict[str, Any]] = ()
    behaviour: str = ""
    individuals: Sequence[int] = ()
    boxes: Sequence[dict[str, Any]] | None = None


async def add_label(session: AsyncSession, person: Person, new: NewLabel, now: datetime) -> Label:
    """Keep what a person says of an event or a frame; the same key again changes nothing.

    Raises:
        NotFoundError: the event, the frame or an individual is not one of their site.
        NotAllowedError: the key is another person's.
    """
    known = await label_keyed(session, new.key)
    if known is not None:
        if known.person_id != person.id:
            raise NotAllowedError("another reader's label has this id")
        return known
    review = await lock_review(session, person.site_id, new.event_id)
    frames = await frames_of(session, new.event_id)
    await _check(session, person.site_id, new, frames)
    label = await _add(session, Reader(person.id), person.site_id, new, frames, now)
    await work_out(session, review, len(frames))
    return label


async def take_back(
    session: AsyncSession, person: Person, key: str, taken: str, now: datetime
) -> Label:
    """Take a label of one's own back, by a row that says so; a repeat changes nothing.

    Raises:
        NotFoundError: there is no such label of theirs.
        IllegalMoveError: that row is itself a taking back.
    """
    label = await label_keyed(session, taken)
    if label is None or label.person_id != person.id:
        raise NotFoundError("there is no such label of yours")
    if label.takes_back is not None:
        raise IllegalMoveError("this takes a label back already; label the event anew instead")
    review = await lock_review(session, label.site_id, label.event_id)
    before = await session.scalar(select(Label).where(Label.takes_back == label.id))
    if before is not None:
        return before
    if await label_keyed(session, key) is not None:
        raise InvalidError("another label has this id")
    undo = Label(
        key=key,
        site_id=label.site_id,
        event_id=label.event_id,
        detection_id=label.detection_id,
        person_id=person.id,
        made_at=now,
        takes_back=label.id,
    )
    session.add(undo)
    await session.flush()
    await work_out(session, review, len(await frames_of(session, label.event_id)))
    return undo


async def add_foreign_labels(
    session: AsyncSession, site_id: str, name: str, labels: Sequence[NewLabel], now: datetime
) -> None:
    """Keep what a reader of another system said of events; a key that is there stays as it is."""
    for new in labels:
        if await label_keyed(session, new.key) is not None:
            continue
        review = await lock_review(session, site_id, new.event_id)
        frames = await frames_of(session, new.event_id)
        await _add(session, Reader(None, name), site_id, new, frames, now)
        await work_out(session, review, len(frames))


async def label_keyed(session: AsyncSession, key: str) -> Label | None:
    """Return the label of this key."""
    found: Label | None = await session.scalar(select(Label).where(Label.key == key))
    return found


async def frames_of(session: AsyncSession, event_id: int) -> Sequence[Detection]:
    """Return the frames of an event, in the order of their capture."""
    wanted = select(Detection).where(Detection.event_id == event_id)
    return (await session.scalars(wanted.order_by(Detection.captured_at, Detection.id))).all()


async def lock_review(session: AsyncSession, site_id: str, event_id: int) -> EventReview:
    """Return the event's place in the queue, which nobody else changes until we have committed.

    Raises:
        NotFoundError: the site has no such event.
    """
    wanted = select(EventReview).where(
        EventReview.event_id == event_id, EventReview.site_id == site_id
    )
    review = await session.scalar(wanted.with_for_update())
    if review is None and await _is_event_of(session, site_id, event_id):
        share = (await rules_of(session, site_id)).second_share
        while await sort_in(session, site_id, share):
            """It may be labelled before anybody has asked for the queue."""
        review = await session.scalar(wanted.with_for_update())
    if review is None:
        raise NotFoundError("there is no such event")
    return review


async def _is_event_of(session: AsyncSession, site_id: str, event_id: int) -> bool:
    event = await session.get(Event, event_id)
    return event is not None and event.site_id == site_id


async def _check(
    session: AsyncSession, site_id: str, new: NewLabel, frames: Sequence[Detection]
) -> None:
    if new.detection_id is not None and new.detection_id not in {frame.id for frame in frames}:
        raise NotFoundError("this event has no such frame")
    named = {*new.individuals, *individuals_in(new.boxes)}
    if not named:
        return
    wanted = select(Individual.id).where(Individual.site_id == site_id, Individual.id.in_(named))
    if named - set(await session.scalars(wanted)):
        raise NotFoundError("there is no such individual in the catalogue")


async def _add(
    session: AsyncSession,
    reader: Reader,
    site_id: str,
    new: NewLabel,
    frames: Sequence[Detection],
    now: datetime,
) -> Label:
    label = Label(
        key=new.key,
        site_id=site_id,
        event_id=new.event_id,
        detection_id=new.detection_id,
        person_id=reader.person_id,
        said_by=reader.name,
        made_at=now,
        decision=new.decision.value,
        settles=new.settles,
        count=new.count,
        groups=list(new.groups),
        behaviour=new.behaviour,
        individuals=list(new.individuals),
        boxes=list(new.boxes) if new.boxes is not None else None,
        network=[_network(frame) for frame in frames if new.detection_id in {None, frame.id}],
    )
    session.add(label)
    await session.flush()
    return label


def _network(frame: Detection) -> dict[str, Any]:
    """Return what the network said of a frame when it was labelled; later revisions may differ."""
    return {
        "detection_id": frame.id,
        "revision": frame.revision,
        "release": frame.release,
        "threshold": frame.threshold,
        "animals": [
            {name: animal[name] for name in ("label", "confidence", "box")}
            for animal in frame.animals
        ],
    }
