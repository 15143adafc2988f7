"""When the siren sounds, and why it does not. Pure: no horn and no clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from edge_agent.contracts.messages import ClockState
from edge_agent.contracts.siren import SirenOrder

# Pictures of trail cameras may arrive a day late; a siren is for what stands there now.
ELEPHANT_IS_NEWS_FOR = timedelta(minutes=2)
ORDER_IS_NEWS_FOR = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Policy:
    """What a config allows."""

    at_least_every: timedelta
    is_simulated: bool
    drill_siren: bool


def why_silent_for_elephant(
    policy: Policy, captured_at: datetime, now: datetime, *, quiet_for: timedelta | None
) -> str | None:
    """Return why a confirmed elephant makes no noise; None if it does.

    Args:
        policy: what the config allows.
        captured_at: when the elephant stood there.
        now: this moment, by the same clock.
        quiet_for: time since the siren sounded last, by a clock that cannot jump; None if never.
    """
    if policy.is_simulated and not policy.drill_siren:
        return "a drill: drill_siren is false"
    if abs(now - captured_at) > ELEPHANT_IS_NEWS_FOR:
        return "the elephant was there too long ago"
    if quiet_for is not None and quiet_for < policy.at_least_every:
        return f"it sounded {quiet_for.total_seconds():.0f} s ago"
    return None


def why_not_obeyed(
    policy: Policy, order: SirenOrder, now: datetime, clock: ClockState, *, is_known: bool
) -> str | None:
    """Return why an order is not carried out; None if it is. An order may interrupt any pause."""
    if is_known:
        return "the order came before"
    # A clock that was never set cannot tell old from new: better a noise too many.
    if clock is not ClockState.UNSET and abs(now - order.sent_at) > ORDER_IS_NEWS_FOR:
        return "the order is too old"
    if order.seconds and policy.is_simulated and not policy.drill_siren:
        return "a station of drills: drill_siren is false"
    return None
