from datetime import timedelta

from api.quarantine.rules import FloodGate, ReasonCode
from tests.api.world import DUSK


def kept(gate: FloodGate, sender: str, times: int, minutes: float = 0) -> int:
    moment = DUSK + timedelta(minutes=minutes)
    return sum(gate.keeps(ReasonCode.FORGED, sender, moment) for _ in range(times))


def test_one_sender_s_flood_does_not_hide_another() -> None:
    gate = FloodGate(kept_per_minute=10)

    assert kept(gate, "ridge", 1000) == 10
    assert kept(gate, "ford", 3) == 3


def test_after_a_minute_the_flood_is_sampled_again() -> None:
    gate = FloodGate(kept_per_minute=10)
    kept(gate, "ridge", 1000)

    assert kept(gate, "ridge", 1000, minutes=1.1) == 10


def test_many_senders_are_not_remembered_for_ever() -> None:
    gate = FloodGate()
    for number in range(5000):
        kept(gate, f"station-{number}", 1)

    assert len(gate._seen) <= 2000
