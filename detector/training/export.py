"""Turn a checkpoint into a release: an ONNX file and the `model.toml` that describes it."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from detector.detection import Lighting
from detector.engine import Detector
from detector.evaluation.looking import look
from detector.evaluation.thresholds import choose_thresholds
from detector.release import MODEL_FILE, load_release
from detector.second_look import SecondLook
from detector.training.dataset import LabelledPicture

NETWORK_FILE = "elephant.onnx"
STRIDE_PX = 32
OPSET = 17  # understood by every onnxruntime a station may have since 2023
IOU_SUPPRESSION = 0.6
# COCO's classes under the four names a station speaks of; the rest (furniture, food) is ignored
CLASSES: dict[str, list[int]] = {
    "elephant": [20],
    "person": [0],
    "vehicle": [1, 2, 3, 5, 6, 7],
    "animal": [14, 15, 16, 17, 18, 19, 21, 22, 23],
}


class UnfaithfulError(Exception):
    """The written network is not the one it was made of."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a release comes from, in the words that end up in `model.toml`."""

    name: str
    created: date
    base_weights: str
    dataset: str


def write_onnx(network: Any, path: Path, *, size_px: int = 640) -> None:
    """Write a torch detection model as slim ONNX: input [1, 3, height, width], output [1, 84, N].

    Both sides are left open, to be any multiple of `STRIDE_PX`. The runtime is as fast as with
    fixed ones (within 1 %), and a wide frame needs three fifths of the arithmetic of a square.
    The one-to-many head is exported without suppression: that is done outside, where the overlap
    can be tuned, and it costs next to nothing. Raises `UnfaithfulError` if what was written does
    not give what torch gives.
    """
    import onnx
    import onnxslim
    import torch

    network = network.float().eval()
    head = network.model[-1]
    head.end2end, head.export, head.format, head.dynamic = False, True, "onnx", True
    network = network.fuse(verbose=False) if hasattr(network, "fuse") else network
    frame = torch.zeros(1, 3, size_px, size_px)
    with torch.inference_mode():
        torch.onnx.export(
            network,
            (frame,),
            str(path),
            opset_version=OPSET,
            input_names=["images"],
            output_names=["output"],
            dynamic_axes={"images": {2: "height", 3: "width"}, "output": {2: "boxes"}},
            dynamo=False,
        )
    onnx.save(onnxslim.slim(onnx.load(str(path))), str(path))
    _compare(network, path)


def _compare(network: Any, path: Path) -> None:
    """Run both in a shape that was not traced: what was traced as a constant would show here."""
    import torch

    frame = np.random.default_rng(0).random((1, 3, 2 * STRIDE_PX, 3 * STRIDE_PX), np.float32)
    with torch.inference_mode():
        answer = network(torch.from_numpy(frame))
    wanted = (answer[0] if isinstance(answer, tuple) else answer).numpy()
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (given,) = session.run(None, {"images": frame})
    if given.shape != wanted.shape or not np.allclose(given, wanted, rtol=1e-3, atol=1e-2):
        raise UnfaithfulError(f"{path} does not give what the checkpoint gives; do not use it")


def write_release(
    folder: Path,
    origin: Origin,
    judged: Sequence[LabelledPicture],
    *,
    size_px: int,
    false_alarm_rate: float,
    rival_weight: float = 0.0,
    second_look: SecondLook | None = None,
) -> dict[Lighting, float]:
    """Describe the network in `folder`, with thresholds chosen on `judged`; return them.

    The thresholds are found with the same runtime that stations use, so that letterbox, lighting
    and suppression are theirs; once for a single look and, with a `second_look`, once for both.
    """
    negatives = sum(not picture.has_elephant for picture in judged)
    about = (
        f"val: {false_alarm_rate:.0%} false alarms per lighting on {negatives} pictures "
        f"without elephants"
    )
    described = Description(
        origin, size_px, rival_weight, dict.fromkeys(Lighting, 0.5), "not chosen yet"
    )

    def choose(described: Description) -> dict[Lighting, float]:
        (folder / MODEL_FILE).write_text(model_toml(folder, described), encoding="utf-8")
        seen = look(judged, Detector(load_release(folder)))
        return choose_thresholds(seen, false_alarm_rate)

    described = replace(described, thresholds=choose(described), about=about)
    if second_look:
        described = replace(described, second_look=second_look)
        described = replace(described, thresholds_twice=choose(described))
    (folder / MODEL_FILE).write_text(model_toml(folder, described), encoding="utf-8")
    return dict(described.thresholds_twice or described.thresholds)


@dataclass(frozen=True, slots=True)
class Description:
    """What `model.toml` says beside the network's checksum."""

    origin: Origin
    size_px: int
    rival_weight: float
    thresholds: Mapping[Lighting, float]
    about: str
    second_look: SecondLook | None = None
    thresholds_twice: Mapping[Lighting, float] | None = None


def model_toml(folder: Path, described: Description) -> str:
    """Describe the network file that lies in `folder`."""
    data, origin = (folder / NETWORK_FILE).read_bytes(), described.origin
    lines = [
        f"name = {_quoted(origin.name)}",
        f"created = {origin.created.isoformat()}",
        'licence = "AGPL-3.0-or-later"',
        f"base_weights = {_quoted(origin.base_weights)}",
        f"dataset = {_quoted(origin.dataset)}",
        "",
        "[network]",
        f"file = {_quoted(NETWORK_FILE)}",
        f'sha256 = "{hashlib.sha256(data).hexdigest()}"',
        f"bytes = {len(data)}",
        (
            f"input_size_px = {described.size_px}"
            "  # the longer side; padded with 114, RGB, 0..1, NCHW float32"
        ),
        f"input_stride_px = {STRIDE_PX}  # the shorter side is padded to a multiple of this",
        'output = "yolo"  # [1, 4 + classes, N]: centre and size in input pixels, scores 0 to 1',
        f"iou_suppression = {IOU_SUPPRESSION}",
        f"rival_weight = {described.rival_weight}  # what another animal takes from an elephant",
        "",
        "[classes]  # label = indices of the network's classes",
        *(f"{label} = {indices}" for label, indices in CLASSES.items()),
        "",
        "[thresholds]  # from which confidence an elephant is believed, by lighting",
        *_threshold_lines(described.thresholds),
        *_second_look_lines(described),
        "",
        "[thresholds_about]",
        f"chosen_on = {_quoted(described.about)}",
    ]
    return "\n".join(lines) + "\n"


def _second_look_lines(described: Description) -> list[str]:
    second = described.second_look
    if second is None:
        return []
    return [
        "",
        "[second_look]  # claims of this confidence are looked for in the mirror image too",
        f"unsure_from = {second.unsure_from}",
        f"sure_from = {second.sure_from}",
        "",
        "[second_look.thresholds]  # in place of the above where there is time for two looks",
        *_threshold_lines(described.thresholds_twice or described.thresholds),
    ]


def _threshold_lines(thresholds: Mapping[Lighting, float]) -> list[str]:
    return [f"{lighting} = {threshold:.3f}" for lighting, threshold in thresholds.items()]


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # JSON's strings are TOML's basic strings
