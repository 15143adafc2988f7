"""A station's clock that jumps a day: nothing is lost, nothing old rings, nothing new is silent."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from api.events.rules import Timings, is_news, seen_at
from api.stations.rules import clock_behind
from edge_agent.confirmation import Confirmation
from edge_agent.contracts.messages import (
    ClockState,
    DetectionMessage,
    HealthMessage,
    StoredKind,
)
from edge_agent.outbox.letters import Kept, Letter, Steady
from edge_agent.redating import as_of_now
from edge_agent.sightings import Sighting, Sightings
from tests.edge_agent.builders import DUSK, a_look, a_message

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
HORIZON = Timings().alert_horizon
NEEDED = 2


class Station:
    """A station whose clock is wrong by something, and may be set while a sighting waits."""

    def __init__(self, clock_is_off_by: timedelta) -> None:
        self._off_by = clock_is_off_by
        self._started_at = DUSK - timedelta(hours=30)

    def set_the_clock(self, *, off_by: timedelta) -> None:
        self._off_by = off_by

    def keeps(self, at: datetime) -> tuple[DetectionMessage, Kept]:
        """See an elephant at this true time and keep it at once."""
        message = a_message(captured_at=at + self._off_by, clock=ClockState.FREE_RUNNING)
        letter = Letter(StoredKind.DETECTION, str(message.id), message.revision)
        kept = Kept(letter, message.to_body(), at + self._off_by, message.captured_at, self._at(at))
        return message, kept

    def sends(self, kept: tuple[DetectionMessage, Kept], at: datetime) -> DetectionMessage:
        """Let it leave at this true time."""
        return as_of_now(*kept, at + self._off_by, self._at(at))

    def _at(self, at: datetime) -> Steady:
        return Steady("one start", (at - self._started_at).total_seconds())


@pytest.mark.parametrize("waited", [2 * SECOND, timedelta(minutes=14), timedelta(hours=3)])
@pytest.mark.parametrize("off_by", [-DAY, DAY, timedelta(0)], ids=["behind", "ahead", "right"])
def test_a_clock_that_is_put_right_before_the_news_leaves_tells_how_old_they_are(
    off_by: timedelta, waited: timedelta
) -> None:
    station = Station(clock_is_off_by=off_by)
    kept = station.keeps(DUSK)
    station.set_the_clock(off_by=timedelta(0))

    told = station.sends(kept, DUSK + waited)

    seen = seen_at(told, DUSK + waited)
    assert abs(seen - DUSK) < SECOND
    assert is_news(seen, DUSK + waited, HORIZON) == (waited <= HORIZON)


@pytest.mark.parametrize("waited", [2 * SECOND, timedelta(minutes=14), timedelta(hours=3)])
@pytest.mark.parametrize("jump", [timedelta(0), DAY], ids=["ahead all along", "jumps ahead"])
def test_a_clock_a_day_ahead_neither_silences_the_new_nor_rings_for_the_old(
    jump: timedelta, waited: timedelta
) -> None:
    station = Station(clock_is_off_by=DAY - jump)
    kept = station.keeps(DUSK)
    station.set_the_clock(off_by=DAY)

    told = station.sends(kept, DUSK + waited)

    seen = seen_at(told, DUSK + waited)
    assert abs(seen - DUSK) < SECOND
    assert is_news(seen, DUSK + waited, HORIZON) == (waited <= HORIZON)


@pytest.mark.parametrize("waited", [2 * SECOND, timedelta(minutes=14), timedelta(hours=3)])
def test_a_clock_a_day_behind_is_put_right_by_what_the_stations_health_shows(
    waited: timedelta,
) -> None:
    station = Station(clock_is_off_by=-DAY)
    sent_at = DUSK + waited
    told = station.sends(station.keeps(DUSK), sent_at)

    seen = seen_at(told, sent_at, clock_behind=clock_behind(heard(sent_at, off_by=-DAY), sent_at))

    assert abs(seen - DUSK) < SECOND
    assert is_news(seen, sent_at, HORIZON) == (waited <= HORIZON)


def test_what_a_station_saw_before_a_day_without_power_rings_for_nobody() -> None:
    # Its clock goes on where it stood when the power went.
    message, kept = Station(clock_is_off_by=timedelta(0)).keeps(DUSK)
    back_at = DUSK + DAY
    clock = DUSK + 30 * SECOND
    told = as_of_now(message, kept, clock, Steady("another start", 20))

    behind = clock_behind(heard(back_at, off_by=clock - back_at), back_at)

    assert behind == DAY - 30 * SECOND
    assert not is_news(seen_at(told, back_at, clock_behind=behind), back_at, HORIZON)


def test_what_a_health_report_showed_of_a_clock_is_soon_worth_nothing() -> None:
    health = heard(DUSK, off_by=-DAY)

    assert clock_behind(health, DUSK + timedelta(minutes=9)) == DAY
    assert clock_behind(health, DUSK + timedelta(minutes=11)) == timedelta(0)
    assert clock_behind({}, DUSK) == timedelta(0)


def heard(at: datetime, *, off_by: timedelta) -> dict[str, Any]:
    """A health report as the server keeps it, from a station whose clock is off."""
    return HealthMessage(at=at + off_by).model_dump(mode="json") | {"heard_at": at.isoformat()}


@pytest.mark.parametrize("jump", [-DAY, DAY], ids=["back", "ahead"])
def test_elephants_before_a_camera_whose_clock_jumps_are_told_before_and_after(
    jump: timedelta,
) -> None:
    told = watched([0.8] * 6, jump)

    before, after = (told_of(told, sighting_id) for sighting_id in ids_of(told))
    assert before[0].look.captured_at == DUSK + (NEEDED - 1) * SECOND
    assert before[-1].ended
    # Believed as quickly as ever, and nothing of before the jump vouches for it.
    assert after[0].look.captured_at == DUSK + jump + (6 + NEEDED - 1) * SECOND
    assert after[-1].ended


@pytest.mark.parametrize("jump", [-DAY, DAY], ids=["back", "ahead"])
def test_one_faulty_look_on_each_side_of_a_jump_is_no_elephant(jump: timedelta) -> None:
    assert watched([0.0, 0.0, 0.8], jump, again=[0.8, 0.0, 0.0]) == []


def watched(
    confidences: list[float], jump: timedelta, *, again: list[float] | None = None
) -> list[Sighting]:
    """Let looks pass, a second apart, before and after the clock jumps; return what is told."""
    silence = 60 * SECOND
    confirmation = Confirmation(needed=NEEDED, out_of=4, within=silence)
    sightings = Sightings(confirmation, silence=silence, revise_every=SECOND)
    told: list[Sighting] = []
    for second, confidence in enumerate([*confidences, *(again or confidences)]):
        jumped_s = jump.total_seconds() if second >= len(confidences) else 0.0
        elephants = [confidence] if confidence else []
        told += sightings.saw(a_look(*elephants, after_s=second + jumped_s))
    return [*told, *sightings.close()]


def ids_of(told: list[Sighting]) -> list[UUID]:
    return list(dict.fromkeys(sighting.id for sighting in told))


def told_of(told: list[Sighting], sighting_id: UUID) -> list[Sighting]:
    return [sighting for sighting in told if sighting.id == sighting_id]
