"""What open apps showed, and whom nobody could ring, over HTTP."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from api.dependencies import Now, ServerParts, SignedIn, Transaction, require
from api.long_answers import told_in_pages
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


class ReachCounts(BaseModel):
    """How many people of each kind there are."""

    counts: dict[Reach, int]


class ReachList(ReachCounts):
    """Everybody at the site, by name, and how many of each kind there are."""

    people: list[PersonReach]


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


@router.get("/reach", response_model=ReachList)
async def who_is_reached(
    parts: ServerParts, now: Now, person: Annotated[Person, require(Role.RANGER)]
) -> StreamingResponse:
    """Return who can be rung and who cannot, so that somebody can visit them."""
    counts = dict.fromkeys(Reach, 0)

    async def read_page(session: AsyncSession, people: Sequence[int]) -> list[PersonReach]:
        follows = await following_counts(session, people)
        told = [
            _view(each, bells, follows.get(each.id, 0), now)
            for each, bells in await store.bells_of(session, people, now)
        ]
        for each in told:
            counts[each.reach] += 1
        return told

    return told_in_pages(
        parts.database,
        store.let_in(person.site_id),
        read_page,
        name="people",
        rest=lambda: ReachCounts(counts=counts),
    )


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
