"""Frames: the checksummed envelopes that the records of a journal are written in.

A frame is `marker, body length, crc32, header length` and the body: a header of text and raw bytes. The marker lets a
reader find the next good frame behind damaged bytes. Integers are little-endian, of 32 bits.

A frame in a segment has another marker and, behind it, its place: the numbers of its segment and of its first byte. One
that stands elsewhere tells that others are missing, twice there or in another order, though each of them is whole.
"""

import struct
import zlib
from typing import NamedTuple

MARKER, PLACED = b"\xa5jvr", b"\xa5jvp"
LARGEST = 1 << 24
"""No body is longer, so a longer length is damage: a reader need not look for the end of a frame beyond it."""
SHORTEST = 2
"""Every header is at least `{}`. Zeros behind a marker would be a frame of nothing, whose crc32 is 0."""
ENVELOPE, PLACE = struct.Struct("<4sIII"), struct.Struct("<4sII")
_LENGTHS = struct.Struct("<III")
_SHARED = b"\xa5jv"
_HEADS = {MARKER: len(MARKER), PLACED: PLACE.size}
"""Bytes before the lengths of a frame."""


class Frame(NamedTuple):
    """One frame and its place in the segment."""

    text: bytes
    blob: bytes
    end: int
    damaged: int
    """Bytes before it that belong to no frame."""
    is_misplaced: bool
    """Whether it says that it belongs elsewhere."""


def framed(text: bytes, blob: bytes) -> bytes:
    """A header and its bytes as a frame. ValueError if it is larger than a frame may be."""
    body = text + blob
    check_size(len(body))
    return ENVELOPE.pack(MARKER, len(body), zlib.crc32(body, len(text)), len(text)) + body


def check_size(size: int) -> None:
    """ValueError for a body that is too large."""
    if size > LARGEST:
        raise ValueError(f"a record of {size} bytes is larger than {LARGEST}")


def placed(frame: bytes, segment: int, offset: int) -> bytes:
    """A frame as it stands in a segment."""
    return PLACE.pack(PLACED, segment, offset) + frame[len(MARKER) :]


def unplaced(data: bytes) -> list[bytes]:
    """The frames of a segment without their places."""
    return [framed(frame.text, frame.blob) for frame in parse(data)]


def stands_at(data: bytes, segment: int, offset: int) -> bool:
    """Whether `data`, read at a place, may begin with a frame of that place, or ends there."""
    heads = PLACE.pack(PLACED, segment, offset), MARKER
    return any(data[: len(head)] == head[: len(data)] for head in heads)


def parse(data: bytes, start: int = 0, segment: int = 0) -> list[Frame]:
    """The whole frames in `data`, whose first byte stands at `start` in the segment.

    Reading stops before an incomplete frame, and before damage that nothing good follows: that is a torn end, or a
    frame that is being written.
    """
    frames, at = [], 0
    while (found := _next(data, at)) is not None:
        first, begin, body, size = found
        end = begin + len(body)
        is_misplaced = not stands_at(data[first : first + PLACE.size], segment, start + first)
        frames.append(Frame(body[:size], body[size:], start + end, first - at, is_misplaced))
        at = end
    return frames


def is_begun(data: bytes) -> bool:
    """Whether these bytes are the beginning of one frame, whose end is missing."""
    if len(data) < ENVELOPE.size:
        return (data[: len(MARKER)] or b"?") == MARKER[: len(data)]
    marker, length, _, size = ENVELOPE.unpack_from(data)
    return marker == MARKER and SHORTEST <= size <= length <= LARGEST and len(data) < ENVELOPE.size + length


def _next(data: bytes, at: int) -> tuple[int, int, bytes, int] | None:
    """The next good frame: where it and its body begin, the body, and the length of the header in it."""
    while (at := data.find(_SHARED, at)) >= 0:
        lengths = at + _HEADS.get(data[at : at + len(MARKER)], len(data))
        begin = lengths + _LENGTHS.size
        if begin <= len(data):
            length, checksum, size = _LENGTHS.unpack_from(data, lengths)
            body = data[begin : begin + length]
            if SHORTEST <= size <= length <= LARGEST and len(body) == length and zlib.crc32(body, size) == checksum:
                return at, begin, body, size
        at += 1
    return None
