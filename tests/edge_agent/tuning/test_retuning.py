"""The station goes on with the frame after, by the new rules."""

from datetime import timedelta

import numpy as np

from detector.detection import Lighting
from edge_agent.confirmation import Confirmation
from edge_agent.contracts.configuration import ConfirmationSettings, EventSettings, MotionSettings
from edge_agent.looking import Eye
from edge_agent.motion import MotionGate
from edge_agent.sightings import Sightings
from tests.edge_agent.builders import DUSK, FakeNetwork, a_look, an_elephant, pixels_of


def test_an_open_sighting_stays_the_same_one_under_other_rules() -> None:
    sightings = Sightings(
        Confirmation(needed=1, out_of=1),
        silence=timedelta(seconds=10),
        revise_every=timedelta(seconds=100),
    )
    (first,) = sightings.saw(a_look(0.6))

    sightings.retune(
        ConfirmationSettings(needed=3, out_of=3), EventSettings(silence_s=60, revise_every_s=0)
    )

    (grown,) = sightings.saw(a_look(0.9, after_s=50))
    assert (grown.id, grown.revision) == (first.id, 2)


def test_frames_seen_under_the_old_rules_still_vouch() -> None:
    confirmation = Confirmation(needed=3, out_of=3)
    for second in range(2):
        assert not confirmation.saw(True, DUSK + timedelta(seconds=second))

    confirmation.retune(needed=2, out_of=4, within=timedelta(minutes=1))

    assert confirmation.saw(True, DUSK + timedelta(seconds=2))


def test_a_gate_that_is_told_to_be_keener_remembers_the_place() -> None:
    still, moved = pixels_of(240, 320), pixels_of(240, 320)
    moved[100:160, 100:200] = 0
    elsewhere = pixels_of(240, 320)
    elsewhere[20:80, 200:300] = 0
    deaf = MotionSettings(least_area=0.9, hold_s=0, look_every_s=1000)
    gate = MotionGate(deaf)
    gate.opens_for(still, DUSK)
    assert not gate.opens_for(moved, DUSK + timedelta(seconds=1))

    gate.retune(deaf.model_copy(update={"least_area": 0.002}))

    assert not gate.opens_for(still, DUSK + timedelta(seconds=5))
    assert gate.opens_for(elsewhere, DUSK + timedelta(seconds=6))


def test_a_tuned_threshold_takes_the_place_of_the_release_s() -> None:
    network = FakeNetwork(always=[an_elephant(0.5)])
    eye = Eye(network, network)
    grey = np.full((48, 64, 3), 90, np.uint8)

    plain = eye.look(grey, DUSK)
    tuned = eye.look(grey, DUSK, dict.fromkeys(Lighting, 0.6))

    assert (plain.threshold, len(plain.elephants)) == (0.35, 1)
    assert (tuned.threshold, len(tuned.elephants)) == (0.6, 0)


def test_another_release_looks_from_the_next_frame_on() -> None:
    old, new = FakeNetwork(), FakeNetwork(always=[an_elephant()])
    new.name = "elephant-0.2"
    eye = Eye(old, old)
    witnessed: list[str] = []
    eye.witness = lambda look: witnessed.append(look.release)

    eye.look(pixels_of(), DUSK)
    eye.use(new, new)
    look = eye.look(pixels_of(), DUSK)

    assert (look.release, len(look.elephants), eye.release_name) == ("elephant-0.2",) * 1 + (
        1,
        "elephant-0.2",
    )
    assert witnessed == ["elephant-0.1", "elephant-0.2"]
