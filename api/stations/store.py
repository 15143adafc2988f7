"""Rows of stations."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.changes.store import STATION, add_change, add_changes
from api.errors import AlreadyExistsError
from api.events.rules import EARLIEST
from api.questions import among, ask
from api.stations.rules import believes_health, believes_status, status_time
from api.tables import Detection, Station
from edge_agent.contracts.messages import HealthMessage, StationState, StatusMessage

LIFE_SIGN_EVERY = timedelta(seconds=1)
PEOPLES_STATION = "~people"  # no box can be enrolled under it: see api/reports/peoples_station.py

StationName = tuple[str, str]  # its site, and its own name there

_PERHAPS_NAMED = select(Station).where(
    among(Station.site_id, "sites"), among(Station.name_id, "names")
)
_LIVE = update(Station).where(among(Station.id, "ids")).values(last_seen_at=bindparam("now"))


async def add_station(session: AsyncSession, station: Station) -> None:
    """Enrol a station.

    Raises:
        AlreadyExistsError: the site has one of that name.
    """
    if await station_named(session, (station.site_id, station.name_id)) is not None:
        raise AlreadyExistsError(
            f"the site {station.site_id!r} already has a station {station.name_id!r}"
        )
    session.add(station)
    await session.flush()


async def station_named(session: AsyncSession, name: StationName) -> Station | None:
    """Return the station that speaks under this name."""
    return (await stations_named(session, {name})).get(name)


async def stations_named(
    session: AsyncSession, names: Collection[StationName]
) -> dict[StationName, Station]:
    """Return those of the named stations that are enrolled."""
    if not names:
        return {}
    asked = {"sites": {site_id for site_id, _ in names}, "names": {name for _, name in names}}
    found = {
        (row.site_id, row.name_id): row for row in await session.scalars(_PERHAPS_NAMED, asked)
    }
    return {name: found[name] for name in names if name in found}


async def stations_of(session: AsyncSession, site_id: str) -> Sequence[Station]:
    """Return the stations of a site, by name."""
    wanted = (
        select(Station)
        .where(Station.site_id == site_id, Station.name_id != PEOPLES_STATION)
        .order_by(Station.name)
    )
    return (await session.scalars(wanted)).all()


async def all_stations(session: AsyncSession) -> Sequence[Station]:
    """Return every station, by site and name."""
    wanted = (
        select(Station)
        .where(Station.name_id != PEOPLES_STATION)
        .order_by(Station.site_id, Station.name_id)
    )
    return (await session.scalars(wanted)).all()


async def detections_per_station(
    session: AsyncSession, site_id: str, now: datetime
) -> dict[int, int]:
    """Return how many sightings each station of the site captured in the last 24 hours."""
    wanted = (
        select(Detection.station_id, func.count())
        .where(Detection.site_id == site_id, Detection.captured_at > now - timedelta(hours=24))
        .group_by(Detection.station_id)
    )
    return {row[0]: row[1] for row in await session.execute(wanted)}


async def hear_from(session: AsyncSession, stations: Iterable[Station], now: datetime) -> None:
    """Remember that these stations live; to a second, so that a busy one is not written for ever.

    Objects that are loaded do not notice.
    """
    quiet = {
        station.id
        for station in stations
        if station.last_seen_at is None or now - station.last_seen_at >= LIFE_SIGN_EVERY
    }
    if quiet:
        await ask(session, _LIVE, ids=quiet, now=now)


async def hear_status(
    session: AsyncSession,
    station: Station,
    message: StatusMessage,
    *,
    is_replayed: bool,
    now: datetime,
) -> None:
    """Remember what the station says of itself, if it is news."""
    at = min(max(message.at, EARLIEST), now)
    if not believes_status(message.state, at, known_at=station.state_at, is_replayed=is_replayed):
        return
    changed = station.state != message.state
    station.state, station.state_at = message.state, status_time(at, known_at=station.state_at)
    if changed:
        await _tell(session, station, now)


def hear_health(station: Station, message: HealthMessage, now: datetime) -> None:
    """Remember how the station is. One that speaks is there, whatever its last status said.

    The time of its status stays: a last will is as old as the connection, not as the last report.
    """
    station.health = message.model_dump(mode="json") | {"heard_at": now.isoformat()}
    at = min(max(message.at, EARLIEST), now)
    if believes_health(at, known_at=station.state_at):
        station.state, station.state_at = StationState.ONLINE, station.state_at or at


async def tell_of(session: AsyncSession, stations: Iterable[Station], now: datetime) -> None:
    """Keep that these stations changed. Lock their sites first."""
    await add_changes(session, [(each.site_id, STATION, str(each.id)) for each in stations], now)


async def _tell(session: AsyncSession, station: Station, now: datetime) -> None:
    await add_change(
        session, site_id=station.site_id, kind=STATION, subject_id=str(station.id), now=now
    )
