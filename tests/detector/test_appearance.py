"""What an animal looks like, and how the commands judge what that is worth."""

import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from detector.appearance import Appearance, TooSmallError, Vector
from detector.cli import app
from detector.detection import BoundingBox
from detector.evaluation.likeness import ranked, surroundings
from detector.letterbox import PADDING
from detector.pictures import Pixels, read_picture
from detector.release import BadModelFileError, find_release, load_release
from tests.edge_agent.updates import networks

DRILL = Path(__file__).parents[2] / "datasets" / "drill"
BOX = BoundingBox(0.3, 0.3, 0.4, 0.4)


@pytest.fixture(scope="module")
def appearance() -> Appearance:
    return Appearance(load_release(find_release("elephant-1.0")))


@pytest.fixture
def night() -> Pixels:
    return read_picture(DRILL / "person-night" / "00.jpg")


def test_what_stands_in_the_corners_of_a_box_is_no_part_of_its_looks(
    appearance: Appearance, night: Pixels
) -> None:
    height, width = night.shape[:2]
    top, left = round(0.3 * height), round(0.3 * width)
    elsewhere, changed = night.copy(), night.copy()
    elsewhere[top : top + height // 20, left : left + width // 20] = 200
    changed[height // 2 :, width // 2 :] = 200

    looks = appearance.of(night, BOX)

    assert np.linalg.norm(looks) == pytest.approx(1)
    assert looks @ appearance.of(elsewhere, BOX) == pytest.approx(1)
    assert looks @ appearance.of(changed, BOX) < 0.99


def test_another_animal_looks_less_alike_than_the_same_one_a_little_brighter(
    appearance: Appearance, night: Pixels
) -> None:
    brighter = np.clip(night.astype(np.int16) + 12, 0, 255).astype(np.uint8)
    other = read_picture(DRILL / "person-day" / "00.jpg")
    looks = appearance.of(night, BOX)

    assert looks @ appearance.of(brighter, BOX) > looks @ appearance.of(other, BOX)


def test_a_handful_of_pixels_looks_like_nothing(appearance: Appearance, night: Pixels) -> None:
    with pytest.raises(TooSmallError, match="24 are the least"):
        appearance.of(night, BoundingBox(0.5, 0.5, 0.01, 0.4))


def test_a_network_of_another_kind_is_refused_by_name(tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    networks.write_release(folder, networks.bright(), name="tiny-0.1", created=date(2026, 11, 1))

    with pytest.raises(BadModelFileError, match=r"tiny-0\.1 has no layer"):
        Appearance(load_release(folder))


def test_in_the_surroundings_the_animal_cannot_be_seen(night: Pixels) -> None:
    seen = surroundings(night, BOX)
    height, width = seen.shape[:2]
    middle = seen[height // 2 - 5 : height // 2 + 5, width // 2 - 5 : width // 2 + 5]

    assert (middle == PADDING).all()
    assert (seen[:5] != PADDING).any()


def test_a_picture_that_finds_another_sequence_first_is_a_miss() -> None:
    def looks(degrees: float) -> Vector:
        way = np.radians(degrees)
        return np.array([np.cos(way), np.sin(way)], np.float32)

    # Each of `a` finds the other; of `b` one stands nearer to `a`, the other finds `c`.
    seen = [("a", looks(0)), ("a", looks(4)), ("b", looks(9)), ("b", looks(50)), ("c", looks(60))]

    found = ranked("day", "animal", seen)

    assert (found.asked, found.sequences, found.among) == (4, 2, 3)
    assert found.first == pytest.approx(0.5)  # a: both, b: none
    assert found.among_few == 1.0
    assert found.chance_first == pytest.approx(1 / 3)
    assert found.chance_among_few == 1.0


def test_a_folder_that_is_no_dataset_is_refused_in_words(tmp_path: Path) -> None:
    ended = CliRunner().invoke(app, ["appearance", "judge", str(tmp_path / "nowhere")])

    assert ended.exit_code == 2
    assert "nowhere" in ended.output


def test_the_first_of_a_list_is_like_itself_and_what_cannot_be_seen_is_like_nothing() -> None:
    night, day = (str(DRILL / name / "00.jpg") for name in ("person-night", "person-day"))
    box = [0.3, 0.3, 0.4, 0.4]
    asked = [{"picture": each, "box": box} for each in (night, night, day, "nowhere.jpg")]
    asked.append({"picture": night, "box": [0.5, 0.5, 0.001, 0.001]})

    ended = CliRunner().invoke(app, ["appearance", "compare"], input=json.dumps(asked))

    same, again, other, missing, tiny = json.loads(ended.stdout)["likeness"]
    assert (same, again) == (pytest.approx(1), pytest.approx(1))
    assert other < 0.99
    assert (missing, tiny) == (None, None)


def test_what_is_no_list_is_refused_in_words() -> None:
    ended = CliRunner().invoke(app, ["appearance", "compare"], input='{"picture": 1}')

    assert ended.exit_code == 2
    assert "no list of pictures" in ended.output
