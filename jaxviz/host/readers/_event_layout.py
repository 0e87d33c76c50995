"""Where the parts of a TensorBoard event lie in its bytes: wall time, step, tags and values.

Event:   wall_time = 1: double; step = 2: int64; file_version = 3: text; summary = 5
Summary: value = 1, repeated
Value:   tag = 1: text; simple_value = 2: float; tensor = 8; metadata = 9 {plugin_data = 1 {name = 1, content = 2}}
Tensor:  dtype = 1; shape = 2 {dim = 2 {size = 1}}; content = 4; floats = 5; doubles = 6; ints = 7; texts = 8;
         int64s = 10; bools = 11; halves = 13
"""

import struct
from typing import NamedTuple

from ._protobuf import BYTES, FIXED32, FIXED64, VARINT, Field, fields, number_of, text_of

_FLOAT, _DOUBLE, _TEXT = 1, 2, 7
_CONTENT, _FLOATS, _DOUBLES, _TEXTS = 4, 5, 6, 8
_PACKED = {_FLOATS: "<f4", _DOUBLES: "<f8"}
_INTEGERS = (7, 10, 11)
_CONTENTS = {1: "<f4", 2: "<f8", 3: "<i4", 4: "<u1", 5: "<i2", 6: "<i1", 9: "<i8", 10: "<u1", 17: "<u2", 19: "<f2"}
_CONTENTS |= {22: "<u4", 23: "<u8"}
"""TensorFlow's number of a type -> NumPy's name of it."""
_SCALARS, _HPARAMS = "scalars", "hparams"


class Scalar(NamedTuple):
    """A number of an event: where it lies and in which type; or itself, where its width is not that of its type."""

    tag: str
    start: int
    dtype: str
    constant: float = 0.0


class Layout(NamedTuple):
    """The parts of an event."""

    time: int | None
    """Where the double begins."""
    step: tuple[int, int]
    """Where the varint begins and ends; equal if the step is 0."""
    scalars: tuple[Scalar, ...]
    texts: tuple[tuple[str, str], ...]
    """Tag and text."""
    hparams: tuple[bytes, ...]
    """Contents of the plugin for hyper-parameters."""
    others: tuple[str, ...]
    """Tags of images, histograms and the like."""


class _Value(NamedTuple):
    tag: str
    plugin: str
    content: bytes
    simple: Field | None
    tensor: Field | None


def event_layout(data: bytes) -> Layout:
    """The layout of one event. ValueError if the bytes are none."""
    time, step, values = None, (0, 0), []
    for field in fields(data):
        match field.number, field.wire:
            case 1, 1:
                time = field.start
            case 2, 0:
                step = field.start, field.end
            case 5, 2:
                summary = fields(data, field.start, field.end)
                values += [_value(data, one) for one in summary if (one.number, one.wire) == (1, BYTES)]
    scalars, texts, hparams, others = [], [], [], []
    for value in values:
        if value.plugin == _HPARAMS:
            hparams.append(value.content)
        elif (scalar := _scalar(data, value)) is not None:
            scalars.append(scalar)
        elif (text := _text(data, value)) is not None:
            texts.append((value.tag, text))
        else:
            others.append(value.tag)
    return Layout(time, step, tuple(scalars), tuple(texts), tuple(hparams), tuple(others))


def _value(data: bytes, value: Field) -> _Value:
    tag, plugin, content, simple, tensor = "", "", b"", None, None
    for field in fields(data, value.start, value.end):
        match field.number, field.wire:
            case 1, 2:
                tag = text_of(data, field)
            case 2, 5:
                simple = field
            case 8, 2:
                tensor = field
            case 9, 2:
                plugin, content = _plugin(data, field)
    return _Value(tag, plugin, content, simple, tensor)


def _plugin(data: bytes, metadata: Field) -> tuple[str, bytes]:
    """The name and the content of the plugin that a value is for."""
    name, content = "", b""
    for field in fields(data, metadata.start, metadata.end):
        if (field.number, field.wire) == (1, BYTES):
            for part in fields(data, field.start, field.end):
                if (part.number, part.wire) == (1, BYTES):
                    name = text_of(data, part)
                elif (part.number, part.wire) == (2, BYTES):
                    content = data[part.start : part.end]
    return name, content


def _scalar(data: bytes, value: _Value) -> Scalar | None:
    """The number of a value; None if it is something else."""
    if value.simple is not None:
        return Scalar(value.tag, value.simple.start, "<f4")
    if value.tensor is None or value.plugin not in ("", _SCALARS):
        return None
    parts = list(fields(data, value.tensor.start, value.tensor.end))
    dtype = next((number_of(data, part) for part in parts if (part.number, part.wire) == (1, VARINT)), 0)
    if any(not _is_single(data, part) for part in parts if (part.number, part.wire) == (2, BYTES)):
        return None
    found = [_entry(data, value.tag, dtype, part) for part in parts]
    scalars = [one for one in found if one is not None]
    if not scalars and not any(part.number > 2 for part in parts) and dtype in _CONTENTS:
        return Scalar(value.tag, -1, "", 0.0)  # protocol buffers do not write zeros
    return scalars[0] if len(scalars) == 1 else None


def _is_single(data: bytes, shape: Field) -> bool:
    """Whether a tensor of this shape has one entry: no axes, or axes of 1."""
    for dim in fields(data, shape.start, shape.end):
        if (dim.number, dim.wire) == (2, BYTES):
            sizes = [number_of(data, part) for part in fields(data, dim.start, dim.end) if part.number == 1]
            if sizes != [1]:
                return False
    return True


def _entry(data: bytes, tag: str, dtype: int, part: Field) -> Scalar | None:
    """The single entry in a field of a tensor."""
    width = part.end - part.start
    if part.number == _CONTENT and dtype in _CONTENTS:
        kind = _CONTENTS[dtype]
        return Scalar(tag, part.start, kind) if width == int(kind[2]) else None
    if part.number in _PACKED and part.wire in (BYTES, FIXED32, FIXED64):
        return Scalar(tag, part.start, _PACKED[part.number]) if width == int(_PACKED[part.number][2]) else None
    if part.number in _INTEGERS and part.wire in (BYTES, VARINT) and width:
        whole = number_of(data, part)
        return Scalar(tag, -1, "", float(whole)) if _is_one_varint(data, part) else None
    if part.number == 13 and part.wire in (BYTES, VARINT) and width and _is_one_varint(data, part):
        return Scalar(tag, -1, "", _half(number_of(data, part), dtype))
    return None


def _is_one_varint(data: bytes, part: Field) -> bool:
    return all(byte > 0x7F for byte in data[part.start : part.end - 1]) and data[part.end - 1] < 0x80


def _half(bits: int, dtype: int) -> float:
    """float16, or bfloat16, from its bits."""
    if dtype == 14:
        return struct.unpack("<f", struct.pack("<I", (bits & 0xFFFF) << 16))[0]
    return struct.unpack("<e", struct.pack("<H", bits & 0xFFFF))[0]


def _text(data: bytes, value: _Value) -> str | None:
    """The first text of a value that holds text."""
    if value.tensor is None:
        return None
    parts = list(fields(data, value.tensor.start, value.tensor.end))
    if not any(part.number == 1 and part.wire == VARINT and number_of(data, part) == _TEXT for part in parts):
        return None
    return next((text_of(data, part) for part in parts if (part.number, part.wire) == (_TEXTS, BYTES)), None)
