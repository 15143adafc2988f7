"""What open apps showed, and whom nobody could ring, over HTTP."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel

from api.dependencies import Now, SignedIn, Transaction, require
from api.people.following import CELL_EDGE_M, following_counts
from api.position import Position
from api.reach import store
from api.reach.cells import cells_around
from api.reach.rules import Bell, Reach, best_of, reach_of
from api.sites.store import site_of
from api.tables import Person, Role

router = APIRouter(tags=["reach"])


class GlanceBody(BaseModel):
    """What an open app did with an alert, on the phone's clock."""

    kind: Literal["shown", "opened"]
    at: AwareDatetime


class BellView(BaseModel):
    """One way of reaching somebody; of its address nothing."""

    channel: str
    reach: Reach
    subscribed_at: datetime
    last_reached_at: datetime | None
    gone_at: datetime | None
    missed_at: datetime | None


class PersonReach(BaseModel):
    """Somebody, and how sure it is that they are rung."""

    id: int
    name: str
    role: Role
    follows: int
    reach: Reach
    bells: list[BellView]


class ReachList(BaseModel):
    """Everybody at the site, by name, and how many of each kind there are."""

    people: list[PersonReach]
    counts: dict[Reach, int]


class CellList(BaseModel):
    """Cells around the site: name, latitude, longitude of the centre; and how long a side is."""

    cells: list[tuple[str, float, float]]
    edge_m: int


@router.post("/alerts/{alert_id}/glances", status_code=204)
async def glance(
    alert_id: str, body: GlanceBody, session: Transaction, person: SignedIn, now: Now
) -> None:
    """Keep that the asker's open app has shown them an alert. Saying so twice changes nothing."""
    await store.glance(session, person, alert_id, body.kind, body.at, now)


@router.get("/cells")
async def cells(session: Transaction, person: SignedIn) -> CellList:
    """Return the cells around the asker's site: their phone finds its own, and tells no more."""
    site = await site_of(session, person.site_id)
    return CellList(cells=cells_around(Position(site.latitude, site.longitude)), edge_m=CELL_EDGE_M)


@router.get("/reach")
async def who_is_reached(
    session: Transaction, now: Now, person: Annotated[Person, require(Role.RANGER)]
) -> ReachList:
    """Return who can be rung and who cannot, so that somebody can visit them."""
    follows = await following_counts(session, person.site_id)
    people = [
        _view(each, bells, follows.get(each.id, 0), now)
        for each, bells in await store.bells_of(session, person.site_id, now)
    ]
    counts = {kind: sum(each.reach is kind for each in people) for kind in Reach}
    return ReachList(people=people, counts=counts)


def _view(person: Person, bells: list[Bell], follows: int, now: datetime) -> PersonReach:
    return PersonReach(
        id=person.id,
        name=person.name,
        role=Role(person.role),
        follows=follows,
        reach=best_of(bells, now),
        bells=[
            BellView(
                channel=bell.channel,
                reach=reach_of(bell, now),
                subscribed_at=bell.subscribed_at,
                last_reached_at=bell.last_reached_at,
                gone_at=bell.gone_at,
                missed_at=bell.missed_at,
            )
            for bell in bells
        ],
    )
