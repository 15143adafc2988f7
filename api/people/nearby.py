"""Who may be near a place, as far as they let us know: cells, never positions."""

from datetime import datetime
from functools import lru_cache

import h3
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.people.following import CELL_RESOLUTION
from api.people.tables import SharedCell
from api.position import Position, distance_m

NEAR_M = 1500.0  # beyond the edge of a person's cell: twenty minutes of a walking elephant
_RINGS = 2  # of cells around the herd's own; farther ones are too far whatever the place in them


@lru_cache(maxsize=4096)
def cells_near(position: Position) -> frozenset[str]:
    """Return the cells from which somebody may be as near to a place as `NEAR_M`."""
    own = h3.latlng_to_cell(position.latitude, position.longitude, CELL_RESOLUTION)
    return frozenset(str(cell) for cell in h3.grid_disk(own, _RINGS) if _is_near(cell, position))


async def people_near(
    session: AsyncSession, site_id: str, position: Position, now: datetime
) -> frozenset[int]:
    """Return who shares a cell near a place at this moment, as the database has it.

    That reads a row for each of them: ask the `Crowd` first.
    """
    wanted = select(SharedCell.person_id).where(
        SharedCell.site_id == site_id,
        SharedCell.cell.in_(cells_near(position)),
        SharedCell.expires_at > now,
    )
    return frozenset(await session.scalars(wanted))


def _is_near(cell: str, position: Position) -> bool:
    centre, radius_m = _circle_around(cell)
    return distance_m(centre, position) - radius_m <= NEAR_M


@lru_cache(maxsize=4096)
def _circle_around(cell: str) -> tuple[Position, float]:
    # Cells are not all of one size: its own corners say how far from the centre somebody may be.
    centre = Position(*h3.cell_to_latlng(cell))
    return centre, max(distance_m(centre, Position(*at)) for at in h3.cell_to_boundary(cell))
