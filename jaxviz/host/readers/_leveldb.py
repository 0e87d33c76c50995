"""Records framed as in LevelDB's log, which W&B writes: fragments in blocks of 32 KiB, each with its checksum.

A fragment is `crc: u32, length: u16, kind: u8, content`; its kind is whole, first, middle or last. The checksum is the
CRC-32 of the kind and the content; a block's last bytes, if they are too few for a head, are zeros.
"""

import struct
import zlib
from collections.abc import Iterator

_BLOCK, _HEAD = 1 << 15, 7
_WHOLE, _FIRST, _MIDDLE, _LAST = 1, 2, 3, 4
_head_at = struct.Struct("<IHB").unpack_from


class Losses:
    """What a file lost, and where."""

    def __init__(self) -> None:
        self.places: list[int] = []
        """Where fragments are that do not meet their checksums, or that belong to no record."""
        self.torn: int | None = None
        """Where the fragment or record begins that the file ends in."""


def leveldb_records(data: bytes, start: int, losses: Losses) -> Iterator[bytes]:
    """The records of a file that begin after `start` bytes; `losses` tells afterwards what is missing.

    After damage the next record is looked for behind the damaged fragment, or else in the next block.
    """
    parts: list[bytes] = []
    begun = 0
    for at, kind, content in _fragments(data, start, losses):
        if kind in (_WHOLE, _FIRST):
            if parts:
                losses.places.append(begun)
            begun, parts = at, [content]
        elif parts and at >= 0:
            parts.append(content)
        else:
            parts = []
            continue
        if kind in (_WHOLE, _LAST):
            yield b"".join(parts)
            parts = []
    if parts and losses.torn is None:
        losses.torn = begun


def _fragments(data: bytes, at: int, losses: Losses) -> Iterator[tuple[int, int, bytes]]:
    """Place, kind and content of each fragment; place -1 for one that is lost."""
    while at < len(data):
        left = _BLOCK - at % _BLOCK
        if left < _HEAD or not any(data[at : at + _HEAD]):
            at = _after_zeros(data, at, left, losses)
            continue
        if at + _HEAD > len(data):
            losses.torn = at
            return
        crc, length, kind = _head_at(data, at)
        end = at + _HEAD + length
        content = data[at + _HEAD : end]
        if _HEAD + length <= left and _WHOLE <= kind <= _LAST:
            if end > len(data):
                losses.torn = at
                return
            if zlib.crc32(content, zlib.crc32(bytes([kind]))) == crc:
                yield at, kind, content
                at = end
                continue
        losses.places.append(at)
        yield -1, _MIDDLE, b""
        at = end if _is_fragment(data, end) and end <= at + left else at + left


def _after_zeros(data: bytes, at: int, left: int, losses: Losses) -> int:
    """The next block; what is not zero before it is damage."""
    if any(data[at : at + left]):
        losses.places.append(at)
    return at + left


def _is_fragment(data: bytes, at: int) -> bool:
    """Whether a fragment that meets its checksum begins here."""
    if at + _HEAD > len(data):
        return False
    crc, length, kind = _head_at(data, at)
    content = data[at + _HEAD : at + _HEAD + length]
    return len(content) == length and zlib.crc32(content, zlib.crc32(bytes([kind]))) == crc
