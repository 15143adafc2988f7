"""Times by a clock that was set meanwhile: what is sent speaks of then by the clock of now.

A board without a battery for its clock starts in the past and is set once it has a network. A
sighting of ten seconds ago must not look a day old because of that, nor an old one fresh.
"""

from datetime import datetime, timedelta

from edge_agent.clock import clock_state
from edge_agent.contracts.messages import DetectionMessage
from edge_agent.outbox.letters import Kept, Steady

# A clock that is merely pulled right, or a machine that is busy between two readings, sets nothing.
LEAST_STEP = timedelta(seconds=5)


def as_of_now(
    message: DetectionMessage, kept: Kept, now: datetime, steady: Steady
) -> DetectionMessage:
    """Return the message as it leaves: when that is, how long it waited, its times put right.

    Args:
        message: the sighting as it was kept.
        kept: its row, with both clocks' times of keeping.
        now: the clock that people set, now.
        steady: the clock that nobody can set, now.
    """
    waited_s = round(steady.since(kept.kept), 1)
    outlived = steady.boot != kept.kept.boot
    leaving = {"sent_at": now, "waited_s": waited_s, "outlived_power": outlived}
    step = step_since(kept, now, steady)
    if not step:
        return message.model_copy(update=leaving)
    seen, person = message.last_seen_at, message.person_seen_at
    righted = {
        "captured_at": message.captured_at + step,
        "last_seen_at": seen + step if seen is not None else None,
        "person_seen_at": person + step if person is not None else None,
        "clock": clock_state(now),
    }
    return message.model_copy(update=leaving | righted)


def step_since(kept: Kept, now: datetime, steady: Steady) -> timedelta:
    """Return by how much the clock was set forward since a row was kept; nothing after a restart.

    Across a restart of the machine nobody knows how long the power was gone.
    """
    if steady.boot != kept.kept.boot:
        return timedelta(0)
    passed = timedelta(seconds=steady.seconds - kept.kept.seconds)
    step = (now - kept.kept_at) - passed
    return step if abs(step) >= LEAST_STEP else timedelta(0)
