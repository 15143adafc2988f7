"""How stations were, hour by hour: from here come forecasts, and the days that cameras watched."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.database import insert_into
from api.fleet.tables import StationHour
from api.tables import Station
from edge_agent.contracts.messages import HealthMessage

KEPT_FOR = timedelta(days=400)


async def note_hour(
    session: AsyncSession, station: Station, message: HealthMessage, now: datetime
) -> None:
    """Keep the first report of each hour. `station.health` must still be the report before."""
    hour = hour_of(now)
    before = station.health.get("heard_at")
    if before is not None and hour_of(datetime.fromisoformat(before)) == hour:
        return
    vitals = message.vitals
    row = insert_into(session, StationHour).values(
        station_id=station.id,
        hour=hour,
        battery_percent=vitals.battery_percent,
        is_charging=vitals.is_charging,
        temperature_c=vitals.temperature_c,
        queue_length=message.queue_length,
        blind={each.deployment_id: each.state for each in message.cameras if each.is_blind},
        cameras=[each.deployment_id for each in message.cameras],
        sharpness={
            each.deployment_id: each.sharpness
            for each in message.cameras
            if each.sharpness is not None
        },
    )
    await session.execute(row.on_conflict_do_nothing(index_elements=["station_id", "hour"]))


async def hours_of(
    session: AsyncSession, station_ids: Sequence[int], since: datetime
) -> dict[int, list[StationHour]]:
    """Return the hours in which each station was heard, the oldest first."""
    wanted = (
        select(StationHour)
        .where(StationHour.station_id.in_(station_ids), StationHour.hour >= since)
        .order_by(StationHour.station_id, StationHour.hour)
    )
    found: dict[int, list[StationHour]] = {number: [] for number in station_ids}
    for row in await session.scalars(wanted):
        found[row.station_id].append(row)
    return found


async def forget_hours(session: AsyncSession, now: datetime) -> None:
    """Drop what is too old to matter."""
    await session.execute(delete(StationHour).where(StationHour.hour < now - KEPT_FOR))


def hour_of(moment: datetime) -> datetime:
    """Return the hour that a moment lies in."""
    return moment.replace(minute=0, second=0, microsecond=0)
