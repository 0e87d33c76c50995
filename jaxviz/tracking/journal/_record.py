"""Journal records: a JSON header and raw bytes in one checksummed frame.

A frame is `marker, body length, crc32, header length` and the body. The marker lets a reader find the next good frame
behind damaged bytes. Integers and arrays are little-endian.
"""

import json
import struct
import zlib
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, NamedTuple

MARKER = b"\xa5jvr"
LARGEST = 1 << 24
"""No body is longer: a longer length is damage."""
_FRAME = struct.Struct("<4sIII")
Encoder = Callable[[int, int, Iterable[float]], bytes]
_to_json = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


class Record(NamedTuple):
    """One record and where it stands in its segment."""

    header: dict[str, Any]
    blob: bytes
    end: int
    damaged: int
    """Bytes before it that are no record."""


def encode(header: dict[str, Any], blob: bytes = b"") -> bytes:
    """A record as the bytes of its frame. ValueError where it is larger than a frame may be."""
    return _framed(_to_json(header).encode(), blob)


@lru_cache(maxsize=256)
def points_encoder(run: str, names: tuple[str, ...]) -> Encoder:
    """A function of time, step and values that encodes metrics under these names, as `encode` would.

    A training loop writes nothing else, and JSON's encoder takes longest: what records share is made once.
    """
    start, end = f'{{"op":"points","run":{_to_json(run)},', f'"names":{_to_json(names)}}}'.replace("%", "%%")
    head = f'{start}"time":%d,"step":%d,{end}'.encode()
    pack, frame, checksum = struct.Struct(f"<{len(names)}d").pack, _FRAME.pack, zlib.crc32
    _check_size(len(head) + 8 * len(names))

    def encoded(time: int, step: int, values: Iterable[float]) -> bytes:
        text = head % (time, step)
        body = text + pack(*values)
        return frame(MARKER, len(body), checksum(body, len(text)), len(text)) + body

    return encoded


def _framed(text: bytes, blob: bytes) -> bytes:
    body = text + blob
    _check_size(len(body))
    return _FRAME.pack(MARKER, len(body), zlib.crc32(body, len(text)), len(text)) + body


def _check_size(size: int) -> None:
    if size > LARGEST:
        raise ValueError(f"a record of {size} bytes is larger than {LARGEST}")


def files(header: dict[str, Any]) -> list[str]:
    """The files that a journal keeps for a record: of an artifact one, of a model several."""
    return [kept["file"] for kept in (header, *header.get("files", {}).values()) if "file" in kept]


def parse(data: bytes, start: int = 0) -> list[Record]:
    """The whole records in `data`, whose first byte stands at `start` in the segment.

    Reading stops before an incomplete frame, and before damage that nothing good follows: that is a torn end, or a
    record that is being written.
    """
    records, at = [], 0
    while (found := _next_frame(data, at)) is not None:
        first, body, size = found
        at_end = first + _FRAME.size + len(body)
        records.append(Record(json.loads(body[:size]), body[size:], start + at_end, first - at))
        at = at_end
    return records


def _next_frame(data: bytes, at: int) -> tuple[int, bytes, int] | None:
    """Where the next good frame begins, its body and the length of its header."""
    while (at := data.find(MARKER, at)) >= 0:
        if at + _FRAME.size > len(data):
            return None
        _, length, checksum, size = _FRAME.unpack_from(data, at)
        body = data[at + _FRAME.size : at + _FRAME.size + length]
        if length <= LARGEST and len(body) == length and size <= length and zlib.crc32(body, size) == checksum:
            return at, body, size
        at += 1
    return None
