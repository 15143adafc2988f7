"""What an animal in a box looks like, as numbers that can be compared.

They are read from inside the network that finds elephants: it was never taught to tell one from
another. How little that is worth is measured by `trunkline-detector appearance judge`.
"""

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from detector.detection import BoundingBox
from detector.engine import UNRUNNABLE, session_options
from detector.letterbox import PADDING, Letterbox, NetworkInput
from detector.pictures import Pixels
from detector.release import BadModelFileError, Release

LAYER = "/model.6/cv2/act/Mul_output_0"
"""The output of the backbone's sixth block: textures and parts, one cell per 16 pixels."""

SIDE_PX = 320
LEAST_SIDE_PX = 24
_CELL_PX = 16
# Of a box this much is an ellipse around its middle; outside lies mostly the place, not the animal.
_WITHIN = 0.45

Vector = NDArray[np.float32]
"""A picture's looks: one direction of length 1; two are as alike as their product."""


class TooSmallError(ValueError):
    """There are too few pixels of the animal to say what it looks like."""


class Appearance:
    """A release's network, opened to be asked what an animal looks like."""

    def __init__(self, release: Release, *, threads: int = 1) -> None:
        """Open the network.

        Raises a `ReleaseError` if it is damaged, or has no layer of this name.
        """
        self.release = release
        network = release.read_network() + _also_shows(LAYER)
        try:
            self._session = onnxruntime.InferenceSession(
                network, session_options(threads), providers=["CPUExecutionProvider"]
            )
        except UNRUNNABLE as error:
            raise BadModelFileError(
                f"{release.name} has no layer {LAYER}: looks are read from YOLO26 networks alone"
            ) from error
        self._input_name = self._session.get_inputs()[0].name

    def of(self, pixels: Pixels, box: BoundingBox) -> Vector:
        """Return the looks of the animal in the box of a height x width x 3 picture.

        Raises `TooSmallError` if the box is less than 24 pixels wide or high.
        """
        return self.of_whole(_without_corners(cut_out(pixels, box)))

    def of_whole(self, pixels: Pixels) -> Vector:
        """Return the looks of a whole picture, whatever it shows."""
        height, width = pixels.shape[:2]
        place = Letterbox.of(width, height, SIDE_PX)
        batch = NetworkInput(SIDE_PX).show(pixels, place)
        (found,) = self._session.run([LAYER], {self._input_name: batch})
        cells = found[0][
            :,
            place.top_px // _CELL_PX : -(-(place.top_px + place.height_px) // _CELL_PX),
            place.left_px // _CELL_PX : -(-(place.left_px + place.width_px) // _CELL_PX),
        ]
        mean = np.asarray(cells.mean(axis=(1, 2)), np.float32)
        return mean / max(float(np.linalg.norm(mean)), 1e-9)


def cut_out(pixels: Pixels, box: BoundingBox) -> Pixels:
    """Return what is in a box. Raises `TooSmallError`."""
    height, width = pixels.shape[:2]
    left, right = (round(max(0.0, min(x, 1.0)) * width) for x in (box.left, box.right))
    top, bottom = (round(max(0.0, min(y, 1.0)) * height) for y in (box.top, box.bottom))
    if right - left < LEAST_SIDE_PX or bottom - top < LEAST_SIDE_PX:
        raise TooSmallError(
            f"{right - left} x {bottom - top} pixels: {LEAST_SIDE_PX} are the least"
        )
    return pixels[top:bottom, left:right]


def _without_corners(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    inside = np.zeros((height, width), np.uint8)
    centre, axes = (width // 2, height // 2), (int(width * _WITHIN), int(height * _WITHIN))
    cv2.ellipse(inside, centre, axes, 0, 0, 360, 1, -1)
    shown = pixels.copy()
    shown[inside == 0] = PADDING
    return shown


def _also_shows(layer: str) -> bytes:
    """Return what, written behind an ONNX file, makes a layer inside one of its outputs.

    Protobuf reads two messages one after the other as one: lists (here `graph.output`) grow. So the
    layer is named as a model that has nothing but `graph { output { name: "…" } }`.
    """
    graph, output, name = 7, 12, 1
    return _field(graph, _field(output, _field(name, layer.encode())))


def _field(number: int, content: bytes) -> bytes:
    assert len(content) < 128  # noqa: S101 - a longer one would need a longer length
    return bytes((number << 3 | 2, len(content))) + content
