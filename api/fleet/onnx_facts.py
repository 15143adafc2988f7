"""Reads the one fact of an ONNX file that a station asks for, without any runtime.

An ONNX file is a protobuf message; of its fields only the list of opsets is looked into.
"""

_OPSET_IMPORT, _DOMAIN, _VERSION = 8, 1, 2
_VARINT, _FIXED_64, _BYTES, _FIXED_32 = 0, 1, 2, 5


class NotAnOnnxFileError(ValueError):
    """The bytes are no network."""


def opset_of(data: bytes) -> int:
    """Return the opset of the standard operators.

    Raises:
        NotAnOnnxFileError: the bytes cannot be read, or name no opset.
    """
    for number, content in _fields(data):
        if number != _OPSET_IMPORT or not isinstance(content, bytes):
            continue
        parts = dict(_fields(content))
        version = parts.get(_VERSION)
        if parts.get(_DOMAIN, b"") in {b"", b"ai.onnx"} and isinstance(version, int):
            return version
    raise NotAnOnnxFileError("it names no opset of the standard operators")


def _fields(data: bytes) -> list[tuple[int, int | bytes]]:
    fields: list[tuple[int, int | bytes]] = []
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        number, kind = key >> 3, key & 7
        if kind == _VARINT:
            value, at = _varint(data, at)
            fields.append((number, value))
            continue
        if kind == _BYTES:
            length, at = _varint(data, at)
        elif kind in {_FIXED_64, _FIXED_32}:
            length = 8 if kind == _FIXED_64 else 4
        else:
            raise NotAnOnnxFileError("it is no protobuf message")
        if at + length > len(data):
            raise NotAnOnnxFileError("it was cut short")
        fields.append((number, data[at : at + length]))
        at += length
    return fields


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(data):
            raise NotAnOnnxFileError("it was cut short")
        value |= (data[at] & 0x7F) << shift
        at += 1
        if not data[at - 1] & 0x80:
            return value, at
    raise NotAnOnnxFileError("it is no protobuf message")
