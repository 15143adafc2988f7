"""Applies a threshold or a mask as a new version of a desired config; watches it; takes it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.errors import IllegalMoveError, InvalidError, NotFoundError
from api.fleet.rules import check_settings
from api.fleet.store import desire, history_of, report_of, station_of
from api.sites.store import lock_site
from api.tables import Person, Station
from api.tuning.evidence import Place
from api.tuning.tables import ThresholdChange, ThresholdReport
from api.tuning.wishes import (
    hides_masks,
    masks_in,
    threshold_in,
    with_masks,
    with_threshold,
)
from edge_agent.contracts.configuration import TuningError


@dataclass(frozen=True, slots=True)
class NewChange:
    """What an operator applies to one place: a threshold, or one more mask."""

    station_id: str
    deployment_id: str
    lighting: str
    threshold: float | None = None
    mask: Sequence[Sequence[float]] | None = None
    promised: dict[str, Any] | None = None


async def apply(
    session: AsyncSession, person: Person, new: NewChange, note: str, now: datetime
) -> ThresholdChange:
    """Wish the change of the station, keeping the rest of what is wished of it.

    Raises:
        NotFoundError: no such station. InvalidError: the station could not apply it.
    """
    await lock_site(session, person.site_id)
    station = await station_of(session, person.site_id, new.station_id)
    settings = await _desired(session, station)
    before, after, changed = await _changed(session, station, settings, new)
    version = await _wish(session, station, changed, person, note, now)
    row = ThresholdChange(
        site_id=person.site_id,
        station_id=station.id,
        deployment_id=new.deployment_id,
        lighting=new.lighting,
        kind="threshold" if new.mask is None else "mask",
        before=before,
        after=after,
        promised=new.promised or {},
        version=version,
        made_by=person.name,
        made_at=now,
    )
    session.add(row)
    await session.flush()
    return row


async def revert(
    session: AsyncSession, person: Person, change_id: int, now: datetime
) -> ThresholdChange:
    """Put back what was before a change; what others changed elsewhere since then stays.

    Raises:
        NotFoundError: no such change. IllegalMoveError: it was reverted, or changed again since.
    """
    await lock_site(session, person.site_id)
    change = await session.get(ThresholdChange, change_id)
    if change is None or change.site_id != person.site_id:
        raise NotFoundError("there is no such change")
    if change.reverted_at is not None:
        raise IllegalMoveError("this change was taken back already")
    station = await session.get_one(Station, change.station_id)
    settings = await _desired(session, station)
    place = (change.deployment_id, change.lighting)
    if change.kind == "mask":
        present: Any = masks_in(settings, *place)
        changed = with_masks(settings, *place, change.before)
    else:
        present = threshold_in(settings, *place)
        is_only = await _is_only(session, station, change.deployment_id)
        changed = with_threshold(settings, *place, change.before, is_only=is_only)
    if present != change.after:
        raise IllegalMoveError(
            "it has been changed again since: take the newer change back first, or edit the config"
        )
    what = "mask" if change.kind == "mask" else "threshold"
    await _wish(session, station, changed, person, f"{what} of version {change.version} back", now)
    change.reverted_at, change.reverted_by = now, person.name
    await session.flush()
    return change


async def changes_of(
    session: AsyncSession, site_id: str, limit: int, place: Place | None = None
) -> Sequence[tuple[ThresholdChange, Station]]:
    """Return the newest changes, the newest first."""
    wanted = (
        select(ThresholdChange, Station)
        .join(Station, Station.id == ThresholdChange.station_id)
        .where(ThresholdChange.site_id == site_id)
        .order_by(ThresholdChange.id.desc())
        .limit(limit)
    )
    if place is not None:
        wanted = wanted.where(
            ThresholdChange.station_id == place.station_id,
            ThresholdChange.deployment_id == place.deployment_id,
            ThresholdChange.lighting == place.lighting,
        )
    return [(row[0], row[1]) for row in await session.execute(wanted)]


async def _changed(
    session: AsyncSession, station: Station, settings: dict[str, Any], new: NewChange
) -> tuple[Any, Any, dict[str, Any]]:
    place = (new.deployment_id, new.lighting)
    if new.mask is None:
        if new.threshold is None:
            raise InvalidError("say a threshold or a mask")
        is_only = await _is_only(session, station, new.deployment_id)
        changed = with_threshold(settings, *place, new.threshold, is_only=is_only)
        return threshold_in(settings, *place), new.threshold, changed
    other = hides_masks(settings, new.lighting)
    if other is not None:
        raise InvalidError(
            f"the profile {other!r} counts in this light and would hide the mask: "
            "add the zone to that profile in the station's config",
            code="profile_in_the_way",
        )
    before = masks_in(settings, *place)
    known = before if before is not None else await _excluded(session, station, new.deployment_id)
    after = [*known, [list(corner) for corner in new.mask]]
    return before, after, with_masks(settings, *place, after)


async def _excluded(session: AsyncSession, station: Station, deployment_id: str) -> list[Any]:
    """Return the zones that count at a camera in any light: a profile's list would replace them."""
    report = await report_of(session, station.id)
    effective = ((report.config if report else None) or {}).get("effective") or {}
    view = (effective.get("cameras") or {}).get(deployment_id) or {}
    return list(view.get("exclude") or [])


async def _is_only(session: AsyncSession, station: Station, deployment_id: str) -> bool:
    report = await report_of(session, station.id)
    effective = ((report.config if report else None) or {}).get("effective") or {}
    cameras = set(effective.get("cameras") or {}) or {
        each["deployment_id"] for each in station.health.get("cameras") or ()
    }
    if cameras:
        return cameras <= {deployment_id}
    known = select(ThresholdReport.deployment_id).where(ThresholdReport.station_id == station.id)
    return set(await session.scalars(known)) <= {deployment_id}


async def _desired(session: AsyncSession, station: Station) -> dict[str, Any]:
    history = await history_of(session, station.id)
    return dict(history[0].settings) if history else {}


async def _wish(
    session: AsyncSession,
    station: Station,
    settings: dict[str, Any],
    person: Person,
    note: str,
    now: datetime,
) -> int:
    report = await report_of(session, station.id)
    effective = (report.config or {}).get("effective") if report else None
    try:
        check_settings(settings, effective)
    except TuningError as error:
        raise InvalidError(str(error), code="invalid_config") from error
    row = await desire(session, station, settings, made_by=person.name, note=note, now=now)
    return row.version
