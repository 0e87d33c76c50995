"""The wire format of protocol buffers: numbered fields of a message, found by their places in the bytes."""

from collections.abc import Iterator
from typing import NamedTuple

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
_WIDTHS = {FIXED64: 8, FIXED32: 4}


class Field(NamedTuple):
    """A field of a message: its number, its wire type, and where its content begins and ends."""

    number: int
    wire: int
    start: int
    end: int


_field = Field._make


def varint(data: bytes, start: int, stop: int) -> tuple[int, int]:
    """An unsigned number of seven bits a byte, low bits first, and the place after it."""
    if start < stop and data[start] < 0x80:  # most: keys, short lengths, small numbers
        return data[start], start + 1
    value = 0
    for i in range(start, min(stop, start + 10)):
        value |= (data[i] & 0x7F) << 7 * (i - start)
        if data[i] < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, i + 1
    raise ValueError(f"no number ends before byte {stop}")


def fields(data: bytes, start: int = 0, stop: int | None = None) -> Iterator[Field]:
    """The fields of the message in `data[start:stop]`, in their order. ValueError if it is none."""
    stop = len(data) if stop is None else stop
    while start < stop:
        key, start = varint(data, start, stop)
        number, wire = key >> 3, key & 7
        if wire == BYTES:
            length, start = varint(data, start, stop)
            end = start + length
        elif wire == VARINT:
            end = varint(data, start, stop)[1]
        elif wire in _WIDTHS:
            end = start + _WIDTHS[wire]
        else:
            raise ValueError(f"wire type {wire} is not in use")
        if end > stop or not number:
            raise ValueError(f"field {number} ends behind its message")
        yield _field((number, wire, start, end))
        start = end


def signed(value: int) -> int:
    """An int64 as a varint holds it: two's complement."""
    return value - (1 << 64) if value >> 63 else value


def number_of(data: bytes, field: Field) -> int:
    """The signed number in a field of wire type 0."""
    return signed(varint(data, field.start, field.end)[0])


def text_of(data: bytes, field: Field) -> str:
    """The text in a field; bytes that are no UTF-8 become U+FFFD."""
    return data[field.start : field.end].decode(errors="replace")
