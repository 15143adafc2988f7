"""Rows of roll-outs, and the worker that moves them on."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.database import Database
from api.errors import IllegalMoveError, InvalidError, NotFoundError
from api.fleet.rollout_rules import Member, Move, RolloutState, judge, stages_of, wished
from api.fleet.rules import check_settings
from api.fleet.store import desire, history_of, report_of, station_of
from api.fleet.tables import Rollout, RolloutStation, StationConfig
from api.sites.store import lock_site
from api.tables import Detection, Person, Station
from edge_agent.contracts.configuration import TuningError
from edge_agent.contracts.vitals import CameraHealth

_log = logging.getLogger(__name__)
LOOK_EVERY_S = 5.0
MOST_SHOWN = 50
COMPARED = timedelta(days=1)
_CONFIG_TOLD = (StationConfig.station_id == RolloutStation.station_id) & (
    StationConfig.version == RolloutStation.version
)


@dataclass(frozen=True, slots=True)
class NewRollout:
    """What an operator wishes of many stations; the first of them is tried alone."""

    station_ids: Sequence[str]
    settings: dict[str, Any]
    mode: str
    soak: timedelta
    note: str = ""


async def begin(session: AsyncSession, person: Person, new: NewRollout, now: datetime) -> Rollout:
    """Begin a roll-out: the first station is told at once.

    Raises:
        NotFoundError: no such station. InvalidError: one of them could not apply it.
        IllegalMoveError: another roll-out is running.
    """
    await lock_site(session, person.site_id)
    running = select(Rollout.id).where(
        Rollout.site_id == person.site_id, Rollout.state == RolloutState.RUNNING
    )
    if await session.scalar(running) is not None:
        raise IllegalMoveError("another roll-out is running: wait for its end, or cancel it")
    names = list(dict.fromkeys(new.station_ids))
    stations = [await station_of(session, person.site_id, name) for name in names]
    for station in stations:
        await _check(session, station, new)
    stages = stages_of(names)
    rollout = Rollout(
        site_id=person.site_id,
        settings=new.settings,
        mode=new.mode,
        note=new.note,
        soak_s=round(new.soak.total_seconds()),
        state=RolloutState.RUNNING,
        stages=len(stages),
        stage_at=now,
        made_by=person.name,
        made_at=now,
    )
    session.add(rollout)
    await session.flush()
    place = {name: number for number, stage in enumerate(stages) for name in stage}
    session.add_all(
        RolloutStation(rollout_id=rollout.id, station_id=each.id, stage=place[each.name_id])
        for each in stations
    )
    await session.flush()
    await _tell_stage(session, rollout, now)
    return rollout


async def cancel(session: AsyncSession, person: Person, rollout_id: int, now: datetime) -> Rollout:
    """End a roll-out and put every station that has it back to what it had.

    Raises:
        NotFoundError: no such roll-out. IllegalMoveError: it has ended.
    """
    await lock_site(session, person.site_id)
    rollout = await rollout_of(session, person.site_id, rollout_id)
    if rollout.state != RolloutState.RUNNING:
        raise IllegalMoveError(f"this roll-out is {rollout.state}")
    await _end(session, rollout, RolloutState.CANCELLED, f"cancelled by {person.name}", now)
    return rollout


async def rollout_of(session: AsyncSession, site_id: str, rollout_id: int) -> Rollout:
    """Return a roll-out of the site.

    Raises:
        NotFoundError: there is none of that number.
    """
    rollout = await session.get(Rollout, rollout_id)
    if rollout is None or rollout.site_id != site_id:
        raise NotFoundError("there is no such roll-out")
    return rollout


async def rollouts_of(session: AsyncSession, site_id: str) -> Sequence[Rollout]:
    """Return the newest roll-outs, the newest first."""
    wanted = select(Rollout).where(Rollout.site_id == site_id).order_by(Rollout.id.desc())
    return (await session.scalars(wanted.limit(MOST_SHOWN))).all()


async def members_of(
    session: AsyncSession, rollout_ids: Sequence[int]
) -> list[tuple[RolloutStation, Station, StationConfig | None]]:
    """Return the stations of roll-outs, each with the version that it was told, in stages."""
    wanted = (
        select(RolloutStation, Station, StationConfig)
        .join(Station, Station.id == RolloutStation.station_id)
        .outerjoin(StationConfig, _CONFIG_TOLD)
        .where(RolloutStation.rollout_id.in_(rollout_ids))
        .order_by(RolloutStation.rollout_id, RolloutStation.stage, Station.name)
        .execution_options(populate_existing=True)
    )
    return [(row[0], row[1], row[2]) for row in await session.execute(wanted)]


async def told_of(
    session: AsyncSession, rollout_ids: Sequence[int]
) -> list[tuple[int, dict[str, Any]]]:
    """Return what a page shows of the stations of roll-outs, in stages, each with its roll-out.

    Values alone: whole rows of forty roll-outs of a hundred stations each take half a second.
    """
    wanted = (
        select(
            RolloutStation.rollout_id,
            Station.name_id.label("id"),
            Station.name,
            RolloutStation.stage,
            RolloutStation.version,
            StationConfig.outcome,
            func.coalesce(StationConfig.reason, "").label("reason"),
            RolloutStation.undone_version,
        )
        .join(Station, Station.id == RolloutStation.station_id)
        .outerjoin(StationConfig, _CONFIG_TOLD)
        .where(RolloutStation.rollout_id.in_(rollout_ids))
        .order_by(RolloutStation.rollout_id, RolloutStation.stage, Station.name)
    )
    rows = await session.execute(wanted)
    names = list(rows.keys())[1:]
    return [(row[0], dict(zip(names, row[1:], strict=True))) for row in rows]


async def keep_rolling(database: Database, *, clock: Callable[[], datetime]) -> None:
    """Move roll-outs on, until cancelled. Several processes may do this at once."""
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        try:
            await roll(database, clock())
        except Exception:  # noqa: BLE001 - the top of a worker's loop: it goes on, loudly
            _log.exception("roll-outs cannot be moved on")
            await asyncio.sleep(30)


async def roll(database: Database, now: datetime) -> None:
    """Move every running roll-out one step on, if it is time."""
    running = select(Rollout.id, Rollout.site_id).where(Rollout.state == RolloutState.RUNNING)
    async with database.reading() as session:
        found = list(await session.execute(running))
    for rollout_id, site_id in found:
        async with database.transaction() as session:
            await lock_site(session, site_id)
            rollout = await session.get_one(Rollout, rollout_id, populate_existing=True)
            if rollout.state == RolloutState.RUNNING:
                await _move(session, rollout, now)


async def _move(session: AsyncSession, rollout: Rollout, now: datetime) -> None:
    rows = [row for row in await members_of(session, [rollout.id]) if row[0].stage <= rollout.stage]
    verdict = judge(
        [await _member(session, *row, now=now) for row in rows],
        stage_at=rollout.stage_at,
        now=now,
        soak=timedelta(seconds=rollout.soak_s),
        is_last=rollout.stage == rollout.stages - 1,
    )
    rollout.reason = verdict.reason
    if verdict.move is Move.STOP:
        _log.warning("roll-out %s stops: %s", rollout.id, verdict.reason)
        await _end(session, rollout, RolloutState.STOPPED, verdict.reason, now)
    elif verdict.move is Move.FINISH:
        rollout.state, rollout.ended_at = RolloutState.DONE, now
    elif verdict.move is Move.NEXT:
        rollout.stage, rollout.stage_at = rollout.stage + 1, now
        await _tell_stage(session, rollout, now)


async def _member(
    session: AsyncSession,
    row: RolloutStation,
    station: Station,
    config: StationConfig | None,
    *,
    now: datetime,
) -> Member:
    applied_at = config.answered_at if config else None
    told, before = 0, 0.0
    if applied_at is not None:
        told = await _told(session, station, applied_at, now)
        a_day = await _told(session, station, applied_at - COMPARED, applied_at)
        before = a_day * max((now - applied_at) / COMPARED, 0.0)
    return Member(
        name=station.name_id,
        outcome=config.outcome if config else None,
        reason=config.reason if config else "",
        applied_at=applied_at,
        last_seen_at=station.last_seen_at,
        blind=frozenset(_blind(station)),
        blind_before=frozenset(row.blind_before),
        told=told,
        told_before=before,
    )


async def _told(session: AsyncSession, station: Station, since: datetime, until: datetime) -> int:
    wanted = select(func.count()).where(
        Detection.station_id == station.id,
        Detection.captured_at > since,
        Detection.captured_at <= until,
    )
    return await session.scalar(wanted) or 0


async def _tell_stage(session: AsyncSession, rollout: Rollout, now: datetime) -> None:
    note = rollout.note or f"roll-out {rollout.id}"
    for row, station, _ in await members_of(session, [rollout.id]):
        if row.stage != rollout.stage:
            continue
        history = await history_of(session, station.id)
        row.before = dict(history[0].settings) if history else {}
        row.blind_before = _blind(station)
        settings = wished(row.before, rollout.settings, rollout.mode)
        made = await desire(session, station, settings, made_by=rollout.made_by, note=note, now=now)
        row.version = made.version
    await session.flush()


async def _end(
    session: AsyncSession, rollout: Rollout, state: RolloutState, reason: str, now: datetime
) -> None:
    """End it, and give back what each station had; one that was changed again since keeps that."""
    rollout.state, rollout.reason, rollout.ended_at = state, reason, now
    for row, station, _ in await members_of(session, [rollout.id]):
        if row.version is None:
            continue
        history = await history_of(session, station.id)
        if history[0].version != row.version:
            continue
        note = f"roll-out {rollout.id} {state}: back to what was"
        made = await desire(
            session, station, row.before or {}, made_by=rollout.made_by, note=note, now=now
        )
        row.undone_version = made.version
    await session.flush()


async def _check(session: AsyncSession, station: Station, new: NewRollout) -> None:
    history = await history_of(session, station.id)
    before = dict(history[0].settings) if history else {}
    report = await report_of(session, station.id)
    effective = (report.config or {}).get("effective") if report else None
    try:
        check_settings(wished(before, new.settings, new.mode), effective)
    except TuningError as error:
        raise InvalidError(f"{station.name_id}: {error}", code="invalid_config") from error


def _blind(station: Station) -> list[str]:
    cameras = (CameraHealth.model_validate(each) for each in station.health.get("cameras") or ())
    return sorted(camera.deployment_id for camera in cameras if camera.is_blind)
