import json
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from detector.bench.command import sides_of
from detector.bench.frames import SIZE_PX, camera_jpegs, footage_folder
from detector.cli import app
from detector.pictures import UnreadablePictureError, decode_picture
from detector.release import find_release
from tests.detector import networks

runner = CliRunner()


def test_the_bench_measures_the_same_network_inside_and_outside(tmp_path: Path) -> None:
    told = tmp_path / "bench.json"
    nobody = str(tmp_path / "no-python")

    told_how = ["--frames", "3", "--threads", "1", "--ultralytics-python", nobody]
    ran = runner.invoke(app, ["bench", "--model", "elephant-0.1", "--json", str(told), *told_how])

    assert ran.exit_code == 0, ran.output
    figures = json.loads(told.read_text())
    whole, bare = figures["sides"]["whole fp32"], figures["sides"]["bare fp32"]
    assert whole["input_px"] == bare["input_px"] == [640, 640]
    assert whole["cpu_p50_ms"] > bare["cpu_p50_ms"] * 0.8
    assert 20 < whole["rss_mb"] < 600
    assert figures["ratios"]["fp32_whole_over_bare"]["cpu"] > 0.8
    assert nobody in figures["not_measured"]["ultralytics fp32"]
    assert "no int8 network" in figures["not_measured"]["int8"]


def test_ultralytics_also_takes_part_told_the_shape_it_would_not_choose(tmp_path: Path) -> None:
    rectangles = networks.write_release(tmp_path, networks.telling_shape())

    any_shape, _ = sides_of(rectangles, 1, tmp_path, Path(sys.executable))
    squares, _ = sides_of(find_release("elephant-0.1"), 1, tmp_path, Path(sys.executable))

    called = {side.name: side.command[-2:] for side in any_shape}
    assert called["ultralytics fp32"] == (str(tmp_path), "640")
    assert called["ultralytics wide fp32"] == ("384", "640")
    assert [side.name for side in squares] == ["whole fp32", "bare fp32", "ultralytics fp32"]


def test_an_unknown_release_is_refused(tmp_path: Path) -> None:
    ran = runner.invoke(app, ["bench", "--model", "elephant-99"])

    assert ran.exit_code == 2
    assert "no release elephant-99" in ran.output


def test_the_frames_are_what_a_camera_sends() -> None:
    first, second = camera_jpegs(footage_folder(), 2)

    assert decode_picture(first).shape[1::-1] == SIZE_PX
    assert first != second
    assert 100_000 < len(first) < 1_500_000


def test_one_picture_gives_frames_that_differ_in_their_noise(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "one.jpg"), np.full((48, 64, 3), 90, np.uint8))

    first, second = camera_jpegs(tmp_path, 2)

    assert first != second


def test_an_empty_folder_makes_no_frames(tmp_path: Path) -> None:
    with pytest.raises(UnreadablePictureError, match="no JPEG below"):
        next(camera_jpegs(tmp_path, 1))
