"""Drills over HTTP."""

from typing import Annotated, Literal, Self

from fastapi import APIRouter
from pydantic import BaseModel, Field, model_validator

from api.dependencies import Now, SignedIn, Transaction, check_role, require
from api.drills import results
from api.drills.ordering import begin
from api.drills.results import DrillView
from api.drills.rules import Scope
from api.drills.store import Order
from api.tables import AlertLevel, Person, Role
from api.text import LARGEST_ID

router = APIRouter(tags=["drills"])

Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]


class NewDrill(BaseModel):
    """A practice alert: for one person (nobody named: the asker), a village, or the whole site."""

    scope: Scope
    level: Literal["watch", "warning", "danger"] = "warning"
    person_id: Id | None = None
    geofence_id: Id | None = None

    @model_validator(mode="after")
    def _names_what_it_is_for(self) -> Self:
        if (self.scope is Scope.VILLAGE) != (self.geofence_id is not None):
            raise ValueError("a drill of a village names its geofence_id, and no other does")
        if self.person_id is not None and self.scope is not Scope.PERSON:
            raise ValueError("only a drill for one person names a person_id")
        return self


class DrillList(BaseModel):
    """The site's drills, newest first."""

    drills: list[DrillView]


@router.post("/drills", status_code=201)
async def begin_drill(
    body: NewDrill, session: Transaction, person: SignedIn, now: Now
) -> DrillView:
    """Ring for practice. Everybody may ring their own phone; others' only rangers and above."""
    wanted = body.person_id if body.person_id is not None else person.id
    if body.scope is not Scope.PERSON or wanted != person.id:
        check_role(person, Role.RANGER)
    order = Order(
        body.scope,
        AlertLevel(body.level),
        person_id=wanted if body.scope is Scope.PERSON else None,
        geofence_id=body.geofence_id,
    )
    drill = await begin(session, person.site_id, order, person.id, now)
    return await results.result_of(session, drill)


@router.get("/drills")
async def list_drills(
    session: Transaction, person: Annotated[Person, require(Role.RANGER)]
) -> DrillList:
    """Return the last ten drills with their results."""
    drills = await results.newest(session, person.site_id, limit=10)
    return DrillList(drills=[await results.result_of(session, drill) for drill in drills])


@router.get("/drills/{drill_id}")
async def one_drill(drill_id: str, session: Transaction, person: SignedIn) -> DrillView:
    """Return a drill's result so far: to rangers and above, and to who ordered it."""
    drill = await results.drill_of(session, person.site_id, drill_id)
    if drill.ordered_by != person.id:
        check_role(person, Role.RANGER)
    return await results.result_of(session, drill)
