"""Tiny networks, good and bad, in releases of their own. Bright frames are their elephants."""

import hashlib
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper

from detector.pictures import Pixels

SIDE_PX = 32
BRIGHT: Pixels = np.full((32, 32, 3), 230, np.uint8)
DARK: Pixels = np.full((32, 32, 3), 20, np.uint8)
Nodes = Sequence[onnx.NodeProto]


def bright(side_px: int | str = SIDE_PX) -> bytes:
    """Sees one elephant where the frame is bright. A word for the side lets it be any."""
    return network(_scores_of_brightness(), side_px=side_px)


def constant(score: float) -> bytes:
    """Sees the same in every frame: blind at 0, firing at 1."""
    value = helper.make_tensor("v", TensorProto.FLOAT, [1, 1, 1], [score])
    same = helper.make_node("Constant", [], ["score_of_all"], value=value)
    return network([same])


def raising() -> bytes:
    """Runs well on nothing, and fails on any real frame."""
    return network([*_scores_of_brightness(), *_bad_index()], also="found")


def slow(turns: int = 400) -> bytes:
    """Goes round and round before it answers."""
    return network([*_scores_of_brightness(), *_loop(turns)], also="turned")


def hungry(megabytes: int = 4000) -> bytes:
    """Takes a great deal of memory on a real frame."""
    return network([*_scores_of_brightness(), *_expansion(megabytes)], also="sum")


def future_opset() -> bytes:
    """Speaks of an opset that no runtime knows yet."""
    model = onnx.load_from_string(bright())
    model.opset_import[0].version = 99
    return bytes(model.SerializeToString())


def network(nodes: Nodes, *, side_px: int | str = SIDE_PX, also: str = "nought") -> bytes:
    """One box in the middle of the square, whose score the nodes compute as `score_of_all`.

    What they compute as `also` has no weight, but has to be computed.
    """
    weighed = [
        helper.make_node("ReduceMax", [also], ["most"], keepdims=0),
        helper.make_node("Min", ["most", "nought"], ["never_more"]),
        helper.make_node("Mul", ["never_more", "nought"], ["weightless"]),
        helper.make_node("Add", ["score_of_all", "weightless"], ["weighed"]),
    ]
    middle = helper.make_tensor("box", TensorProto.FLOAT, [1, 4, 1], [16, 16, 20, 20])
    graph = helper.make_graph(
        [*nodes, *weighed, helper.make_node("Concat", ["box", "weighed"], ["output"], axis=1)],
        "tiny",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, side_px, side_px])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 5, 1])],
        [middle, *_NUMBERS],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())


def write_release(
    folder: Path,
    data: bytes,
    *,
    name: str = "tiny-0.2",
    created: date = date(2026, 11, 22),
    input_size_px: int = SIDE_PX,
    input_stride_px: int | None = None,
    elephant: int = 0,
    int8: bytes | None = None,
) -> Path:
    """Write a release folder as training would; `int8` is its network in 8-bit integers, if any."""
    folder.mkdir(parents=True)
    (folder / "tiny.onnx").write_bytes(data)
    (folder / "model.toml").write_text(
        f"""name = "{name}"
created = {created}
licence = "AGPL-3.0-or-later"
[network]
file = "tiny.onnx"
sha256 = "{hashlib.sha256(data).hexdigest()}"
bytes = {len(data)}
input_size_px = {input_size_px}
{f"input_stride_px = {input_stride_px}" if input_stride_px else ""}
output = "yolo"
[classes]
elephant = [{elephant}]
[thresholds]
day = 0.5
night_ir = 0.5
thermal = 0.5
{_int8_table(int8)}"""
    )
    if int8 is not None:
        (folder / "tiny-int8.onnx").write_bytes(int8)
    return folder


def _int8_table(data: bytes | None) -> str:
    if data is None:
        return ""
    return f'''[network_int8]
file = "tiny-int8.onnx"
sha256 = "{hashlib.sha256(data).hexdigest()}"
bytes = {len(data)}
'''


_NUMBERS = [
    helper.make_tensor("half", TensorProto.FLOAT, [], [0.5]),
    helper.make_tensor("steep", TensorProto.FLOAT, [], [4.0]),
    helper.make_tensor("least", TensorProto.FLOAT, [], [0.05]),
    helper.make_tensor("nought", TensorProto.FLOAT, [], [0.0]),
    helper.make_tensor("one", TensorProto.FLOAT, [], [1.0]),
    helper.make_tensor("shape", TensorProto.INT64, [3], [1, 1, 1]),
    helper.make_tensor("flat", TensorProto.INT64, [1], [1]),
    helper.make_tensor("many", TensorProto.FLOAT, [], [1e6]),
    helper.make_tensor("something", TensorProto.FLOAT, [1], [1.0]),
]


def _scores_of_brightness() -> Nodes:
    return [
        helper.make_node("ReduceMean", ["images"], ["mean"], keepdims=0),
        helper.make_node("Sub", ["mean", "half"], ["above"]),
        helper.make_node("Mul", ["above", "steep"], ["steeper"]),
        helper.make_node("Add", ["steeper", "half"], ["lifted"]),
        helper.make_node("Clip", ["lifted", "nought", "one"], ["score"]),
        helper.make_node("Reshape", ["score", "shape"], ["score_of_all"]),
    ]


def _bad_index() -> Nodes:
    """Reach far beyond the end of a list, but only where the frame is not all black."""
    return [
        helper.make_node("Mul", ["mean", "many"], ["far"]),
        helper.make_node("Cast", ["far"], ["index"], to=TensorProto.INT64),
        helper.make_node("Gather", ["something", "index"], ["found"]),
    ]


def _expansion(megabytes: int) -> Nodes:
    """Grow with the brightness: nothing for black, all of it for any real frame."""
    count = helper.make_tensor("count", TensorProto.FLOAT, [], [megabytes * 250_000.0])
    constant_count = helper.make_node("Constant", [], ["wanted"], value=count)
    return [
        constant_count,
        helper.make_node("Greater", ["mean", "least"], ["is_real"]),
        helper.make_node("Cast", ["is_real"], ["real"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["real", "wanted"], ["size"]),
        helper.make_node("Add", ["size", "one"], ["size_and_one"]),
        helper.make_node("Cast", ["size_and_one"], ["length"], to=TensorProto.INT64),
        helper.make_node("Reshape", ["length", "flat"], ["lengths"]),
        helper.make_node("Expand", ["something", "lengths"], ["huge"]),
        helper.make_node("ReduceSum", ["huge"], ["sum"], keepdims=0),
    ]


def _loop(turns: int) -> Nodes:
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["go"], ["go_on"]),
            helper.make_node("MatMul", ["x"] * 2, ["y"]),
        ],
        "turn",
        [
            helper.make_tensor_value_info("turn", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("x", TensorProto.FLOAT, [300, 300]),
        ],
        [
            helper.make_tensor_value_info("go_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("y", TensorProto.FLOAT, [300, 300]),
        ],
    )
    zeros = helper.make_tensor("z", TensorProto.FLOAT, [300, 300], [0.0] * 90_000)
    number = helper.make_tensor("n", TensorProto.INT64, [], [turns])
    yes = helper.make_tensor("t", TensorProto.BOOL, [], [True])
    return [
        helper.make_node("Constant", [], ["start"], value=zeros),
        helper.make_node("Constant", [], ["turns"], value=number),
        helper.make_node("Constant", [], ["yes"], value=yes),
        helper.make_node("Loop", ["turns", "yes", "start"], ["turned"], body=body),
    ]
