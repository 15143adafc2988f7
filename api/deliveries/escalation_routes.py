"""A site's escalation chains over HTTP."""

from typing import Annotated, Literal, Self

from fastapi import APIRouter
from pydantic import BaseModel, Field, model_validator
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.audit import store as audit
from api.deliveries.escalation import steps_of
from api.deliveries.tables import EscalationStep
from api.dependencies import Now, Transaction, require
from api.errors import InvalidError
from api.people.store import geofences_among
from api.tables import Person, Role
from api.text import LARGEST_ID

router = APIRouter(tags=["deliveries"])

Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]
ChannelName = Literal["web_push", "apprise", "sms", "voice", "siren"]


class StepBody(BaseModel):
    """So long after an alarm that nobody answered, ring these people by these ways."""

    after_s: Annotated[int, Field(ge=10, le=3600)]
    from_level: Literal["watch", "warning", "danger"] = "warning"
    geofence_id: Id | None = None  # None: every one of the site
    role: Role | None = None
    person_ids: Annotated[list[Id], Field(max_length=200)] = []
    channels: Annotated[list[ChannelName], Field(max_length=5)] = []  # none: all they have

    @model_validator(mode="after")
    def _reaches_somebody(self) -> Self:
        if self.role is None and not self.person_ids:
            raise ValueError("name a role, or people")
        return self


class Chain(BaseModel):
    """The site's steps, the soonest first."""

    steps: Annotated[list[StepBody], Field(max_length=50)]


Administrator = Annotated[Person, require(Role.ADMINISTRATOR)]


@router.get("/escalation")
async def show_chain(session: Transaction, person: Administrator) -> Chain:
    """Return whom the site rings when nobody answers."""
    steps = await steps_of(session, person.site_id)
    return Chain(steps=[StepBody.model_validate(step, from_attributes=True) for step in steps])


@router.put("/escalation")
async def put_chain(body: Chain, session: Transaction, person: Administrator, now: Now) -> Chain:
    """Ring these people, and no others, when nobody answers."""
    await _check(session, person.site_id, body.steps)
    before = await show_chain(session, person)
    await session.execute(delete(EscalationStep).where(EscalationStep.site_id == person.site_id))
    session.add_all(
        EscalationStep(site_id=person.site_id, **step.model_dump()) for step in body.steps
    )
    await session.flush()
    after = await show_chain(session, person)
    await audit.note(
        session,
        person,
        "escalation.put",
        now,
        before=before.model_dump(mode="json")["steps"],
        after=after.model_dump(mode="json")["steps"],
    )
    return after


async def _check(session: AsyncSession, site_id: str, steps: list[StepBody]) -> None:
    fences = {step.geofence_id for step in steps if step.geofence_id is not None}
    known = await geofences_among(session, site_id, sorted(fences)) if fences else set()
    if unknown := fences - known:
        raise InvalidError(f"no geofence {min(unknown)} at this site")
    people = {each for step in steps for each in step.person_ids}
    wanted = select(Person.id).where(Person.site_id == site_id, Person.id.in_(people))
    if strangers := people - set(await session.scalars(wanted)):
        raise InvalidError(f"no person {min(strangers)} at this site")
