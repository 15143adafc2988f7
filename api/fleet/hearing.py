"""What stations say of how they are: all reports of a batch are heard together."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from api.fleet.history import hour_told, note_hours
from api.stations.store import hear_health, tell_of
from api.tables import Station
from edge_agent.contracts.messages import HealthMessage


async def hear_healths(
    session: AsyncSession, heard: Sequence[tuple[Station, HealthMessage]], now: datetime
) -> None:
    """Remember how these stations are, and how they were this hour, as if each had come alone.

    Their sites must be locked.
    """
    hours = []
    for station, message in heard:
        hour = hour_told(station, message, now)  # before this report is the last one
        if hour is not None:
            hours.append(hour)
        hear_health(station, message, now)
    await note_hours(session, hours)
    await tell_of(session, [station for station, _ in heard], now)
