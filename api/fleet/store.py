"""Rows of desired configs, offered releases, and of what stations say of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.database import Base
from api.errors import NotFoundError
from api.fleet.rules import next_version
from api.fleet.tables import ReleaseOffer, StationConfig, StationReport
from api.stations.store import station_named
from api.tables import Station
from edge_agent.contracts.configuration import ReportedConfig
from edge_agent.contracts.messages import StoredItem, StoredKind
from edge_agent.contracts.updates import Manifest, UpdateOffer, UpdateReport

HISTORY = 50


async def station_of(session: AsyncSession, site_id: str, name_id: str) -> Station:
    """Return a station of the site.

    Raises:
        NotFoundError: the site has none of that name.
    """
    station = await station_named(session, (site_id, name_id))
    if station is None:
        raise NotFoundError(f"there is no station {name_id!r} here")
    return station


async def report_of(session: AsyncSession, station_id: int) -> StationReport | None:
    """Return what the station last said."""
    return await session.get(StationReport, station_id)


async def history_of(session: AsyncSession, station_id: int) -> Sequence[StationConfig]:
    """Return the newest versions of its desired config, the newest first."""
    wanted = (
        select(StationConfig)
        .where(StationConfig.station_id == station_id)
        .order_by(StationConfig.version.desc())
        .limit(HISTORY)
    )
    return (await session.scalars(wanted)).all()


async def offers_of(session: AsyncSession, station_id: int) -> Sequence[ReleaseOffer]:
    """Return the newest releases it was offered, the newest first."""
    wanted = (
        select(ReleaseOffer)
        .where(ReleaseOffer.station_id == station_id)
        .order_by(ReleaseOffer.id.desc())
        .limit(HISTORY)
    )
    return (await session.scalars(wanted)).all()


async def desire(
    session: AsyncSession,
    station: Station,
    settings: dict[str, Any],
    *,
    made_by: str,
    note: str,
    now: datetime,
) -> StationConfig:
    """Keep a new version of a station's desired config; the link tells it. Lock the site first."""
    newest = await session.scalar(
        select(func.max(StationConfig.version)).where(StationConfig.station_id == station.id)
    )
    report = await report_of(session, station.id)
    answered = (report.config or {}).get("answered_version") if report else None
    row = StationConfig(
        station_id=station.id,
        version=next_version(newest, answered),
        settings=settings,
        note=note,
        made_by=made_by,
        made_at=now,
    )
    session.add(row)
    await session.flush()
    return row


async def offer_release(
    session: AsyncSession, station: Station, offer: UpdateOffer, manifest: Manifest, now: datetime
) -> None:
    """Keep an offer for a station; the link tells it."""
    offer = offer.model_copy(update={"simulated": station.simulated})
    session.add(
        ReleaseOffer(
            station_id=station.id,
            digest=offer.digest,
            release=manifest.name,
            offer=offer.model_dump(mode="json"),
            made_at=now,
        )
    )
    await session.flush()


async def hear_config(
    session: AsyncSession,
    station: Station,
    message: ReportedConfig,
    *,
    is_replayed: bool,
    now: datetime,
) -> StoredItem:
    """Keep a station's answer; return what to confirm: the station waits for it."""
    report = await _report_row(session, station)
    if not is_replayed or report.config_at is None:
        report.config, report.config_at = message.model_dump(mode="json"), now
    version = message.answered_version
    row = await session.scalar(
        select(StationConfig).where(
            StationConfig.station_id == station.id, StationConfig.version == version
        )
    )
    if row is not None:
        row.outcome, row.reason, row.answered_at = message.outcome, message.reason, now
    return StoredItem(kind=StoredKind.CONFIG, id=str(version))


async def hear_update(
    session: AsyncSession,
    station: Station,
    message: UpdateReport,
    *,
    is_replayed: bool,
    now: datetime,
) -> None:
    """Keep how far an offered release came at a station."""
    report = await _report_row(session, station)
    if not is_replayed or report.update_at is None:
        report.update, report.update_at = message.model_dump(mode="json"), now
    row = await session.scalar(
        select(ReleaseOffer).where(
            ReleaseOffer.station_id == station.id, ReleaseOffer.digest == message.offer
        )
    )
    if row is not None:
        row.step, row.reason = message.step, message.reason
        row.figures, row.reported_at = message.figures, now


async def newest_configs(
    session: AsyncSession, *, only_untold: bool
) -> list[tuple[StationConfig, Station]]:
    """Return each station's newest desired config, or of those only what is yet to be told."""
    return await _newest(session, StationConfig, StationConfig.version, only_untold)


async def newest_offers(
    session: AsyncSession, *, only_untold: bool
) -> list[tuple[ReleaseOffer, Station]]:
    """Return the release that each station was offered last, or only what is yet to be told."""
    return await _newest(session, ReleaseOffer, ReleaseOffer.id, only_untold)


async def _newest(session: AsyncSession, table: Any, number: Any, only_untold: bool) -> list[Any]:  # noqa: FBT001
    newest = (
        select(func.max(number).label("number"), table.station_id)
        .group_by(table.station_id)
        .subquery()
    )
    wanted = select(table, Station).join(Station, Station.id == table.station_id)
    wanted = wanted.join(
        newest, (newest.c.station_id == table.station_id) & (newest.c.number == number)
    )
    if only_untold:
        wanted = wanted.where(table.told_at.is_(None))
    return [(row[0], row[1]) for row in await session.execute(wanted)]


async def mark_told(session: AsyncSession, rows: Sequence[Base], now: datetime) -> None:
    """Note that the broker has these."""
    for row in rows:
        kept = await session.get(type(row), row.id)  # type: ignore[attr-defined]
        if kept is not None:
            kept.told_at = now  # type: ignore[attr-defined]


async def _report_row(session: AsyncSession, station: Station) -> StationReport:
    found = await session.get(StationReport, station.id)
    if found is None:
        found = StationReport(station_id=station.id)
        session.add(found)
        await session.flush()
    return found
