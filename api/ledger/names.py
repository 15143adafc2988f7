"""What people and geofences are called today; the ledger itself knows only numbers."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.ledger.timeline import Names
from api.tables import Geofence, Person


async def names_at(session: AsyncSession, site_id: str) -> Names:
    """Return what people and geofences of a site are called today."""
    people = select(Person.id, Person.name).where(Person.site_id == site_id)
    geofences = select(Geofence.id, Geofence.name).where(Geofence.site_id == site_id)
    return Names(
        people=_by_id(await session.execute(people)),
        geofences=_by_id(await session.execute(geofences)),
    )


def _by_id(rows: Iterable[tuple[int, str]]) -> dict[int, str]:
    return dict(iter(rows))
