"""A tiny network that takes frames of any shape and tells how it was shown them."""

import hashlib
from pathlib import Path

from onnx import TensorProto, helper

SIDE_PX = 640


def telling_shape(*, height: int | str = "height", width: int | str = "width") -> bytes:
    """Sees one elephant in the middle half of what it is shown; its confidence is that area.

    The area is told in squares of 640 pixels: a whole square gives 1.
    """
    boxed = helper.make_tensor("parts", TensorProto.FLOAT, [4], [0.5, 0.5, 0.5, 0.5])
    whole = helper.make_tensor("whole", TensorProto.FLOAT, [], [float(SIDE_PX**2)])
    shape = helper.make_tensor("shape", TensorProto.INT64, [3], [1, 5, 1])
    nodes = [
        helper.make_node("Shape", ["images"], ["height"], start=2, end=3),
        helper.make_node("Shape", ["images"], ["width"], start=3, end=4),
        helper.make_node("Concat", ["width", "height", "width", "height"], ["sides"], axis=0),
        helper.make_node("Cast", ["sides"], ["sides_px"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["sides_px", "parts"], ["box"]),
        helper.make_node("Mul", ["height", "width"], ["area"]),
        helper.make_node("Cast", ["area"], ["area_px"], to=TensorProto.FLOAT),
        helper.make_node("Div", ["area_px", "whole"], ["score"]),
        helper.make_node("Concat", ["box", "score"], ["row"], axis=0),
        helper.make_node("Reshape", ["row", "shape"], ["output"]),
    ]
    graph = helper.make_graph(
        nodes,
        "telling",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, height, width])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 5, 1])],
        [boxed, whole, shape],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())


def write_release(folder: Path, data: bytes, *, stride_px: int | None = 32) -> Path:
    """Write a release folder whose network is shown rectangles, or squares without a stride."""
    (folder / "telling.onnx").write_bytes(data)
    (folder / "model.toml").write_text(
        f"""name = "telling-0.1"
created = 2026-11-27
licence = "AGPL-3.0-or-later"
[network]
file = "telling.onnx"
sha256 = "{hashlib.sha256(data).hexdigest()}"
bytes = {len(data)}
input_size_px = {SIDE_PX}
{f"input_stride_px = {stride_px}" if stride_px else ""}
output = "yolo"
[classes]
elephant = [0]
[thresholds]
day = 0.5
night_ir = 0.5
thermal = 0.5
"""
    )
    return folder
