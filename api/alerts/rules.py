"""The life of an alert: how it grows, what people's answers do to it, how it ends."""

from datetime import datetime, timedelta
from typing import NamedTuple

from api.errors import IllegalMoveError
from api.people.rules import at_least
from api.tables import LEVELS, AlertLevel, AlertState, AnswerKind, Role

MOVES: dict[AlertState, frozenset[AlertState]] = {
    AlertState.RAISED: frozenset(
        {AlertState.ACKNOWLEDGED, AlertState.ALL_CLEAR, AlertState.RETRACTED}
    ),
    AlertState.ACKNOWLEDGED: frozenset({AlertState.ALL_CLEAR, AlertState.RETRACTED}),
    AlertState.ALL_CLEAR: frozenset(),
    AlertState.RETRACTED: frozenset(),
}

# A phone that was offline may say "all clear" of what has long been seen again. Phones' clocks
# differ, so a little is forgiven.
ANSWER_MAY_PRECEDE_SIGHTING = timedelta(minutes=5)

# For how long people's word outweighs the cameras. After "all clear" the animals may turn round at
# once; after "false alarm" the same mistaken bush may trigger the same camera for a while.
QUIET_AFTER: dict[AlertState, timedelta] = {
    AlertState.ALL_CLEAR: timedelta(minutes=5),
    AlertState.RETRACTED: timedelta(minutes=30),
}

# An alert whose herd nobody saw near the geofence for so long concerns nobody any more, even if
# nobody has ended it: it lapses, everywhere. A herd that then is there again is news again, for
# people have gone back to sleep, or to their fields.
LAPSES_AFTER = timedelta(hours=3)

# What an answer asks for, and the role whose word is enough.
_ASKS: dict[AnswerKind, tuple[AlertState, Role]] = {
    AnswerKind.SEEN: (AlertState.ACKNOWLEDGED, Role.VILLAGER),
    AnswerKind.ON_MY_WAY: (AlertState.ACKNOWLEDGED, Role.VILLAGER),
    AnswerKind.FALSE_ALARM: (AlertState.RETRACTED, Role.RANGER),
    AnswerKind.ALL_CLEAR: (AlertState.ALL_CLEAR, Role.RANGER),
}

# Answers after which nobody else needs to be woken.
ACKNOWLEDGES = frozenset(
    kind for kind, (wanted, _) in _ASKS.items() if wanted is AlertState.ACKNOWLEDGED
)


class Facts(NamedTuple):  # made at each sighting, and made sooner than a dataclass
    """What an alert says of its herd: how near, how many, since when, and where."""

    level: AlertLevel
    count: int  # type: ignore[assignment]  # nobody counts in facts
    distance_m: float
    bearing_deg: float
    captured_at: datetime
    detection_id: str


def move(current: AlertState, wanted: AlertState) -> AlertState:
    """Return the next state.

    Raises:
        IllegalMoveError: the alert is past it.
    """
    if wanted not in MOVES[current]:
        raise IllegalMoveError(f"an alert that is {current} cannot become {wanted}")
    return wanted


def is_open(state: AlertState) -> bool:
    """Whether an alert still lives, and can grow."""
    return bool(MOVES[state])


def comes_back(state: AlertState, ended_at: datetime, seen_at: datetime) -> bool:
    """Whether a herd seen after its alert was ended is news again, and deserves another alert."""
    return not is_open(state) and seen_at > ended_at + QUIET_AFTER[state]


def lapses_at(captured_at: datetime) -> datetime:
    """Return until when an alert that nobody ends is of concern, given its newest sighting."""
    return captured_at + LAPSES_AFTER


def has_lapsed(captured_at: datetime, now: datetime) -> bool:
    """Whether an open alert is too old to grow: its herd, seen there again, deserves another."""
    return now > lapses_at(captured_at)


def grown(known: Facts, new: Facts) -> Facts:
    """Return what the alert says after one more sighting of its herd.

    It never gets milder by itself: that is for people to say. Where the herd is comes from the
    newest sighting, whatever order they arrive in.
    """
    newest = new if new.captured_at >= known.captured_at else known
    return Facts(
        level=max(known.level, new.level, key=LEVELS.index),
        count=max(known.count, new.count),
        distance_m=newest.distance_m,
        bearing_deg=newest.bearing_deg,
        captured_at=newest.captured_at,
        detection_id=newest.detection_id,
    )


def state_after_answer(
    state: AlertState, kind: AnswerKind, role: Role, *, answered_at: datetime, seen_at: datetime
) -> AlertState | None:
    """Return the state that an answer leads to; None if it is only to be kept.

    Answers come late from phones that were offline, and from people whose word is not enough: that
    is no error, it just moves nothing. `seen_at` is the alert's newest sighting.
    """
    wanted, needed = _ASKS[kind]
    if not at_least(role, needed) or wanted not in MOVES[state]:
        return None
    if not MOVES[wanted] and answered_at < seen_at - ANSWER_MAY_PRECEDE_SIGHTING:
        return None
    return wanted
