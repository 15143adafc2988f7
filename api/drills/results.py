"""What became of a drill: who was reached, in how many seconds, by which channel."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.drills.rules import Reached, seconds, summary_of
from api.drills.tables import Drill, DrillPerson
from api.errors import NotFoundError
from api.reach.tables import Glance
from api.tables import Answer, Delivery, DeliveryState, Person, Phone

LIVE = "live"  # the app was open: no push, but it reached them


class WayView(BaseModel):
    """One channel to one person. Seconds since the drill began; None: not so far."""

    channel: str
    state: str
    detail: str | None
    sent_s: float | None
    received_s: float | None
    shown_s: float | None
    opened_s: float | None


class DrilledPerson(BaseModel):
    """How a drill came to one person."""

    id: int
    name: str
    reached_s: float | None
    answered_s: float | None
    answer: str | None
    ways: list[WayView]


class DrillView(BaseModel):
    """A drill and its result so far."""

    id: str
    scope: str
    level: str
    started_at: datetime
    ordered_by: str | None
    people: int
    reached: int
    answered: int
    median_s: float | None
    results: list[DrilledPerson]


async def drill_of(session: AsyncSession, site_id: str, drill_id: str) -> Drill:
    """Return the drill.

    Raises:
        NotFoundError: none of that id at this site.
    """
    drill = await session.get(Drill, drill_id)
    if drill is None or drill.site_id != site_id:
        raise NotFoundError("there is no such drill")
    return drill


async def newest(session: AsyncSession, site_id: str, limit: int) -> Sequence[Drill]:
    """Return the site's last drills, newest first."""
    wanted = select(Drill).where(Drill.site_id == site_id).order_by(Drill.id.desc()).limit(limit)
    return (await session.scalars(wanted)).all()


async def result_of(session: AsyncSession, drill: Drill) -> DrillView:
    """Return what became of a drill so far. Five queries, however many people."""
    began = drill.started_at
    people = await _people(session, drill)
    ways = await _ways(session, drill)
    answers = await _answers(session, drill)
    reached = [_reached(number, way) for number, each in ways.items() for way in each]
    summary = summary_of(people.keys(), reached, answers.keys() & people.keys())
    author = await session.get(Person, drill.ordered_by) if drill.ordered_by else None
    results = []
    for number, name in people.items():
        firsts = [each.reached_s for each in reached if each.person_id == number]
        answer = answers.get(number)
        results.append(
            DrilledPerson(
                id=number,
                name=name,
                reached_s=min((each for each in firsts if each is not None), default=None),
                answered_s=seconds(began, answer.answered_at) if answer else None,
                answer=answer.kind if answer else None,
                ways=ways.get(number, []),
            )
        )
    return DrillView(
        id=drill.id,
        scope=drill.scope,
        level=drill.level,
        started_at=began,
        ordered_by=author.name if author else None,
        people=summary.people,
        reached=summary.reached,
        answered=summary.answered,
        median_s=summary.median_s,
        results=results,
    )


async def _people(session: AsyncSession, drill: Drill) -> dict[int, str]:
    wanted = (
        select(Person.id, Person.name)
        .join(DrillPerson, DrillPerson.person_id == Person.id)
        .where(DrillPerson.drill_id == drill.id)
        .order_by(Person.name, Person.id)
    )
    return {row.id: row.name for row in await session.execute(wanted)}


async def _ways(session: AsyncSession, drill: Drill) -> dict[int, list[WayView]]:
    alerts = select(DrillPerson.alert_id).where(DrillPerson.drill_id == drill.id)
    began = drill.started_at
    pushed = (
        select(Phone.person_id, Delivery)
        .join(Phone, Phone.id == Delivery.phone_id)
        .where(Delivery.alert_id.in_(alerts), Delivery.occasion == drill.level)
        .order_by(Delivery.created_at, Delivery.phone_id)
        .execution_options(populate_existing=True)
    )
    found: dict[int, list[WayView]] = {}
    for person_id, delivery in await session.execute(pushed):
        found.setdefault(person_id, []).append(_pushed(began, delivery))
    shown = select(Glance).where(Glance.alert_id.in_(alerts))
    for glance in await session.scalars(shown.execution_options(populate_existing=True)):
        found.setdefault(glance.person_id, []).append(_glanced(began, glance))
    return found


async def _answers(session: AsyncSession, drill: Drill) -> dict[int, Answer]:
    wanted = (
        select(Answer)
        .join(DrillPerson, DrillPerson.alert_id == Answer.alert_id)
        .where(DrillPerson.drill_id == drill.id, DrillPerson.person_id == Answer.person_id)
        .order_by(Answer.answered_at.desc(), Answer.id)
    )
    return {answer.person_id: answer for answer in await session.scalars(wanted)}


def _pushed(began: datetime, delivery: Delivery) -> WayView:
    return WayView(
        channel=delivery.channel,
        state=str(DeliveryState(delivery.state)),
        detail=delivery.detail,
        sent_s=seconds(began, delivery.sent_at),
        received_s=seconds(began, delivery.received_at),
        shown_s=seconds(began, delivery.shown_at),
        opened_s=seconds(began, delivery.opened_at),
    )


def _glanced(began: datetime, glance: Glance) -> WayView:
    return WayView(
        channel=LIVE,
        state="shown",
        detail=None,
        sent_s=None,
        received_s=None,
        shown_s=seconds(began, glance.shown_at),
        opened_s=seconds(began, glance.opened_at),
    )


def _reached(person_id: int, way: WayView) -> Reached:
    return Reached(person_id, way.channel, way.sent_s, way.received_s, way.shown_s, way.opened_s)
