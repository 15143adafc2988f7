"""Sets the stage: a fresh folder, a database with site, stations, geofences and invitations."""

import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from api.database import Database
from api.demo import valley
from api.people.rules import new_invite_code
from api.people.store import add_invite
from api.sites.store import add_site
from api.tables import Geofence, Invite, Role, Site, Station
from edge_agent.contracts.seal import KEY_BYTES

INVITES_LAST = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stage:
    """What the story needs to know about what was set up."""

    folder: Path
    site_id: str
    station_keys: Mapping[str, bytes]
    villager_code: str  # follows the first village and the road
    ranger_code: str  # follows everything
    console_code: str


def fresh_folder(folder: Path) -> Path:
    """Empty the demo's own folder; it holds nothing that anybody keeps."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder.resolve()


async def set_up(
    database: Database, folder: Path, now: datetime, *, site_id: str = valley.SITE_ID
) -> Stage:
    """Add the valley and its people's invitations to a migrated database, as a site of this id."""
    async with database.transaction() as session:
        latitude, longitude = valley.position((0, 0))
        site = Site(
            id=site_id,
            name=valley.SITE_NAME,
            latitude=latitude,
            longitude=longitude,
            timezone=valley.TIMEZONE,
        )
        await add_site(session, site)
        keys = {each.id: _enrol(session, site_id, each, now) for each in valley.STATIONS}
        geofence_ids = await _draw_geofences(session, site_id)
        village, _, road = geofence_ids
        return Stage(
            folder=folder,
            site_id=site_id,
            station_keys=keys,
            villager_code=await _invite(session, site_id, Role.VILLAGER, [village, road], now),
            ranger_code=await _invite(session, site_id, Role.RANGER, geofence_ids, now),
            console_code=await _invite(session, site_id, Role.ADMINISTRATOR, [], now),
        )


def _enrol(
    session: AsyncSession, site_id: str, station: valley.DemoStation, now: datetime
) -> bytes:
    key = secrets.token_bytes(KEY_BYTES)
    latitude, longitude = valley.position(station.place)
    row = Station(
        site_id=site_id,
        name_id=station.id,
        name=station.name,
        key=key,
        latitude=latitude,
        longitude=longitude,
        enrolled_at=now,
        simulated=True,
    )
    session.add(row)
    return key


async def _draw_geofences(session: AsyncSession, site_id: str) -> list[int]:
    rows = [
        Geofence(
            site_id=site_id,
            name=each.name,
            kind=each.kind,
            area=each.area(),
            buffer_m=each.buffer_m,
            watch_m=each.watch_m,
        )
        for each in valley.GEOFENCES
    ]
    session.add_all(rows)
    await session.flush()
    return [row.id for row in rows]


async def _invite(
    session: AsyncSession, site_id: str, role: Role, geofence_ids: list[int], now: datetime
) -> str:
    code = new_invite_code()
    invite = Invite(
        site_id=site_id,
        role=role,
        geofence_ids=geofence_ids,
        uses_left=20,
        expires_at=now + INVITES_LAST,
    )
    await add_invite(session, code, invite)
    return code
