"""Records and files that are in memory until the journal's disk has room for them."""

from collections import deque
from collections.abc import Iterable
from typing import NamedTuple


class BackedFile(NamedTuple):
    """A file of a journal, by its place in the journal's folder."""

    place: str
    content: bytes


Item = bytes | BackedFile


class Backlog:
    """Frames and files in the order they came."""

    def __init__(self) -> None:
        self.items: deque[Item] = deque()
        """A deque itself tells fastest whether it is empty, which every logged number asks."""
        self._unclaimed: set[str] = set()
        self.bytes = 0

    def __len__(self) -> int:
        return len(self.items)

    @property
    def first(self) -> Item:
        return self.items[0]

    def add(self, item: Item) -> None:
        """Add a frame, or a file whose record comes later."""
        self.items.append(item)
        self.bytes += _size(item)
        if isinstance(item, BackedFile):
            self._unclaimed.add(item.place)

    def add_first(self, frames: list[bytes]) -> None:
        """Add frames before all others."""
        self.items.extendleft(reversed(frames))
        self.bytes += sum(map(len, frames))

    def claim(self, places: Iterable[str]) -> None:
        """The record of these files comes now."""
        self._unclaimed.difference_update(places)

    def drop_first(self) -> None:
        """The first has been written."""
        self.bytes -= _size(self.items.popleft())

    def take(self) -> list[Item]:
        """Remove and return everything but the files whose records are still to come: they follow their records."""
        stays = [isinstance(item, BackedFile) and item.place in self._unclaimed for item in self.items]
        items = list(zip(self.items, stays, strict=True))
        self._keep(item for item, stay in items if stay)
        return [item for item, stay in items if not stay]

    def _keep(self, items: Iterable[Item]) -> None:
        self.items = deque(items)
        self.bytes = sum(map(_size, self.items))


def _size(item: Item) -> int:
    return len(item.content if isinstance(item, BackedFile) else item)
