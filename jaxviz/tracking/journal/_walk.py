"""The way through the segments of a journal, from a position on, and the damage on it."""

from pathlib import Path
from typing import BinaryIO, NamedTuple

from . import _format, _frames
from ._format import Entry
from ._records import OpenRecord, Record

_CHUNK = 1 << 20
"""Bytes read at a time: some thousands of records, so that memory does not grow with the journal."""


class Part(NamedTuple):
    """The records of a segment that follow a position."""

    segment: int
    offset: int
    """Where they begin."""
    entries: list[Entry]
    """None if nothing more has been written."""
    broken: dict[int, int]
    """Segments on the way there with damage, and about how many bytes of them belong to no record."""

    @property
    def end(self) -> int:
        """Where they end."""
        return self.entries[-1].end if self.entries else self.offset

    @property
    def records(self) -> list[Record]:
        """What there is to send: an opening is nothing."""
        return [entry.record for entry in self.entries if not isinstance(entry.record, OpenRecord)]

    @property
    def damaged(self) -> set[int]:
        """Segments with damage on the way to the last of these records."""
        return {*self.broken, *([self.segment] if any(map(damage, self.entries)) else [])}


def part(journal: Path, segment: int, offset: int) -> Part:
    """The next records behind a position: a bounded part of a segment, or all of it if one is longer."""
    broken: dict[int, int] = {}
    entries = read(_format.segment(journal, segment), offset)
    while not entries and (following := _after(journal, segment)) is not None:
        if entries := read(_format.segment(journal, segment), offset):  # it grew until the next one began
            break
        entries = read(_format.segment(journal, following), 0)
        broken |= _between(journal, (segment, offset), following, entries)
        segment, offset = following, 0
    return Part(segment, offset, entries, broken)


def read(path: Path, offset: int) -> list[Entry]:
    """Records of a file from `offset` on: a bounded part of it, or all of it if one record or damage is longer."""
    number = _format.number_of(path)
    try:
        with path.open("rb") as file:
            file.seek(offset)
            data = file.read(_CHUNK)
            entries = _format.decode(data, offset, number)
            return entries or (_format.decode(data + file.read(), offset, number) if data else [])
    except FileNotFoundError:
        return []


def continues(segment: Path, offset: int) -> bool:
    """Whether a segment begins as one of its number, and a record may begin at a place, or the segment ends there."""
    try:
        with segment.open("rb") as file:
            return all(_stands_at(file, _format.number_of(segment), place) for place in (0, offset))
    except FileNotFoundError:
        return True


def _stands_at(file: BinaryIO, segment: int, offset: int) -> bool:
    file.seek(offset)
    return _frames.stands_at(file.read(_frames.PLACE.size), segment, offset)


def damage(entry: Entry) -> int:
    """About how many bytes before a record belong to none, or should be there."""
    return max(entry.damaged, int(entry.is_misplaced))


def _between(journal: Path, position: tuple[int, int], following: int, entries: list[Entry]) -> dict[int, int]:
    """Damage from a position, behind which no record is, to the records of the next segment that there is."""
    segment, offset = position
    size, before = _format.size(_format.segment(journal, segment)), _before(entries)
    missing = before is not None and following == segment + 1 and before != size
    found = {segment: max(size - offset, int(missing)), following: int(following != segment + 1)}
    return {number: size for number, size in found.items() if size}


def _before(entries: list[Entry]) -> int | None:
    """How long the segment before these records was, if they tell."""
    first = entries[0].record if entries else None
    return first.before if isinstance(first, OpenRecord) else None


def _after(journal: Path, number: int) -> int | None:
    """The number of the next segment that there is."""
    if _format.segment(journal, number + 1).exists():
        return number + 1
    return min((n for n in map(_format.number_of, _format.segments(journal)) if n > number), default=None)
