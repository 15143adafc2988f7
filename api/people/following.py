"""What people follow, when they do not want to be rung, and roughly where they are."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import h3
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.database import insert_into
from api.errors import InvalidError
from api.people.store import geofences_among
from api.people.tables import CellSharings, SharedCell, Wishes
from api.tables import Follow, Person

CELL_RESOLUTION = 7  # hexagons of about 5 km²: a valley's side, not a house
CELL_EDGE_M = round(h3.average_hexagon_edge_length(CELL_RESOLUTION, unit="m"))


async def follow(session: AsyncSession, person: Person, geofence_ids: Sequence[int]) -> None:
    """Let a person follow these geofences of their site, and no others.

    Raises:
        InvalidError: one of them is not their site's.
    """
    known = await geofences_among(session, person.site_id, geofence_ids) if geofence_ids else set()
    if unknown := set(geofence_ids) - known:
        raise InvalidError(f"no geofence {min(unknown)} at this site")
    await session.execute(delete(Follow).where(Follow.person_id == person.id))
    rows = [{"person_id": person.id, "geofence_id": each} for each in sorted(known)]
    if rows:
        await session.execute(insert_into(session, Follow).values(rows))


async def following_counts(session: AsyncSession, people: Sequence[int]) -> dict[int, int]:
    """Return how many geofences each of these people follows; who follows none is left out."""
    wanted = (
        select(Follow.person_id, func.count())
        .where(Follow.person_id.in_(people))
        .group_by(Follow.person_id)
    )
    return {row[0]: row[1] for row in await session.execute(wanted)}


async def wishes_of(session: AsyncSession, person_id: int) -> Wishes | None:
    """Return a person's wishes, if they have any."""
    return await session.get(Wishes, person_id)


async def set_wishes(
    session: AsyncSession, person_id: int, quiet: tuple[int, int] | None, cooldown: timedelta
) -> None:
    """Keep when a person does not want to be rung; minutes after midnight at the site."""
    values = {
        "quiet_from_min": quiet[0] if quiet else None,
        "quiet_until_min": quiet[1] if quiet else None,
        "cooldown_s": int(cooldown.total_seconds()),
    }
    statement = insert_into(session, Wishes).values(person_id=person_id, **values)
    await session.execute(
        statement.on_conflict_do_update(index_elements=["person_id"], set_=values)
    )


def cell_at(latitude: float, longitude: float) -> str:
    """Return the cell around a place: all that is kept of it."""
    return str(h3.latlng_to_cell(latitude, longitude, CELL_RESOLUTION))


def checked_cell(cell: str) -> str:
    """Return a cell as it is kept.

    Raises:
        InvalidError: not a cell, or a finer or coarser one than we keep.
    """
    if not h3.is_valid_cell(cell) or h3.get_resolution(cell) != CELL_RESOLUTION:
        raise InvalidError(f"this is not an H3 cell of resolution {CELL_RESOLUTION}")
    return cell.lower()


async def share_cell(
    session: AsyncSession, person: Person, cell: str, expires_at: datetime, now: datetime
) -> None:
    """Keep roughly where a person is until then; where they were before is forgotten."""
    number = await _next_number(session, person.site_id)
    await session.execute(delete(SharedCell).where(SharedCell.expires_at <= now))
    values = {
        "site_id": person.site_id,
        "cell": cell,
        "expires_at": expires_at,
        "number": number,
    }
    statement = insert_into(session, SharedCell).values(person_id=person.id, **values)
    await session.execute(
        statement.on_conflict_do_update(index_elements=["person_id"], set_=values)
    )


async def _next_number(session: AsyncSession, site_id: str) -> int:
    """Count one sharing; nobody else at the site counts one until the transaction ends.

    So numbers become visible in their order: whoever has seen one has missed none before it.
    """
    first = insert_into(session, CellSharings).values(site_id=site_id, newest=1)
    counted = first.on_conflict_do_update(
        index_elements=["site_id"], set_={"newest": CellSharings.newest + 1}
    ).returning(CellSharings.newest)
    return (await session.execute(counted)).scalar_one()


async def forget_cell(session: AsyncSession, person_id: int) -> None:
    """Forget where a person is."""
    await session.execute(delete(SharedCell).where(SharedCell.person_id == person_id))


async def cell_of(session: AsyncSession, person_id: int, now: datetime) -> SharedCell | None:
    """Return the cell that a person shares, if they do at this moment."""
    found = await session.get(SharedCell, person_id)
    return found if found is not None and found.expires_at > now else None
