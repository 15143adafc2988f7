"""A station as apps see it."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from api.stations.store import detections_per_station, stations_of
from api.tables import Station
from edge_agent.contracts.vitals import CameraHealth, Vitals


class CameraView(BaseModel):
    """One camera of a station, as the station last said."""

    deployment_id: str
    state: str
    is_blind: bool
    since: datetime | None
    reason: str | None
    last_frame_at: datetime | None


class StationView(BaseModel):
    """One station, for rangers and above."""

    id: str  # its word in topics
    name: str
    latitude: float
    longitude: float
    state: str
    last_seen_at: datetime | None
    queue_length: int | None
    oldest_unsent_at: datetime | None
    frames_seen: int | None
    frames_broken: int | None
    inference_ms: float | None
    release: str | None
    version: str | None
    detections_24h: int
    simulated: bool
    disk_free_mb: float | None
    bytes_sent_today: int | None
    trouble: str | None
    battery_percent: float | None
    is_charging: bool | None
    temperature_c: float | None
    signal_dbm: float | None
    cameras: list[CameraView]


async def station_views(
    session: AsyncSession, site_id: str, now: datetime
) -> dict[int, StationView]:
    """Return the site's stations by their row's number, in the order of their names."""
    counts = await detections_per_station(session, site_id, now)
    rows = await stations_of(session, site_id)
    return {row.id: _view(row, counts.get(row.id, 0)) for row in rows}


def _view(station: Station, detections_24h: int) -> StationView:
    told: dict[str, Any] = {
        name: station.health.get(name)
        for name in (
            "queue_length",
            "oldest_unsent_at",
            "frames_seen",
            "frames_broken",
            "inference_ms",
            "release",
            "version",
            "disk_free_mb",
            "bytes_sent_today",
            "trouble",
        )
    }
    vitals = Vitals.model_validate(station.health.get("vitals") or {})
    return StationView(
        id=station.name_id,
        name=station.name,
        latitude=station.latitude,
        longitude=station.longitude,
        state=station.state,
        last_seen_at=station.last_seen_at,
        detections_24h=detections_24h,
        simulated=station.simulated,
        battery_percent=vitals.battery_percent,
        is_charging=vitals.is_charging,
        temperature_c=vitals.temperature_c,
        signal_dbm=vitals.signal_dbm,
        cameras=[_camera(one) for one in station.health.get("cameras") or ()],
        **told,
    )


def _camera(told: Any) -> CameraView:
    camera = CameraHealth.model_validate(told)
    return CameraView(
        deployment_id=camera.deployment_id,
        state=camera.state,
        is_blind=camera.is_blind,
        since=camera.since,
        reason=camera.reason,
        last_frame_at=camera.last_frame_at,
    )
