import tomllib
from pathlib import Path

import cv2
import numpy as np
import pytest

from detector.detection import Lighting
from detector.engine import Detector
from detector.release import Precision, find_release, load_release
from detector.training.calibration import Watched
from detector.training.dataset import LabelledBox, LabelledPicture
from detector.training.int8_table import describe, with_table
from detector.training.quantise import (
    Node,
    UnknownNetworkError,
    left_in_float,
    quantise,
    ranges_of,
)

MODEL_TOML = """name = "tiny-1"
created = 2026-11-22  # a comment that stays
licence = "AGPL-3.0-or-later"

[network]
file = "elephant.onnx"

[thresholds]
day = 0.5
"""


def a_node(name: str, kind: str = "Conv") -> Node:
    return Node(name, kind, (f"{name}-in",), (f"{name}-out",))


def test_raw_light_attention_and_head_stay_in_float() -> None:
    stages = [a_node(f"/model.{number}/conv/Conv") for number in range(6)]
    softmax = a_node("/model.4/attn/Softmax", "Softmax")
    beside = a_node("/model.4/attn/proj/Conv")

    left = left_in_float([*stages, softmax, beside])

    assert left == [*(f"/model.{n}/conv/Conv" for n in (0, 1, 2, 5)), softmax.name]


def test_a_network_without_stages_is_not_guessed_at() -> None:
    with pytest.raises(UnknownNetworkError, match="no stages"):
        left_in_float([a_node("conv_1"), a_node("conv_2")])


def test_a_tensor_is_judged_behind_the_activation_only_if_nobody_else_reads_it() -> None:
    deep = Watched(-100.0, 4.0, np.linspace(-100, 4, 500, dtype=np.float32)[None])
    sigmoid, times = (Node(kind, kind, ("x",), (kind,)) for kind in ("Sigmoid", "Mul"))
    other = Node("Add", "Add", ("x",), ("Add",))

    alone = ranges_of([sigmoid, times], {"x": deep})["x"]
    shared = ranges_of([sigmoid, times, other], {"x": deep})["x"]

    assert alone.lowest >= -8
    assert shared.lowest < -50


def test_the_table_is_added_once_and_replaced_the_next_time(tmp_path: Path) -> None:
    network = tmp_path / "elephant-int8.onnx"
    network.write_bytes(b"first")
    once = with_table(MODEL_TOML, network, "3 pictures")
    network.write_bytes(b"second")

    twice = with_table(once, network, 'a "quoted" place')

    table = tomllib.loads(twice)["network_int8"]
    assert table["file"] == "elephant-int8.onnx"
    assert table["bytes"] == len(b"second")
    assert table["calibrated_on"] == 'a "quoted" place'
    assert twice.count("[network_int8]") == 1
    assert twice.startswith(MODEL_TOML)


def test_a_table_with_thresholds_is_replaced_whole(tmp_path: Path) -> None:
    network = tmp_path / "elephant-int8.onnx"
    network.write_bytes(b"first")
    own = {"thresholds": {Lighting.DAY: 0.4}, "thresholds_twice": {Lighting.DAY: 0.3}}

    once = with_table(MODEL_TOML, network, "3 pictures", own)

    assert tomllib.loads(once)["network_int8"]["thresholds_twice"] == {"day": 0.3}
    assert "thresholds_twice" not in with_table(once, network, "3 pictures")


def test_the_int8_network_gets_the_thresholds_that_its_own_confidences_ask_for(
    tmp_path: Path,
) -> None:
    folder = a_copy_of(find_release("elephant-1.1"), tmp_path / "copy")
    network = folder / "elephant-int8.onnx"
    network.write_bytes((find_release("elephant-1.1") / network.name).read_bytes())
    drill = Path("datasets/drill").resolve()
    judged = [
        a_picture(drill / "herd-day" / "03.jpg", LabelledBox(0, 0.5, 0.5, 0.5, 0.5)),
        a_picture(drill / "deer-night" / "03.jpg"),
    ]
    before = load_release(folder)

    small = describe(folder, network, "somewhere", judged)

    assert small.thresholds != before.thresholds
    assert small.thresholds_once not in (None, before.thresholds_once)
    assert load_release(folder) == before


def test_the_int8_network_says_nearly_what_the_float_one_says(tmp_path: Path) -> None:
    pytest.importorskip("onnx", reason="needs the training environment (make train-env)")
    release = load_release(a_copy_of(find_release("elephant-0.1"), tmp_path / "copy"))
    files = sorted(Path("datasets/drill/herd-day").resolve().glob("*.jpg"))
    pictures = [a_picture(file) for file in files[:2]]

    small = quantise(release, pictures, seed=3)

    assert small.precision is Precision.INT8
    assert small.size_bytes < 0.6 * release.size_bytes
    assert tomllib.loads((release.folder / "model.toml").read_text())["network_int8"]
    assert load_release(release.folder).sha256 == release.sha256
    frame = np.asarray(cv2.imread(str(files[3])), np.uint8)
    fine, coarse = (Detector(one, threads=1).detect(frame) for one in (release, small))
    mother_and_calf = [one for one in fine if one.confidence > 0.5]
    assert mother_and_calf
    for sure in mother_and_calf:
        assert any(said.label is sure.label and said.box.iou(sure.box) > 0.7 for said in coarse)


def a_picture(file: Path, *boxes: LabelledBox) -> LabelledPicture:
    return LabelledPicture(file, "train", "day", False, "s", "ours", "CC0", "", "", boxes)


def a_copy_of(folder: Path, target: Path) -> Path:
    target.mkdir()
    for name in ("model.toml", "elephant.onnx"):
        (target / name).write_bytes((folder / name).read_bytes())
    return target
