"""How stations were, hour by hour: from here come forecasts, and the days that cameras watched."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.database import insert_into
from api.fleet.tables import StationHour
from api.tables import Station
from edge_agent.contracts.messages import HealthMessage

KEPT_FOR = timedelta(days=400)
ONE_HOUR_IN = 6
HOUR = timedelta(hours=1)


@dataclass
class Past:
    """How a station was, the oldest first: its charge in percent, each camera's sharpness."""

    charge: list[tuple[datetime, float]] = field(default_factory=list)
    sharpness: dict[str, list[tuple[datetime, float]]] = field(default_factory=dict)


def hour_told(station: Station, message: HealthMessage, now: datetime) -> dict[str, Any] | None:
    """Return what is to be kept of a report that is the first of its hour, None for another.

    `station.health` must still be the report before.
    """
    hour = hour_of(now)
    before = station.health.get("heard_at")
    if before is not None and hour_of(datetime.fromisoformat(before)) == hour:
        return None
    vitals = message.vitals
    return {
        "station_id": station.id,
        "hour": hour,
        "battery_percent": vitals.battery_percent,
        "is_charging": vitals.is_charging,
        "temperature_c": vitals.temperature_c,
        "queue_length": message.queue_length,
        "blind": {each.deployment_id: each.state for each in message.cameras if each.is_blind},
        "cameras": [each.deployment_id for each in message.cameras],
        "sharpness": {
            each.deployment_id: each.sharpness
            for each in message.cameras
            if each.sharpness is not None
        },
    }


async def note_hours(session: AsyncSession, told: Sequence[dict[str, Any]]) -> None:
    """Keep what `hour_told` returned of reports; of an hour that is kept already, nothing."""
    if told:
        row = insert_into(session, StationHour).values(told)
        await session.execute(row.on_conflict_do_nothing(index_elements=["station_id", "hour"]))


async def past_of(
    session: AsyncSession, station_ids: Sequence[int], since: datetime, until: datetime
) -> dict[int, Past]:
    """Return how each station was four times a day: a forecast needs no more.

    Of those that were only heard in between (some sleep most of the day), at every hour.
    """
    hours = [hour_of(since) + timedelta(hours=n) for n in range((until - since) // HOUR + 1)]
    asked = [hour for hour in hours if hour.hour % ONE_HOUR_IN == 0]
    found = await _heard(session, station_ids, StationHour.hour.in_(asked))
    missed = [number for number in station_ids if number not in found]
    found |= await _heard(session, missed, StationHour.hour >= since) if missed else {}
    return {number: found.get(number) or Past() for number in station_ids}


async def _heard(
    session: AsyncSession, station_ids: Sequence[int], at: ColumnElement[bool]
) -> dict[int, Past]:
    """Return how the stations were then, of those that were heard."""
    columns = (
        StationHour.station_id,
        StationHour.hour,
        StationHour.battery_percent,
        StationHour.sharpness,
    )
    wanted = select(*columns).where(StationHour.station_id.in_(station_ids), at)
    found: dict[int, Past] = defaultdict(Past)
    for number, hour, percent, cameras in await session.execute(wanted.order_by(*columns[:2])):
        past = found[number]
        if percent is not None:
            past.charge.append((hour, percent))
        for camera, value in (cameras or {}).items():
            past.sharpness.setdefault(camera, []).append((hour, value))
    return found


async def forget_hours(session: AsyncSession, now: datetime) -> None:
    """Drop what is too old to matter."""
    await session.execute(delete(StationHour).where(StationHour.hour < now - KEPT_FOR))


def hour_of(moment: datetime) -> datetime:
    """Return the hour that a moment lies in."""
    return moment.replace(minute=0, second=0, microsecond=0)
