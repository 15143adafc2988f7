"""What an administrator does on the server itself: open the database, do one thing, close it."""

import json
import re
import zoneinfo
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from api.broker.access import StationUser
from api.broker.mosquitto_files import Credentials, write_files
from api.dependencies import utc_now
from api.errors import InvalidError
from api.geofences import store as geofences
from api.geofences.geojson import read_geojson
from api.migrations import newest
from api.people.rules import new_invite_code
from api.people.store import add_invite, geofences_among
from api.position import Position
from api.secret_files import open_data_dir, secret_from
from api.server import ensure_migrated, opened_database
from api.settings import ServerSettings
from api.sites import store as sites
from api.stations import store as stations
from api.stations.rules import new_key
from api.tables import Invite, Role, Site, Station
from edge_agent.contracts.topics import SITE_ID_PATTERN, STATION_ID_PATTERN


@dataclass(frozen=True, slots=True)
class Place:
    """WGS 84 degrees."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class NewStation:
    """A station to be enrolled."""

    site_id: str
    station_id: str
    name: str
    place: Place
    simulated: bool


@dataclass(frozen=True, slots=True)
class NewInvite:
    """Whom to let in, to follow what; no geofences means all that the site has now."""

    site_id: str
    role: Role
    uses: int
    lasts: timedelta
    geofence_ids: tuple[int, ...]


async def migrate(settings: ServerSettings) -> str:
    """Bring the database to our shape; return its revision."""
    open_data_dir(settings.data_dir)
    await ensure_migrated(settings, migrate=True)
    return newest()


async def add_site(
    settings: ServerSettings, site_id: str, name: str, place: Place, timezone: str
) -> None:
    """Add a site.

    Raises:
        InvalidError: its id cannot be part of a topic, or no such time zone exists.
        AlreadyExistsError: the id is taken.
    """
    _check_id(site_id, SITE_ID_PATTERN)
    if timezone not in zoneinfo.available_timezones():
        raise InvalidError(f"there is no time zone {timezone!r}; names are like Asia/Shanghai")
    site = Site(
        id=site_id,
        name=name,
        latitude=place.latitude,
        longitude=place.longitude,
        timezone=timezone,
    )
    async with _transaction(settings) as session:
        await sites.add_site(session, site)


async def add_geofences(
    settings: ServerSettings, site_id: str, document: Any
) -> list[tuple[int, str]]:
    """Add or redraw the geofences of a GeoJSON document; return their numbers and names."""
    async with _transaction(settings) as session:
        site = await sites.site_of(session, site_id)
        features = read_geojson(document, Position(site.latitude, site.longitude))
        kept = await geofences.put(session, site_id, features)
        return [(geofence.id, geofence.name) for geofence in kept]


async def add_station(settings: ServerSettings, new: NewStation) -> str:
    """Enrol a station; return its configuration file, with its key.

    Raises:
        InvalidError: its id cannot be part of a topic.
        NotFoundError: no such site.
        AlreadyExistsError: the site has a station of that id.
    """
    _check_id(new.station_id, STATION_ID_PATTERN)
    key = new_key()
    row = Station(
        site_id=new.site_id,
        name_id=new.station_id,
        name=new.name,
        key=key,
        latitude=new.place.latitude,
        longitude=new.place.longitude,
        enrolled_at=utc_now(),
        simulated=new.simulated,
    )
    async with _transaction(settings) as session:
        await sites.site_of(session, new.site_id)
        await stations.add_station(session, row)
    return _station_config(settings, new, key)


async def invite(settings: ServerSettings, new: NewInvite) -> str:
    """Make an invitation; return its code.

    Raises:
        NotFoundError: no such site.
        InvalidError: a geofence is not one of the site's.
    """
    code = new_invite_code()
    async with _transaction(settings) as session:
        await sites.site_of(session, new.site_id)
        known = await geofences_among(session, new.site_id, new.geofence_ids)
        if unknown := set(new.geofence_ids) - known:
            raise InvalidError(f"the site {new.site_id!r} has no geofence {min(unknown)}")
        row = Invite(
            site_id=new.site_id,
            role=new.role,
            geofence_ids=sorted(known),
            uses_left=new.uses,
            expires_at=utc_now() + new.lasts,
        )
        await add_invite(session, code, row)
    return code


async def broker_files(
    settings: ServerSettings, folder: Path, home_password: str | None = None
) -> tuple[str, list[Path]]:
    """Write the files of a Mosquitto; return our link's password there, and the paths."""
    password = secret_from(open_data_dir(settings.data_dir) / "broker.secret").hex()
    async with _transaction(settings) as session:
        known = [
            Credentials(StationUser(row.site_id, row.name_id), row.key)
            for row in await stations.all_stations(session)
        ]
    paths = write_files(
        folder,
        known,
        server_password=password,
        port=settings.broker_port,
        home_password=home_password,
    )
    return password, paths


def _station_config(settings: ServerSettings, new: NewStation, key: bytes) -> str:
    """Return a station's TOML; JSON strings are TOML strings."""
    return f"""\
# The station {new.station_id} of {new.site_id}. Keep this file secret: the key is shown only once.
site_id = {json.dumps(new.site_id)}
station_id = {json.dumps(new.station_id)}
key = "{key.hex()}"
state_dir = "state"
simulated = {json.dumps(new.simulated)}

[broker]
host = {json.dumps(settings.broker_host)}
port = {settings.broker_port}

[[cameras]]
deployment_id = {json.dumps(f"{new.station_id}-1")}
kind = "folder"
path = "pictures"
watch = true
"""


def _check_id(text: str, pattern: str) -> None:
    if re.fullmatch(pattern, text) is None:
        raise InvalidError(
            f"{text!r} cannot be part of a topic: use up to 40 small letters, digits and dashes"
        )


@asynccontextmanager
async def _transaction(settings: ServerSettings) -> AsyncIterator[AsyncSession]:
    async with opened_database(settings) as database, database.transaction() as session:
        yield session
