"""Rows of geofences."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.errors import NotFoundError
from api.geofences.geojson import Feature
from api.geofences.rules import Fence
from api.geofences.schedule import read_schedule
from api.tables import Follow, Geofence, Site


async def of_site(session: AsyncSession, site_id: str) -> Sequence[Geofence]:
    """Return the site's geofences, by id; without those that were removed."""
    wanted = (
        select(Geofence)
        .where(Geofence.site_id == site_id, Geofence.removed_at.is_(None))
        .order_by(Geofence.id)
    )
    return (await session.scalars(wanted)).all()


async def names_of(session: AsyncSession, site_id: str) -> dict[int, str]:
    """Return what the site's geofences are called, by id."""
    return {geofence.id: geofence.name for geofence in await of_site(session, site_id)}


async def fences_of(session: AsyncSession, site_id: str) -> list[Fence]:
    """Return the site's geofences as the rules see them."""
    zone = ZoneInfo((await session.get_one(Site, site_id)).timezone)
    return [
        Fence(
            row.id,
            row.area,
            row.buffer_m,
            row.watch_m,
            row.confidence,
            read_schedule(row.schedule, zone),
        )
        for row in await of_site(session, site_id)
    ]


async def followed_by(session: AsyncSession, person_id: int) -> frozenset[int]:
    """Return the ids of the geofences that a person follows."""
    wanted = select(Follow.geofence_id).where(Follow.person_id == person_id)
    return frozenset(await session.scalars(wanted))


async def put(session: AsyncSession, site_id: str, features: Sequence[Feature]) -> list[Geofence]:
    """Add or change geofences; those that are not named stay.

    A feature without an id changes the site's geofence of the same name, if there is one: reading
    the same file twice makes no doubles.

    Raises:
        NotFoundError: a feature names an id that the site does not have.
    """
    known = await of_site(session, site_id)
    by_id = {geofence.id: geofence for geofence in known}
    by_name = {geofence.name: geofence for geofence in known}
    kept = []
    for feature in features:
        wanted = feature.properties
        if wanted.id is not None and wanted.id not in by_id:
            raise NotFoundError(f"this site has no geofence {wanted.id}")
        geofence = by_id[wanted.id] if wanted.id is not None else by_name.get(wanted.name)
        if geofence is None:
            geofence = Geofence(site_id=site_id)
            session.add(geofence)
            by_name[wanted.name] = geofence
        _draw(geofence, feature)
        kept.append(geofence)
    await session.flush()
    await _count_change(session, site_id)
    return kept


async def remove(session: AsyncSession, site_id: str, geofence_id: int, now: datetime) -> None:
    """Take a geofence off the map; nobody follows it any more. What it has warned of is kept.

    Raises:
        NotFoundError: the site has none of that id.
    """
    geofence = await session.get(Geofence, geofence_id)
    if geofence is None or geofence.site_id != site_id or geofence.removed_at is not None:
        raise NotFoundError(f"this site has no geofence {geofence_id}")
    geofence.removed_at = now
    await session.execute(delete(Follow).where(Follow.geofence_id == geofence_id))
    await session.flush()
    await _count_change(session, site_id)


async def _count_change(session: AsyncSession, site_id: str) -> None:
    changed = update(Site).where(Site.id == site_id)
    await session.execute(changed.values(geofences_version=Site.geofences_version + 1))


def _draw(geofence: Geofence, feature: Feature) -> None:
    geofence.name = feature.properties.name
    geofence.kind = feature.properties.kind
    geofence.area = feature.area
    geofence.buffer_m = feature.properties.buffer_m
    geofence.watch_m = feature.properties.watch_m
    geofence.confidence = {str(level): p for level, p in feature.properties.confidence.items()}
    geofence.schedule = [
        hours.model_dump(by_alias=True) for hours in feature.properties.schedule
    ] or None
