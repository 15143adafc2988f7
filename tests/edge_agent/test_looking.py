import numpy as np

from detector.detection import BoundingBox, Detection, Label, Lighting
from edge_agent.looking import Eye
from tests.edge_agent.builders import DUSK, FakeNetwork, a_person, an_elephant, pixels_of

BOX = BoundingBox(0.6, 0.5, 0.1, 0.3)


def test_an_elephant_below_the_threshold_is_none() -> None:
    eye = Eye(network := FakeNetwork([an_elephant(0.36), an_elephant(0.34)]), network)

    look = eye.look(pixels_of(), DUSK)

    assert [e.confidence for e in look.elephants] == [0.36]


def test_a_doubtful_person_is_hidden_although_nobody_is_told_of_one() -> None:
    eye = Eye(network := FakeNetwork([a_person(BOX, confidence=0.12)]), network)

    look = eye.look(pixels_of(), DUSK)

    assert look.people == (BOX,)
    assert look.others == ()


def test_what_stands_beside_an_elephant_is_told_too() -> None:
    lorry = Detection(Label.VEHICLE, 0.5, BOX)
    eye = Eye(network := FakeNetwork([an_elephant(), lorry]), network)

    assert eye.look(pixels_of(), DUSK).others == (lorry,)


def test_the_light_chooses_the_threshold() -> None:
    class OnlyByDay(FakeNetwork):
        def threshold(self, lighting: Lighting) -> float:
            return 0.5 if lighting is Lighting.DAY else 0.9

    grey = np.repeat(pixels_of()[:, :, :1], 3, axis=2)
    eye = Eye(network := OnlyByDay(always=[an_elephant(0.6)]), network)

    assert eye.look(pixels_of(), DUSK).elephants
    assert not eye.look(grey, DUSK).elephants


def test_an_elephant_that_is_almost_one_is_only_watched() -> None:
    eye = Eye(network := FakeNetwork([an_elephant(0.3), an_elephant(0.2)]), network)

    look = eye.look(pixels_of(), DUSK)

    assert not look.elephants
    assert [e.confidence for e in look.faint] == [0.3]


def test_an_elephant_that_was_seen_twice_is_one() -> None:
    again = BoundingBox(0.21, 0.31, 0.3, 0.4)
    eye = Eye(network := FakeNetwork([an_elephant(0.8), an_elephant(0.7, again)]), network)

    look = eye.look(pixels_of(), DUSK)

    assert [e.confidence for e in look.elephants] == [0.8]
    assert not look.faint
