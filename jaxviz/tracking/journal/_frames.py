"""Frames: the checksummed envelopes that the records of a journal are written in.

A frame is `marker, body length, crc32, header length` and the body: a header of text and raw bytes. The marker lets a
reader find the next good frame behind damaged bytes. Integers are little-endian.
"""

import struct
import zlib
from typing import NamedTuple

MARKER = b"\xa5jvr"
LARGEST = 1 << 24
"""No body is longer, so a longer length is damage: a reader need not look for the end of a frame beyond it."""
SHORTEST = 2
"""Every header is at least `{}`. Zeros behind a marker would be a frame of nothing, whose crc32 is 0."""
ENVELOPE = struct.Struct("<4sIII")


class Frame(NamedTuple):
    """One frame and its place in the segment."""

    text: bytes
    blob: bytes
    end: int
    damaged: int
    """Bytes before it that belong to no frame."""


def framed(text: bytes, blob: bytes) -> bytes:
    """A header and its bytes as a frame. ValueError if it is larger than a frame may be."""
    body = text + blob
    check_size(len(body))
    return ENVELOPE.pack(MARKER, len(body), zlib.crc32(body, len(text)), len(text)) + body


def check_size(size: int) -> None:
    """ValueError for a body that is too large."""
    if size > LARGEST:
        raise ValueError(f"a record of {size} bytes is larger than {LARGEST}")


def parse(data: bytes, start: int = 0) -> list[Frame]:
    """The whole frames in `data`, whose first byte stands at `start` in the segment.

    Reading stops before an incomplete frame, and before damage that nothing good follows: that is a torn end, or a
    frame that is being written.
    """
    frames, at = [], 0
    while (found := _next(data, at)) is not None:
        first, body, size = found
        at_end = first + ENVELOPE.size + len(body)
        frames.append(Frame(body[:size], body[size:], start + at_end, first - at))
        at = at_end
    return frames


def is_begun(data: bytes) -> bool:
    """Whether these bytes are the beginning of one frame, whose end is missing."""
    if len(data) < ENVELOPE.size:
        return (data[: len(MARKER)] or b"?") == MARKER[: len(data)]
    marker, length, _, size = ENVELOPE.unpack_from(data)
    return marker == MARKER and SHORTEST <= size <= length <= LARGEST and len(data) < ENVELOPE.size + length


def _next(data: bytes, at: int) -> tuple[int, bytes, int] | None:
    """The start of the next good frame, its body and the length of its header."""
    while (at := data.find(MARKER, at)) >= 0:
        if at + ENVELOPE.size > len(data):
            return None
        _, length, checksum, size = ENVELOPE.unpack_from(data, at)
        body = data[at + ENVELOPE.size : at + ENVELOPE.size + length]
        if SHORTEST <= size <= length <= LARGEST and len(body) == length and zlib.crc32(body, size) == checksum:
            return at, body, size
        at += 1
    return None
