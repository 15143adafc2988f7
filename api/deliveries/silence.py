"""When a person wishes not to be rung. Danger rings all the same.

Whoever was kept quiet has not been rung: only an alarm that went out begins a cooldown.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from api.deliveries.rules import ALARM_RANK, Occasion

MINUTES_A_DAY = 24 * 60
QUIET_HOURS = "quiet hours"
COOLDOWN = "cooldown"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asks for. Quiet hours are minutes after midnight at the site, end excluded."""

    quiet_from_min: int | None = None
    quiet_until_min: int | None = None
    cooldown: timedelta = timedelta(0)


NO_WISH = Wish()


@dataclass(frozen=True, slots=True)
class Rung:
    """An alarm that went out to somebody for the same geofence."""

    occasion: Occasion
    at: datetime


def silenced_by(
    occasion: Occasion, wish: Wish, earlier: Iterable[Rung], now: datetime, zone: tzinfo
) -> str | None:
    """Return why an alarm is not to ring for somebody, None if it is.

    A cooldown keeps quiet what is no worse than what rang within it.
    """
    if occasion is Occasion.DANGER or occasion not in ALARM_RANK:
        return None
    if _is_quiet(wish, now.astimezone(zone)):
        return QUIET_HOURS
    rank = ALARM_RANK[occasion]
    recent = (rung for rung in earlier if now - rung.at < wish.cooldown)
    if any(ALARM_RANK[rung.occasion] >= rank for rung in recent):
        return COOLDOWN
    return None


def _is_quiet(wish: Wish, local: datetime) -> bool:
    if wish.quiet_from_min is None or wish.quiet_until_min is None:
        return False
    minute = local.hour * 60 + local.minute
    since = (minute - wish.quiet_from_min) % MINUTES_A_DAY
    return since < (wish.quiet_until_min - wish.quiet_from_min) % MINUTES_A_DAY
