"""Records framed by length and checksum, as TensorFlow writes them: found, checked, and found again after damage.

A record is `length: u64, masked CRC of the length: u32, content, masked CRC of the content: u32`.
"""

import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

import numpy as np

from ._array import Array
from ._checksums import crc32c, masked, masked_crc, window_crcs

_HEAD, _FOOT = 12, 4
_BLOCK = 1 << 20
"""Bytes in memory at a time: enough that NumPy's calls are few. A longer record is read as a whole."""
_AFTER_DAMAGE = 16
"""Records of the first chunk after damage; it doubles while there is none, so that the time is linear in the file."""
_WINDOW, _WIDEST = 1 << 6, 1 << 14
_length_at = struct.Struct("<Q").unpack_from


class Chunk(NamedTuple):
    """Records in a row that are whole."""

    data: bytes
    base: int
    """Where in the file `data` begins."""
    starts: Array
    """[record] int64: where in `data` the content begins."""
    lengths: Array
    """[record] int64."""


class Damage:
    """What a file lost, and where."""

    def __init__(self) -> None:
        self.records: list[int] = []
        """Places of records whose content does not meet its checksum."""
        self.gaps: list[tuple[int, int]] = []
        """From and to which byte no record could be found."""
        self.torn: int | None = None
        """Where a record begins that the file ends in."""


class _Part:
    """The part of a file that is in memory."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.size = file, file.seek(0, 2)
        self.data, self.base = b"", file.seek(0)
        self.move(0, 0)

    def move(self, at: int, need: int) -> None:
        """Forget what is before `at`, and hold at least `need` bytes from there on if the file has them."""
        rest = self.data[at:]
        self.data = rest + self.file.read(max(_BLOCK, need - len(rest)))
        self.base += at

    @property
    def last(self) -> bool:
        return self.base + len(self.data) >= self.size


def whole_records(file: BinaryIO, damage: Damage) -> Iterator[Chunk]:
    """The records of a file whose checksums hold, chunk by chunk; `damage` tells afterwards what is missing.

    A content that does not meet its checksum is skipped where its length does; where neither does, the search goes on
    for the next length that meets its own.
    """
    part, at, most = _Part(file), 0, _BLOCK
    while part.base + at < part.size:
        starts, after = _walk(part.data, at, most)
        if not starts.size:
            at = _next(part, at, damage)
            continue
        lengths = np.diff(np.append(starts, after + _HEAD)) - _HEAD - _FOOT
        good = _sound(part.data, starts, lengths)
        lost = _first_lost(part, starts[~good], damage)
        kept = good & (starts < lost)
        if kept.any():
            yield Chunk(part.data, part.base, starts[kept], lengths[kept])
        at, most = after, 2 * most
        if lost < len(part.data):
            at, most = _found_again(part, lost - _HEAD, damage), _AFTER_DAMAGE


def is_head(data: bytes, start: int) -> bool:
    """Whether a record surely begins here: its length meets its checksum."""
    stored = data[start + 8 : start + _HEAD]
    return len(stored) == 4 and masked_crc(data[start : start + 8]) == int.from_bytes(stored, "little")


def _walk(data: bytes, at: int, most: int) -> tuple[Array, int]:
    """Where contents begin if all lengths are right, and the place after the last."""
    starts, size = [], len(data)
    while len(starts) < most and at + _HEAD + _FOOT <= size:
        end = at + _HEAD + _FOOT + _length_at(data, at)[0]
        if end > size:
            break
        starts.append(at + _HEAD)
        at = end
    return np.array(starts, np.int64), at


def _sound(data: bytes, starts: Array, lengths: Array) -> Array:
    """Which contents meet their checksums, [record] bool."""
    ends = starts + lengths
    crcs = [crc32c(data[start:end]) for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
    return masked(np.array(crcs, np.uint32)) == words_at(np.frombuffer(data, np.uint8), ends)


def words_at(data: Array, places: Array) -> Array:
    """The four bytes at each place as little-endian numbers, [place] uint32."""
    if not places.size:
        return np.zeros(0, np.uint32)
    rows = np.lib.stride_tricks.sliding_window_view(data, 4)[places]
    return np.ascontiguousarray(rows).view("<u4")[:, 0]


def _first_lost(part: _Part, bad: Array, damage: Damage) -> int:
    """The first bad content whose length is wrong as well, after which nothing is where it seems; else no place."""
    for start in bad.tolist():
        if not is_head(part.data, start - _HEAD):
            return start
        damage.records.append(part.base + start - _HEAD)
    return len(part.data) + 1


def _next(part: _Part, at: int, damage: Damage) -> int:
    """Where to go on after the last record that is whole in memory: the rest of the file is needed, torn or damaged."""
    there, here = len(part.data) - at, part.base + at
    sure = is_head(part.data, at)
    need = _HEAD + _FOOT + (_length_at(part.data, at)[0] if sure else 0)
    if here + need > part.size and (sure or there < _HEAD):
        damage.torn = here
        return part.size - part.base
    if need > there and not part.last:
        part.move(at, need)
        return 0
    return _found_again(part, at, damage)


def _found_again(part: _Part, lost: int, damage: Damage) -> int:
    """The next place after `lost` where a record surely begins, else the end of the file."""
    gap, at = part.base + lost, lost + 1
    while (found := _search(part.data, at)) is None and not part.last:
        part.move(max(at, len(part.data) - _HEAD + 1), 0)
        at = 0
    at = len(part.data) if found is None else found
    damage.gaps.append((gap, part.base + at))
    return at


def _search(data: bytes, at: int) -> int | None:
    """The first place from `at` on where a record surely begins."""
    window, buffer = _WINDOW, np.frombuffer(data, np.uint8)
    while at + _HEAD <= len(data):
        near = buffer[at : at + window + _HEAD - 1]
        heads = np.arange(near.size - _HEAD + 1)
        found = heads[window_crcs(near, 8)[: heads.size] == words_at(near, heads + 8)]
        if found.size:
            return at + int(found[0])
        at, window = at + heads.size, min(2 * window, _WIDEST)
    return None
