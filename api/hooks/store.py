"""Rows of hooks, and of what they are still to be told."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import and_, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from api.database import insert_into
from api.errors import NotFoundError
from api.hooks.rules import body_of, is_wanted
from api.hooks.tables import Hook, HookKind, HookMessage, MessageState
from api.ledger.store import head_of
from api.ledger.turns import Turn, TurnKind, turns_after
from api.position import Position
from api.tables import AlertLevel, Detection, Geofence, LedgerEntry, Station
from edge_agent.contracts.ids import uuid7

LEASE = timedelta(seconds=60)
MOST_DETAIL = 300


class HookJob(NamedTuple):
    """A claimed message, and where it goes."""

    message: HookMessage
    hook: Hook
    known_id: str | None  # what the alert is called over there


async def add_hook(session: AsyncSession, hook: Hook) -> Hook:
    """Keep a new hook: it is told of what happens from now on."""
    hook.told_number = (await head_of(session, hook.site_id)).number
    session.add(hook)
    await session.flush()
    return hook


async def hooks_of(session: AsyncSession, site_id: str) -> Sequence[Hook]:
    """Return the site's hooks."""
    wanted = select(Hook).where(Hook.site_id == site_id, Hook.ended_at.is_(None)).order_by(Hook.id)
    return (await session.scalars(wanted)).all()


async def waiting(session: AsyncSession, hook_ids: Sequence[int]) -> dict[int, int]:
    """Return how many messages wait for each of these hooks."""
    wanted = (
        select(HookMessage.hook_id, func.count())
        .where(HookMessage.hook_id.in_(hook_ids), HookMessage.state == MessageState.PENDING)
        .group_by(HookMessage.hook_id)
    )
    return {row[0]: row[1] for row in await session.execute(wanted)}


async def hook_of(session: AsyncSession, site_id: str, hook_id: int) -> Hook:
    """Return a hook.

    Raises:
        NotFoundError: the site has none of that number.
    """
    hook = await session.get(Hook, hook_id)
    if hook is None or hook.site_id != site_id or hook.ended_at is not None:
        raise NotFoundError("there is no such hook")
    return hook


async def end_hook(session: AsyncSession, hook: Hook, why: str, now: datetime) -> None:
    """Tell a system nothing any more."""
    hook.ended_at = now
    hook.last_error = why[:MOST_DETAIL]
    stopped = update(HookMessage).where(
        HookMessage.hook_id == hook.id, HookMessage.state == MessageState.PENDING
    )
    await session.execute(stopped.values(state=MessageState.FAILED, detail=why[:MOST_DETAIL]))


async def is_anything_new(session: AsyncSession) -> bool:
    """Whether a ledger has grown beyond what a hook was told."""
    beyond = exists().where(
        LedgerEntry.site_id == Hook.site_id, LedgerEntry.number > Hook.told_number
    )
    return bool(await session.scalar(select(exists().where(Hook.ended_at.is_(None), beyond))))


async def is_anything_due(session: AsyncSession, now: datetime) -> bool:
    """Whether a message waits to be sent."""
    due = (HookMessage.state == MessageState.PENDING, HookMessage.due_at <= now)
    return bool(await session.scalar(select(exists().where(*due))))


async def plan(session: AsyncSession, now: datetime) -> None:
    """Plan what hooks are to be told of the turns since they were told last. Safe to repeat."""
    wanted = select(Hook).where(Hook.ended_at.is_(None)).order_by(Hook.id)
    for hook in await session.scalars(wanted.with_for_update(skip_locked=True)):
        turns, number = await turns_after(session, hook.site_id, hook.told_number)
        news = [turn for turn in turns if _concerns(hook, turn)]
        rows = [
            {
                "id": str(uuid7()),
                "hook_id": hook.id,
                "number": turn.number,
                "alert_id": turn.alert_id,
                "body": body,
                "state": MessageState.PENDING,
                "attempts": 0,
                "created_at": now,
                "due_at": now,
            }
            for turn, body in await _bodies(session, news, is_exact=hook.is_exact)
        ]
        if rows:
            added = insert_into(session, HookMessage).values(rows)
            await session.execute(added.on_conflict_do_nothing())
        hook.told_number = number
    await session.flush()


async def claim(session: AsyncSession, now: datetime, limit: int) -> list[HookJob]:
    """Take due messages; of one alert's the oldest first, for the others change what it made."""
    before = aliased(HookMessage)
    overtakes = exists().where(
        before.hook_id == HookMessage.hook_id,
        before.alert_id == HookMessage.alert_id,
        before.state == MessageState.PENDING,
        before.number < HookMessage.number,
    )
    free = HookMessage.claimed_until.is_(None) | (HookMessage.claimed_until <= now)
    wanted = (
        select(HookMessage)
        .where(HookMessage.state == MessageState.PENDING, HookMessage.due_at <= now, free)
        .where(~overtakes)
        .order_by(HookMessage.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    jobs = []
    for message in (await session.scalars(wanted)).all():
        message.claimed_until = now + LEASE
        message.attempts += 1
        hook = await session.get_one(Hook, message.hook_id)
        jobs.append(HookJob(message, hook, await _known_id(session, message)))
    await session.flush()
    return jobs


async def _known_id(session: AsyncSession, message: HookMessage) -> str | None:
    wanted = (
        select(HookMessage.remote_id)
        .where(
            HookMessage.hook_id == message.hook_id,
            HookMessage.alert_id == message.alert_id,
            HookMessage.remote_id.is_not(None),
        )
        .order_by(HookMessage.number.desc())
        .limit(1)
    )
    return await session.scalar(wanted)


def _concerns(hook: Hook, turn: Turn) -> bool:
    if hook.kind == HookKind.EARTHRANGER and turn.kind is TurnKind.ACKNOWLEDGED:
        return False
    return is_wanted(turn, AlertLevel(hook.from_level))


async def _bodies(
    session: AsyncSession, turns: Sequence[Turn], *, is_exact: bool
) -> list[tuple[Turn, dict[str, Any]]]:
    fences = select(Geofence.id, Geofence.name).where(
        Geofence.id.in_({turn.geofence_id for turn in turns})
    )
    stations = (
        select(Detection.id, Station.latitude, Station.longitude)
        .join(Station, and_(Station.id == Detection.station_id))
        .where(Detection.id.in_({turn.detection_id for turn in turns}))
    )
    names = {row.id: row.name for row in await session.execute(fences)} if turns else {}
    places = (
        {row.id: Position(row[1], row[2]) for row in await session.execute(stations)}
        if turns
        else {}
    )
    return [
        (turn, body_of(turn, names[turn.geofence_id], places[turn.detection_id], is_exact=is_exact))
        for turn in turns
        if turn.geofence_id in names and turn.detection_id in places
    ]
