"""A config for many stations, a few at a time: when to go on, and when to stop by itself. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil

from edge_agent.contracts.configuration import Outcome

HEARD_WITHIN = timedelta(minutes=15)
ANSWERED_WITHIN = timedelta(hours=24)  # a station on a bad link answers the next day
FLOOD_TIMES, FLOOD_LEAST = 3.0, 5
SECOND_SHARE = 0.25


class RolloutState(StrEnum):
    """Where a roll-out is."""

    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"  # by itself: the reason says why
    CANCELLED = "cancelled"


class Move(StrEnum):
    """What to do with a roll-out now."""

    WAIT = "wait"
    NEXT = "next"
    FINISH = "finish"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Member:
    """How a station of the present stage is, and how it was before.

    `told` is how many sightings it told since the change, `told_before` in as long a time before.
    """

    name: str
    outcome: str | None
    reason: str
    applied_at: datetime | None
    last_seen_at: datetime | None
    blind: frozenset[str]
    blind_before: frozenset[str]
    told: int = 0
    told_before: float = 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do, and why, in words for an operator."""

    move: Move
    reason: str = ""


def stages_of(names: Sequence[str]) -> list[list[str]]:
    """Return the stations stage by stage: the first alone, then a quarter, then all others."""
    second = 1 + ceil((len(names) - 1) * SECOND_SHARE) if len(names) > 1 else 1
    stages = [list(names[:1]), list(names[1:second]), list(names[second:])]
    return [stage for stage in stages if stage]


def judge(
    members: Sequence[Member],
    *,
    stage_at: datetime,
    now: datetime,
    soak: timedelta,
    is_last: bool,
) -> Verdict:
    """Decide about the stations that have the config so far."""
    for member in members:
        wrong = wrong_with(member, now)
        if wrong:
            return Verdict(Move.STOP, f"{member.name} {wrong}")
    missing = [member.name for member in members if member.outcome != Outcome.APPLIED]
    if missing:
        if now - stage_at > ANSWERED_WITHIN:
            return Verdict(Move.STOP, f"{missing[0]} has not answered for 24 h")
        return Verdict(Move.WAIT, f"waiting for {', '.join(missing[:5])}")
    since = max((each.applied_at for each in members if each.applied_at), default=stage_at)
    if now - max(since, stage_at) < soak:
        return Verdict(Move.WAIT, "watching")
    return Verdict(Move.FINISH if is_last else Move.NEXT)


def wrong_with(member: Member, now: datetime) -> str:
    """Return what is worse at a station since it has the config; nothing: an empty text."""
    if member.outcome in {Outcome.REFUSED, Outcome.ROLLED_BACK}:
        what = "refused it" if member.outcome == Outcome.REFUSED else "rolled it back"
        return f"{what}: {member.reason}" if member.reason else what
    if member.outcome is None:
        return ""
    if member.last_seen_at is None or now - member.last_seen_at > HEARD_WITHIN:
        return "went silent"
    blind = member.blind - member.blind_before
    if blind:
        return f"went blind at {', '.join(sorted(blind))}"
    if member.told >= FLOOD_LEAST and member.told > FLOOD_TIMES * max(member.told_before, 1.0):
        return f"tells {member.told} sightings where it told {member.told_before:.0f} before"
    return ""


def wished(
    before: Mapping[str, object], patch: Mapping[str, object], mode: str
) -> dict[str, object]:
    """Return a station's new settings: the patch over its own, or in their place."""
    if mode == "replace":
        return dict(patch)
    result = dict(before)
    for key, value in patch.items():
        below = result.get(key)
        if isinstance(value, Mapping):
            result[key] = wished(below if isinstance(below, Mapping) else {}, value, mode)
        elif value is None:
            result.pop(key, None)
        else:
            result[key] = value
    return result
