from functools import partial
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs the training environment (make train-env)")

from detector.engine import Detector
from detector.evaluation.looking import FLOOR
from detector.pictures import read_picture
from detector.release import find_release, load_release
from detector.training.average import load_network
from detector.training.scoring import TorchEyes

DRILL = Path(__file__).parents[3] / "datasets" / "drill"


def test_the_jury_sees_in_a_checkpoint_what_stations_see_in_its_release() -> None:
    release = load_release(find_release())
    eyes = TorchEyes(release, load_network(release.folder / "elephant.pt"))
    detector = Detector(release, threads=1)
    frames = sorted(DRILL.rglob("*.jpg"))[::25]

    for pixels in map(read_picture, frames):
        judged = eyes.detect(pixels, floor=FLOOR)
        believed = detector.detect(pixels, floor=FLOOR)

        close = partial(pytest.approx, abs=2e-3)
        assert [one.confidence for one in judged[:3]] == close(
            [one.confidence for one in believed[:3]]
        )
