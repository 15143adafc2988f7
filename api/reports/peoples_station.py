"""Every sighting comes from a station: those of people from one without a box, one per site."""

import secrets
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.sites.store import site_of
from api.stations.store import PEOPLES_STATION
from api.tables import Station


async def peoples_station(session: AsyncSession, site_id: str, now: datetime) -> Station:
    """Return the station under which people's sightings are kept; made when first needed.

    No box can be enrolled under its name nor speak for it, and no list of stations shows it. The
    caller holds the site's lock.
    """
    wanted = select(Station).where(Station.site_id == site_id, Station.name_id == PEOPLES_STATION)
    known = (await session.scalars(wanted)).one_or_none()
    if known is not None:
        return known
    site = await site_of(session, site_id)
    station = Station(
        site_id=site_id,
        name_id=PEOPLES_STATION,
        name="people",
        key=secrets.token_bytes(32),  # nobody has it
        latitude=site.latitude,
        longitude=site.longitude,
        enrolled_at=now,
        health={},
    )
    session.add(station)
    await session.flush()
    return station
