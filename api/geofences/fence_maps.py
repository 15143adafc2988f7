"""The map of each site, kept by a process and mended where the site's geofences have changed."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Row, Text, cast, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.geofences.fence_map import FenceMap
from api.geofences.rules import Fence
from api.geofences.schedule import read_schedule
from api.sites.store import map_of
from api.tables import Geofence

PAGE = 100  # so many are read and drawn at once; meanwhile everything else in the process waits

_Drawn = tuple[
    Row[*tuple[Any, ...]], Fence, BaseGeometry
]  # a row as it was read, and what it means


@dataclass(frozen=True, slots=True)
class _Arranged:
    version: int
    zone: str
    at: datetime
    drawn: dict[int, _Drawn]
    map: FenceMap

    def is_of(self, version: int, zone: str) -> bool:
        return (self.version, self.zone) == (version, zone)


class FenceMaps:
    """The map of each site, arranged anew only when its geofences have changed.

    `put` counts a site's changes, in the transaction that makes them. Whoever changes rows past it
    is noticed after `OLDEST`: then all rows are read again, and those that differ are drawn.
    """

    OLDEST = timedelta(minutes=1)

    def __init__(self) -> None:
        self._known: dict[str, _Arranged] = {}

    async def of_site(self, session: AsyncSession, site_id: str, now: datetime) -> FenceMap:
        """Return what the rules need of the site's geofences; the site must be locked."""
        version, zone = await map_of(session, site_id)
        known = self._known.get(site_id)
        if known is not None and known.is_of(version, zone) and abs(now - known.at) <= self.OLDEST:
            return known.map
        before = known.drawn if known is not None and known.zone == zone else {}
        drawn: dict[int, _Drawn] = {}
        async for page in _pages(session, site_id):
            drawn |= _drawn(page, before, ZoneInfo(zone))
        if known is not None and _is_same(drawn, before):
            fence_map = known.map
        else:
            fences = [fence for _, fence, _ in drawn.values()]
            areas = [area for _, _, area in drawn.values()]
            fence_map = await asyncio.to_thread(FenceMap, fences, areas)
        self._known[site_id] = _Arranged(version, zone, now, drawn, fence_map)
        return fence_map


async def _pages(
    session: AsyncSession, site_id: str
) -> AsyncIterator[Sequence[Row[*tuple[Any, ...]]]]:
    """Yield the site's geofences by id, their JSON as text: most are only compared."""
    after = 0
    while True:
        wanted = (
            select(
                Geofence.id,
                cast(Geofence.area, Text).label("area"),
                Geofence.buffer_m,
                Geofence.watch_m,
                cast(Geofence.confidence, Text).label("confidence"),
                cast(Geofence.schedule, Text).label("schedule"),
            )
            .where(Geofence.site_id == site_id, Geofence.removed_at.is_(None), Geofence.id > after)
            .order_by(Geofence.id)
            .limit(PAGE)
        )
        page = (await session.execute(wanted)).all()
        if not page:
            return
        yield page
        after = page[-1].id


def _drawn(
    page: Sequence[Row[*tuple[Any, ...]]], before: dict[int, _Drawn], zone: ZoneInfo
) -> dict[int, _Drawn]:
    """Return rows with what they mean, by id; those that are as before are not drawn again."""
    drawn = {
        row.id: before[row.id] for row in page if row.id in before and before[row.id][0] == row
    }
    new = [row for row in page if row.id not in drawn]
    shapes = shapely.from_geojson([row.area for row in new])
    for row, area in zip(new, shapes, strict=True):
        drawn[row.id] = (row, _fence(row, zone), area)
    return {row.id: drawn[row.id] for row in page}


def _is_same(drawn: dict[int, _Drawn], before: dict[int, _Drawn]) -> bool:
    return len(drawn) == len(before) and all(
        drawn[number] is before.get(number) for number in drawn
    )


def _fence(row: Row[*tuple[Any, ...]], zone: ZoneInfo) -> Fence:
    schedule = json.loads(row.schedule) if row.schedule is not None else None
    confidence = json.loads(row.confidence)
    return Fence(
        row.id,
        json.loads(row.area),
        row.buffer_m,
        row.watch_m,
        confidence,
        read_schedule(schedule, zone),
    )
