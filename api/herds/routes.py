"""Herds over HTTP: see where they are and may come, put right which sightings are whose."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from api.alerts.store import warned_of
from api.changes.store import ALERT, add_change
from api.dependencies import Now, SignedIn, Transaction, require
from api.geofences.fence_map import FenceMap
from api.geofences.store import fences_of, names_of
from api.herds import correcting
from api.herds.forecast import FARTHEST_M
from api.herds.store import herds_since, pace_at, paths_of
from api.herds.view import GeofenceName, HerdView, herd_view
from api.people.rules import at_least
from api.sites.store import lock_site
from api.stations.store import stations_of
from api.tables import Herd, Person, Role
from api.text import LARGEST_ID

router = APIRouter(tags=["herds"])

MOST_IN_FULL = 30  # nobody reads what more of them will do, and it is most of the work

HerdId = Annotated[int, Path(ge=1, le=LARGEST_ID)]


class HerdList(BaseModel):
    """Herds, the most lately seen first, and the server's time."""

    herds: list[HerdView]
    now: datetime


class HerdEventView(BaseModel):
    """One event of a herd: a camera, from when to when, and the most animals seen at once."""

    id: int
    station: str
    started_at: datetime
    ended_at: datetime
    count: int


class HerdWithEvents(HerdView):
    """A herd with all its events, for rangers and above."""

    events: list[HerdEventView]


class MergeBody(BaseModel):
    """The herd that is part of the one in the address."""

    other_id: Annotated[int, Field(ge=1, le=LARGEST_ID)]


class SplitBody(BaseModel):
    """Events that are of another herd."""

    event_ids: Annotated[
        list[Annotated[int, Field(ge=1, le=LARGEST_ID)]], Field(min_length=1, max_length=1000)
    ]


@router.get("/herds")
async def list_herds(
    session: Transaction,
    person: SignedIn,
    now: Now,
    hours: Annotated[int, Query(ge=1, le=24 * 31, description="How far to look back.")] = 24,
) -> HerdList:
    """Return the site's herds: their ways, where they can be soon, when they may come to whom.

    Of many, the thirty seen last are told in full, and all of which somebody is warned.
    """
    found = await herds_since(session, person.site_id, now - timedelta(hours=hours))
    return HerdList(herds=await herd_views(session, person, found, now), now=now)


@router.get("/herds/{herd_id}")
async def one_herd(
    herd_id: HerdId, session: Transaction, person: SignedIn, now: Now
) -> HerdWithEvents:
    """Return one herd; its events only to rangers and above."""
    herd = await correcting.herd_of(session, person.site_id, herd_id)
    return await _with_events(session, person, herd, now)


@router.post("/herds/{herd_id}/merge")
async def merge_herds(
    herd_id: HerdId,
    body: MergeBody,
    session: Transaction,
    person: Annotated[Person, require(Role.RESEARCHER)],
    now: Now,
) -> HerdWithEvents:
    """Say that another herd is this one; its events and alerts are this one's from now on."""
    await lock_site(session, person.site_id)
    herd = await correcting.merge(session, person, herd_id, body.other_id, now)
    await _tell(session, person.site_id, [herd.id], now)
    return await _with_events(session, person, herd, now)


@router.post("/herds/{herd_id}/split")
async def split_herd(
    herd_id: HerdId,
    body: SplitBody,
    session: Transaction,
    person: Annotated[Person, require(Role.RESEARCHER)],
    now: Now,
) -> HerdWithEvents:
    """Say that some events are of another herd; return that herd."""
    await lock_site(session, person.site_id)
    other = await correcting.split(session, person, herd_id, set(body.event_ids), now)
    await _tell(session, person.site_id, [herd_id, other.id], now)
    return await _with_events(session, person, other, now)


async def herd_views(
    session: Transaction, person: Person, herds: Sequence[Herd], now: datetime
) -> list[HerdView]:
    """Return herds as a person may see them; the first, and those of open alerts, in full."""
    is_exact = at_least(Role(person.role), Role.RANGER)
    known = await fences_of(session, person.site_id)
    fences = FenceMap(known, within_m=FARTHEST_M)
    names = {
        number: GeofenceName(id=number, name=name)
        for number, name in (await names_of(session, person.site_id)).items()
    }
    warned = await warned_of(session, person.site_id, now) if len(herds) > MOST_IN_FULL else set()
    pace = await pace_at(session, person.site_id, now)
    paths = await paths_of(session, [herd.id for herd in herds])
    return [
        herd_view(
            herd,
            paths.get(herd.id, ()),
            fences,
            names,
            now,
            is_exact=is_exact,
            in_full=number < MOST_IN_FULL or herd.id in warned,
            pace=pace,
        )
        for number, herd in enumerate(herds)
    ]


async def _with_events(
    session: Transaction, person: Person, herd: Herd, now: datetime
) -> HerdWithEvents:
    (view,) = await herd_views(session, person, [herd], now)
    is_exact = at_least(Role(person.role), Role.RANGER)
    events = await _events(session, person.site_id, herd.id) if is_exact else []
    return HerdWithEvents(**view.model_dump(), events=events)


async def _events(session: Transaction, site_id: str, herd_id: int) -> list[HerdEventView]:
    names = {station.id: station.name for station in await stations_of(session, site_id)}
    return [
        HerdEventView(
            id=event.id,
            station=names[event.station_id],
            started_at=event.started_at,
            ended_at=event.ended_at,
            count=event.count,
        )
        for event in await correcting.events_of(session, herd_id)
    ]


async def _tell(session: Transaction, site_id: str, herd_ids: Sequence[int], now: datetime) -> None:
    for alert_id in await correcting.alerts_of(session, herd_ids):
        await add_change(session, site_id=site_id, kind=ALERT, subject_id=alert_id, now=now)
