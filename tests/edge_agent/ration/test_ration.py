from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from detector.detection import BoundingBox
from edge_agent.contracts.configuration import Spending
from edge_agent.contracts.messages import MAX_MEDIA_BYTES, read_message
from edge_agent.contracts.samples import SampleMessage, Stratum
from edge_agent.looking import Look
from edge_agent.ration.ration import Allowance, Ration
from tests.edge_agent.builders import DUSK, a_look, pixels_of

NOON = DUSK.replace(hour=12, minute=0)


class Clock:
    def __init__(self) -> None:
        self.moment = NOON

    def __call__(self) -> datetime:
        return self.moment


class Camera:
    """A ration with its clock, and what it kept."""

    def __init__(self, folder: Path, spending: Spending) -> None:
        self.kept: list[SampleMessage] = []
        self.clock = Clock()
        self.spending = spending
        self.ration = Ration(
            "ridge-1",
            lambda: Allowance.of(self.spending, 1),
            self.kept.append,
            memory=folder / "drawn.json",
            simulated=False,
            seed="valley/ridge",
            now=self.clock,
        )

    def look(self, *looks: Look, over: timedelta = timedelta(0)) -> None:
        for look in looks:
            self.ration.saw(look)
            self.clock.moment += over / len(looks)


@pytest.fixture
def camera(tmp_path: Path) -> Callable[..., Camera]:
    def build(**spending: float) -> Camera:
        return Camera(tmp_path, Spending(**spending))

    return build


def test_a_day_gives_its_ration_from_every_hour_and_every_kind(
    camera: Callable[..., Camera],
) -> None:
    ridge = camera(samples_per_day=24)
    day = [a_look(doubtful=doubt) for doubt in [(), (), (), (0.1,), (0.3,)] * 96]

    ridge.look(*day, over=timedelta(days=1))
    ridge.ration.tend()

    assert len(ridge.kept) == 24
    hours = Counter(sample.window_began_at.hour for sample in ridge.kept)
    assert hours == dict.fromkeys(range(0, 24, 3), 3)
    assert Counter(sample.stratum for sample in ridge.kept) == dict.fromkeys(Stratum, 8)
    weights = sum(1 / sample.inclusion_probability for sample in ridge.kept)
    assert weights == pytest.approx(len(day)), "each frame is stood for"


def test_a_frame_with_an_elephant_is_no_sample(camera: Callable[..., Camera]) -> None:
    ridge = camera()

    ridge.look(a_look(0.8, doubtful=(0.1,)), a_look(doubtful=(0.3,)))
    ridge.ration.close()

    (sample,) = ridge.kept
    assert (sample.score, sample.threshold, sample.inclusion_probability) == (0.3, 0.35, 1)
    assert [box.confidence for box in sample.boxes] == [0.3]


def test_people_are_covered(camera: Callable[..., Camera]) -> None:
    ridge = camera()
    person = BoundingBox(0.25, 0.25, 0.5, 0.5)

    ridge.look(a_look(people=(person,)), a_look())
    ridge.ration.close()

    def contrast_of(sample: SampleMessage) -> float:
        picture = cv2.imdecode(np.frombuffer(sample.picture or b"", np.uint8), cv2.IMREAD_GRAYSCALE)
        assert picture is not None
        height, width = picture.shape
        middle = picture[height // 3 : 2 * height // 3, width // 3 : 2 * width // 3]
        return float(cv2.Laplacian(middle, cv2.CV_64F).std())

    shown, covered = sorted(map(contrast_of, ridge.kept), reverse=True)
    assert covered < shown / 4


@pytest.mark.parametrize("nothing", ["samples_per_day", "samples_mb_per_day"])
def test_a_budget_of_nothing_draws_nothing(camera: Callable[..., Camera], nothing: str) -> None:
    ridge = camera(**{nothing: 0})

    ridge.look(a_look())
    ridge.ration.close()

    assert ridge.kept == []


def test_a_restart_draws_no_second_ration(
    camera: Callable[..., Camera],
) -> None:
    kept = 0
    for _ in range(5):
        ridge = camera(samples_per_day=16)
        ridge.look(*[a_look()] * 9)
        ridge.ration.close()
        kept += len(ridge.kept)

    assert kept == 2, "a window's share of 16"


def test_the_same_frames_are_drawn_again_by_who_repeats_the_draw(tmp_path: Path) -> None:
    frames = [a_look(after_s=second) for second in range(60)]
    drawn = []
    for folder in ("first", "again"):
        ridge = Camera(tmp_path / folder, Spending())
        ridge.look(*frames)
        ridge.ration.close()
        drawn.append([sample.captured_at for sample in ridge.kept])

    assert drawn[0] == drawn[1]
    assert len(set(drawn[0])) == 3


def test_pictures_are_made_to_fit_what_a_metered_link_may_spend(tmp_path: Path) -> None:
    leafy = replace(a_look(), pixels=pixels_of(480, 640))
    spent = []
    for megabytes in (0.5, 0.3):
        ridge = Camera(tmp_path / str(megabytes), Spending(samples_mb_per_day=megabytes))
        ridge.look(*[leafy] * 10)
        ridge.ration.close()
        spent.append(sum(len(sample.to_body()) for sample in ridge.kept) * 8)

    assert 300_000 < spent[0] <= 500_000
    assert 0 < spent[1] <= 300_000


def test_a_sample_comes_back_from_the_wire_as_it_was(camera: Callable[..., Camera]) -> None:
    ridge = camera()
    ridge.look(a_look(doubtful=(0.3,)))
    ridge.ration.close()
    (sample,) = ridge.kept

    assert read_message(SampleMessage, sample.to_body()) == sample
    assert sample.picture is not None
    assert len(sample.picture) <= MAX_MEDIA_BYTES
