"""What a headless demo may call lost, and what it may call good."""

from dataclasses import replace

from api.demo.verdict import StationReport, Verdict, lost, sightings_kept
from edge_agent.contracts.ids import uuid7

A, B, C = (str(uuid7()) for _ in range(3))
GOOD = Verdict(
    frames=10,
    detections=1,
    events=1,
    alerts=1,
    pushes_sent=1,
    pushes_decrypted=1,
    acknowledged=1,
    lost=0,
    unreached=0,
    ledger_holds=True,
    expects_elephants=True,
    latencies_ms=(5.0,),
    model="elephant-0.1",
)


def _said(detections: int) -> StationReport:
    return StationReport(frames=10, broken=0, detections=detections, unsent=0)


def test_another_lifes_sightings_do_not_make_up_for_a_lost_one() -> None:
    # Killed after A; its second life kept B and C and says two; B never arrived.
    assert lost(frozenset({A, B, C}), [_said(2)], frozenset({A, C})) == 1


def test_what_is_reported_and_cannot_be_named_is_lost() -> None:
    assert lost(frozenset({A}), [_said(2)], frozenset({A})) == 1


def test_sightings_are_read_from_what_a_station_logs() -> None:
    log = f"21:00 ridge INFO camera ridge-1: sighting {A}, elephants: 4\nno sighting here\n"

    assert sightings_kept(log) == {A}


def test_a_night_without_alerts_proves_nothing() -> None:
    nothing = replace(GOOD, alerts=0, acknowledged=0, pushes_sent=0, pushes_decrypted=0)

    assert GOOD.ok
    assert not nothing.ok
    assert replace(nothing, expects_elephants=False).ok


def test_each_broken_promise_is_seen() -> None:
    broken = [
        replace(GOOD, lost=1),
        replace(GOOD, unreached=1),
        replace(GOOD, ledger_holds=False),
        replace(GOOD, acknowledged=0),
        replace(GOOD, pushes_decrypted=0),
    ]

    assert not any(verdict.ok for verdict in broken)
