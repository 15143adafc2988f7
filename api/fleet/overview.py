"""The whole fleet at a glance: what is wrong, what is to come, versions, the last pictures."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.alerts.view import media_url
from api.fleet.forecast import Forecast, blind_in, flat_in
from api.fleet.history import Past, past_of
from api.fleet.store import newest_configs, newest_offers
from api.fleet.tables import ReleaseOffer, StationConfig, StationReport
from api.stations.views import StationView, station_views
from api.tables import Detection, Media, Station

SILENT_AFTER = timedelta(minutes=10)
LOW_PERCENT = 30.0
LONG_QUEUE = 100
LOOKED_BACK = timedelta(days=14)
PICTURES_OF = timedelta(days=7)
POINTS_OF_A_LINE = 60


class ForecastView(BaseModel):
    """In how many days, read from how many."""

    days: float
    from_days: int


class CloudingView(BaseModel):
    """A camera whose lens is clouding over."""

    deployment_id: str
    days: float
    from_days: int


class PictureView(BaseModel):
    """The newest picture of a station."""

    url: str
    captured_at: datetime
    deployment_id: str


class FleetStation(BaseModel):
    """One station, what is wrong with it (`alarms`, the worst first), and what is to come."""

    station: StationView
    alarms: list[str]
    silent_since: datetime | None
    flat_in: ForecastView | None
    clouding: list[CloudingView]
    desired_version: int | None
    config_version: int | None
    config_outcome: str | None
    offered_release: str | None
    offer_step: str | None
    picture: PictureView | None
    battery: list[tuple[datetime, float]]


class Fleet(BaseModel):
    """All stations of a site, those in trouble first."""

    now: datetime
    stations: list[FleetStation]


async def fleet_of(session: AsyncSession, site_id: str, now: datetime) -> Fleet:
    """Put the fleet together: a fixed number of questions, however many stations there are."""
    views = await station_views(session, site_id, now)
    pasts = await past_of(session, list(views), now - LOOKED_BACK, now)
    configs = {row.station_id: row for row, _ in await newest_configs(session, only_untold=False)}
    offers = {row.station_id: row for row, _ in await newest_offers(session, only_untold=False)}
    reports = await _reports(session, site_id)
    pictures = await _pictures(session, site_id, now)
    stations = [
        _station(
            view,
            pasts[number],
            configs.get(number),
            offers.get(number),
            reports.get(number, {}),
            pictures.get(number),
            now,
        )
        for number, view in views.items()
    ]
    stations.sort(key=lambda each: (-len(each.alarms), each.station.name))
    return Fleet(now=now, stations=stations)


def alarms_of(view: StationView, now: datetime, flat: Forecast | None) -> list[str]:
    """Return what is wrong with a station, the worst first."""
    found = []
    if is_silent(view.last_seen_at, now):
        found.append("silent")
    if any(camera.is_blind for camera in view.cameras):
        found.append("blind")
    low = view.battery_percent is not None and view.battery_percent < LOW_PERCENT
    if low and not view.is_charging:
        found.append("battery_low")
    elif flat is not None and flat.days <= 3:
        found.append("battery_falling")
    if view.trouble:
        found.append("trouble")
    if (view.queue_length or 0) > LONG_QUEUE:
        found.append("queue_long")
    return found


def is_silent(last_seen_at: datetime | None, now: datetime) -> bool:
    """Whether nothing was heard for so long that somebody should ask why."""
    return last_seen_at is None or now - last_seen_at > SILENT_AFTER


def _station(
    view: StationView,
    past: Past,
    config: StationConfig | None,
    offer: ReleaseOffer | None,
    report: Mapping[str, Any],
    picture: PictureView | None,
    now: datetime,
) -> FleetStation:
    charge = past.charge
    flat = flat_in(charge)
    return FleetStation(
        station=view,
        alarms=alarms_of(view, now, flat),
        silent_since=view.last_seen_at if is_silent(view.last_seen_at, now) else None,
        flat_in=None if flat is None else ForecastView(days=flat.days, from_days=flat.from_days),
        clouding=_clouding(view, past),
        desired_version=config.version if config else None,
        config_version=report.get("version"),
        config_outcome=config.outcome if config else None,
        offered_release=offer.release if offer else None,
        offer_step=offer.step if offer else None,
        picture=picture,
        battery=charge[:: -(-len(charge) // POINTS_OF_A_LINE) or 1],
    )


def _clouding(view: StationView, past: Past) -> list[CloudingView]:
    found = []
    for camera in view.cameras:
        name = camera.deployment_id
        forecast = None if camera.is_blind else blind_in(past.sharpness.get(name, ()))
        if forecast is not None:
            found.append(
                CloudingView(deployment_id=name, days=forecast.days, from_days=forecast.from_days)
            )
    return found


async def _reports(session: AsyncSession, site_id: str) -> dict[int, dict[str, Any]]:
    wanted = (
        select(StationReport.station_id, StationReport.config)
        .join(Station, Station.id == StationReport.station_id)
        .where(Station.site_id == site_id)
    )
    return {number: config or {} for number, config in await session.execute(wanted)}


async def _pictures(session: AsyncSession, site_id: str, now: datetime) -> dict[int, PictureView]:
    recent = (Detection.site_id == site_id) & (Detection.captured_at > now - PICTURES_OF)
    newest = (
        select(Detection.station_id, func.max(Detection.captured_at).label("at"))
        .where(recent, Detection.media_sha256.is_not(None))
        .group_by(Detection.station_id)
        .subquery()
    )
    wanted = (
        select(
            Detection.station_id,
            Detection.deployment_id,
            Detection.captured_at,
            Media.sha256,
        )
        .join(
            newest,
            (newest.c.station_id == Detection.station_id) & (newest.c.at == Detection.captured_at),
        )
        .join(
            Media,
            (Media.sha256 == Detection.media_sha256) & (Media.site_id == Detection.site_id),
        )
        .where(recent)
    )
    return {
        station: PictureView(url=media_url(sha256), captured_at=at, deployment_id=deployment)
        for station, deployment, at, sha256 in await session.execute(wanted)
    }
