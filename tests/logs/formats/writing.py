"""Bytes of TensorBoard's files, made by its definition: what no writer of today writes, and damage."""

import struct
import zlib

from jaxviz.host.readers._checksums import _slow_crc32c


def varint(value):
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def field(number, content):
    """A field of a message: an int is a varint, a float a double, text and bytes are themselves."""
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    if isinstance(content, float):
        return varint(number << 3 | 1) + struct.pack("<d", content)
    content = content.encode() if isinstance(content, str) else content
    return varint(number << 3 | 2) + varint(len(content)) + content


def single(number, value):
    """A field of a float."""
    return varint(number << 3 | 5) + struct.pack("<f", value)


def masked(data):
    crc = _slow_crc32c(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def framed(content):
    length = struct.pack("<Q", len(content))
    return length + masked(length) + content + masked(content)


VERSION = framed(field(1, 100.0) + field(3, "brain.Event:2"))


def event(tag, value, step=0, time=100.0):
    """A record with one `simple_value`."""
    return summary(field(1, tag) + single(2, value), step=step, time=time)


def summary(*values, step=0, time=100.0):
    """A record with several values, each a message."""
    content = field(1, time) + (field(2, step) if step else b"")
    return framed(content + field(5, b"".join(field(1, value) for value in values)))


def tensor_value(tag, tensor, plugin="scalars"):
    return field(1, tag) + field(8, tensor) + (field(9, field(1, field(1, plugin))) if plugin else b"")


def fragment(kind, content):
    """A piece of a record in LevelDB's log, as W&B frames it."""
    return struct.pack("<IHB", zlib.crc32(content, zlib.crc32(bytes([kind]))), len(content), kind) + content


def leveldb(records, start=b":W&B\xe1\xbe\x00"):
    """A log of records, cut into blocks of 32 KiB."""
    out = bytearray(start)
    for record in records:
        begun = False
        while True:
            left = (1 << 15) - len(out) % (1 << 15)
            if left < 7:
                out += bytes(left)
                continue
            part, record = record[: left - 7], record[left - 7 :]
            kind = (4 if begun else 1) if not record else (3 if begun else 2)
            out += fragment(kind, part)
            begun = True
            if not record:
                break
    return bytes(out)
