"""The committed footage through the committed release: what the demo and every drill stand on.

Rendered pictures say nothing of the field. They are judged per sequence, because floating point
differs a little between processors.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from detector.detection import Label, Lighting
from detector.engine import Detector
from detector.lighting import lighting_of
from detector.release import find_release, load_release
from detector.sources import Frame, frames_of

DRILL = Path(__file__).parents[2] / "datasets" / "drill"
FRAMES_THAT_RING = 3
SURE = 0.4


@dataclass(frozen=True)
class Sequence:
    id: str
    kind: str
    lighting: Lighting

    def frames(self) -> Iterator[Frame]:
        return (frame for frame in frames_of(DRILL / self.id) if isinstance(frame, Frame))


@pytest.fixture(scope="module")
def sequences() -> list[Sequence]:
    truth = json.loads((DRILL / "truth.json").read_text())
    return [
        Sequence(each["id"], each["kind"], Lighting(each["lighting"]))
        for each in truth["sequences"]
    ]


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector(load_release(find_release()))


def surest_elephants(detector: Detector, sequence: Sequence) -> list[float]:
    """The surest elephant of each frame, the surest frame first; 0 without one."""
    seen = [
        [each.confidence for each in detector.detect(frame.pixels) if each.label is Label.ELEPHANT]
        for frame in sequence.frames()
    ]
    return sorted((max(confidences, default=0.0) for confidences in seen), reverse=True)


def test_the_light_of_every_frame_is_recognised(sequences: list[Sequence]) -> None:
    assert {sequence.lighting for sequence in sequences} == {Lighting.DAY, Lighting.NIGHT_IR}
    for sequence in sequences:
        for frame in sequence.frames():
            assert lighting_of(frame.pixels) is sequence.lighting, frame.file


def test_the_herd_of_the_demo_rings_at_every_camera_it_passes(
    detector: Detector, sequences: list[Sequence]
) -> None:
    herd = [sequence for sequence in sequences if sequence.id.startswith("herd-night")]

    assert len(herd) == 3
    for sequence in herd:
        surest = surest_elephants(detector, sequence)
        assert surest[FRAMES_THAT_RING - 1] >= SURE, (sequence.id, surest)


def test_an_empty_forest_rings_nobody(detector: Detector, sequences: list[Sequence]) -> None:
    empty = [sequence for sequence in sequences if sequence.kind == "empty"]

    assert len(empty) == 2
    for sequence in empty:
        surest = surest_elephants(detector, sequence)
        assert surest
        assert surest[0] < detector.release.threshold(sequence.lighting), sequence.id
