import hashlib
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from detector.detection import Lighting
from detector.engine import Detector
from detector.eyes import FLOOR
from detector.pictures import Pixels, read_picture
from detector.release import BadModelFileError, DamagedReleaseError, find_release, load_release
from detector.second_look import SecondLook

DRILL = Path(__file__).parents[2] / "datasets" / "drill"


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector(load_release(find_release()), threads=1)


@pytest.fixture
def rewritten(tmp_path: Path) -> Callable[[str, str], Path]:
    """The committed release in another folder, one phrase of its model.toml replaced."""
    release = find_release()

    def rewrite(said: str, instead: str) -> Path:
        text = (release / "model.toml").read_text()
        assert said in text
        (tmp_path / "model.toml").write_text(text.replace(said, instead, 1))
        network = load_release(release).path_onnx
        (tmp_path / network.name).write_bytes(network.read_bytes())
        return tmp_path

    return rewrite


def noise(width: int, height: int) -> Pixels:
    return np.random.default_rng(7).integers(0, 255, (height, width, 3), np.uint8)


@pytest.mark.parametrize("size", [(1, 1), (640, 480), (480, 640), (3000, 4), (33, 1201)])
def test_a_frame_of_any_shape_can_be_looked_at(detector: Detector, size: tuple[int, int]) -> None:
    for seen in detector.detect(noise(*size), floor=0.001):
        assert 0 <= seen.box.left < seen.box.right <= 1 + 1e-9
        assert 0 <= seen.box.top < seen.box.bottom <= 1 + 1e-9


def test_between_two_looks_every_core_rests() -> None:
    detector = Detector(load_release(find_release()), threads=2)
    detector.detect(noise(640, 480))

    before_s = time.process_time()
    time.sleep(0.1)

    assert time.process_time() - before_s < 0.03


@pytest.mark.parametrize("shade", [0, 114, 255])
def test_an_empty_frame_rings_nobody(detector: Detector, shade: int) -> None:
    empty = np.full((480, 640, 3), shade, np.uint8)

    seen = detector.detect(empty)

    assert all(not detector.release.keeps(seen, lighting) for lighting in Lighting)


def test_a_lower_floor_only_adds(detector: Detector) -> None:
    frame = noise(640, 480)

    usual = detector.detect(frame)
    everything = detector.detect(frame, floor=0.0001)

    assert everything
    assert [seen for seen in everything if seen.confidence >= FLOOR] == usual
    confidences = [seen.confidence for seen in everything]
    assert confidences == sorted(confidences, reverse=True)


def test_several_cameras_may_ask_at_once(detector: Detector) -> None:
    frames = [noise(320 + 40 * number, 240) for number in range(4)]
    alone = [detector.detect(frame, floor=0.0001) for frame in frames]

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda frame: detector.detect(frame, floor=0.0001), frames))

    assert together == alone


def test_the_light_decides_whether_contrast_is_evened_out(detector: Detector) -> None:
    dim = (noise(640, 480) * 0.1).astype(np.uint8)
    release = replace(detector.release, even_contrast=frozenset({Lighting.NIGHT_IR}))
    evening = Detector(release, threads=1)

    as_day = evening.detect(dim, lighting=Lighting.DAY, floor=0.0001)
    as_night = evening.detect(dim, lighting=Lighting.NIGHT_IR, floor=0.0001)

    assert as_day == Detector(replace(release, even_contrast=frozenset()), threads=1).detect(
        dim, floor=0.0001
    )
    assert as_night != as_day


def test_a_file_damaged_after_the_check_is_not_run(
    rewritten: Callable[[str, str], Path],
) -> None:
    release = load_release(rewritten("[network]", "[network]"))
    release.path_onnx.write_bytes(release.path_onnx.read_bytes()[:-1] + b"?")

    with pytest.raises(DamagedReleaseError):
        Detector(release)


def test_a_class_the_network_does_not_have_is_refused(
    rewritten: Callable[[str, str], Path],
) -> None:
    release = load_release(rewritten("animal = [", "animal = [900, "))

    with pytest.raises(BadModelFileError, match="has no class 900"):
        Detector(release)


def test_an_input_size_the_network_does_not_take_is_refused() -> None:
    squares_only = load_release(find_release("elephant-0.1"))

    with pytest.raises(BadModelFileError, match=r"cannot be run as model\.toml describes it"):
        Detector(replace(squares_only, input_size_px=320))


def test_bytes_that_are_no_network_are_refused(detector: Detector, tmp_path: Path) -> None:
    nonsense = b"not a network" * 10
    path = tmp_path / "elephant.onnx"
    path.write_bytes(nonsense)
    checksum = hashlib.sha256(nonsense).hexdigest()

    with pytest.raises(BadModelFileError, match="cannot be run"):
        Detector(replace(detector.release, path_onnx=path, sha256=checksum))


def test_a_board_too_slow_for_two_looks_looks_once(detector: Detector) -> None:
    once = detector.release.looking_once()
    twice = replace(
        once, second_look=SecondLook(0.05, 0.99), thresholds_once=dict.fromkeys(Lighting, 0.77)
    )

    slow = Detector(twice, threads=1, budget_ms=0.001)
    fast = Detector(twice, threads=1, budget_ms=1e9)

    assert slow.release.second_look is None
    assert slow.release.threshold(Lighting.DAY) == 0.77
    assert fast.release.second_look is not None


def test_an_elephant_of_the_drill_is_one_in_the_mirror_too(detector: Detector) -> None:
    picture = read_picture(sorted(DRILL.glob("herd-night*/*.jpg"))[3])
    once = detector.release.looking_once()
    twice = replace(once, second_look=SecondLook(0.05, 0.999), thresholds_once=once.thresholds)

    first = Detector(once, threads=1).detect(picture)
    both = Detector(twice, threads=1).detect(picture)

    assert max(seen.confidence for seen in both) > 0.5 * max(seen.confidence for seen in first)
