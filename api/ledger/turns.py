"""The turns of an alert that others are told of: raised, grown, answered, ended.

They are read from the ledger, where each has its number at the site for good: whoever is told a
turn twice can see that it is the same, and whoever remembers a number misses none that follows.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.ledger.rules import Step
from api.tables import AlertLevel, AlertState, LedgerEntry

PAGE = 500


class TurnKind(StrEnum):
    """What happened."""

    RAISED = "raised"
    GREW = "grew"
    ACKNOWLEDGED = "acknowledged"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of an alert, and how the alert was then.

    `number` is the ledger's at the site. `distance_m` and `bearing_deg` are exact: for rangers.
    """

    site_id: str
    number: int
    alert_id: str
    kind: TurnKind
    at: datetime
    state: AlertState
    level: AlertLevel
    count: int
    geofence_id: int
    detection_id: str
    captured_at: datetime
    distance_m: float
    bearing_deg: float
    simulated: bool
    is_sure: bool  # the network was surer than the station's threshold asks for


async def turns_of(session: AsyncSession, alert_ids: Collection[str]) -> list[Turn]:
    """Return every turn of these alerts, in the order in which they happened at each site."""
    if not alert_ids:
        return []
    wanted = (
        select(LedgerEntry)
        .where(LedgerEntry.alert_id.in_(alert_ids))
        .order_by(LedgerEntry.site_id, LedgerEntry.number)
    )
    return read_turns((await session.scalars(wanted)).all())


async def turns_after(session: AsyncSession, site_id: str, number: int) -> tuple[list[Turn], int]:
    """Return some turns at a site after a number of its ledger, and the number read up to."""
    wanted = (
        select(LedgerEntry.alert_id, LedgerEntry.number)
        .where(LedgerEntry.site_id == site_id, LedgerEntry.number > number)
        .order_by(LedgerEntry.number)
        .limit(PAGE)
    )
    rows = (await session.execute(wanted)).all()
    if not rows:
        return [], number
    last = rows[-1].number
    known = await turns_of(session, {row.alert_id for row in rows})
    return [turn for turn in known if number < turn.number <= last], last


def read_turns(entries: Iterable[LedgerEntry]) -> list[Turn]:
    """Read turns from whole alerts' entries, oldest first; the other steps are nobody else's."""
    latest: dict[str, Turn] = {}
    turns = []
    for entry in entries:
        turn = _turn(entry, json.loads(entry.body), latest.get(entry.alert_id))
        if turn is not None:
            latest[entry.alert_id] = turn
            turns.append(turn)
    return turns


def earlier(turns: Sequence[Turn], turn: Turn) -> list[Turn]:
    """Return the turns of the same alert before this one."""
    return [one for one in turns if one.alert_id == turn.alert_id and one.number < turn.number]


def _turn(entry: LedgerEntry, said: dict[str, Any], before: Turn | None) -> Turn | None:
    step, facts = Step(said["step"]), said["facts"]
    at = datetime.fromisoformat(said["at"])
    if step in (Step.RAISED, Step.GREW):
        state = before.state if before is not None else AlertState.RAISED
        return _decided(entry, TurnKind(step), at, state, facts)
    if before is None:  # it was raised before there was a ledger
        return None
    moved = replace(before, number=entry.number, at=at)
    if step is Step.ENDED:
        return replace(moved, kind=TurnKind.ENDED, state=AlertState(facts["state"]))
    if step is Step.ANSWERED and facts["moved_to"] == AlertState.ACKNOWLEDGED:
        return replace(moved, kind=TurnKind.ACKNOWLEDGED, state=AlertState.ACKNOWLEDGED)
    return None


def _decided(
    entry: LedgerEntry, kind: TurnKind, at: datetime, state: AlertState, facts: dict[str, Any]
) -> Turn:
    evidence = facts.get("evidence") or {}
    sure = evidence.get("confidence")
    return Turn(
        site_id=entry.site_id,
        number=entry.number,
        alert_id=entry.alert_id,
        kind=kind,
        at=at,
        state=state,
        level=AlertLevel(facts["level"]),
        count=facts["count"],
        geofence_id=facts["geofence"],
        detection_id=facts["detection"],
        captured_at=datetime.fromisoformat(facts["captured_at"]),
        distance_m=facts["distance_m"],
        bearing_deg=facts["bearing_deg"],
        simulated=facts["simulated"],
        is_sure=sure is not None and sure >= evidence["threshold"],
    )
