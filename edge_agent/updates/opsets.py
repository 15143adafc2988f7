"""Which networks the installed runtime understands, found out by asking it.

The runtime says nowhere which opset is its last, so it is handed the smallest network there is.
"""

import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as onnxruntime_errors

_IR_VERSION = 8
_FLOAT = 1


def understands(opset: int) -> bool:
    """Whether a network of this opset can be loaded here."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # a no is no news
    try:
        onnxruntime.InferenceSession(_smallest(opset), options, providers=["CPUExecutionProvider"])
    except (
        onnxruntime_errors.Fail,
        onnxruntime_errors.InvalidGraph,
        onnxruntime_errors.NotImplemented,
        onnxruntime_errors.RuntimeException,
    ):
        return False
    return True


def _smallest(opset: int) -> bytes:
    """Return an ONNX file, in protobuf's own bytes: x goes in and comes out as y."""
    shape = _part(2, b"")
    tensor = _number(1, _FLOAT) + shape
    kind = _part(2, _part(1, tensor))
    node = _part(1, b"x") + _part(2, b"y") + _part(4, b"Identity")
    graph = (
        _part(1, node)
        + _part(2, b"g")
        + _part(11, _part(1, b"x") + kind)
        + _part(12, _part(1, b"y") + kind)
    )
    return _number(1, _IR_VERSION) + _part(7, graph) + _part(8, _number(2, opset))


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _part(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    digits = bytearray()
    while value >= 0x80:
        digits.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*digits, value])
