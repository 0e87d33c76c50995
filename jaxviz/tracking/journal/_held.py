"""What a journal holds in memory until its disk has room: frames of records, and the files that they speak of."""

from collections import deque
from collections.abc import Iterable
from typing import Any, NamedTuple

from . import _record


class File(NamedTuple):
    """A file of a journal, by its place in the journal's folder."""

    place: str
    content: bytes


Item = bytes | File


class Held:
    """Frames and files in the order they came."""

    def __init__(self) -> None:
        self._items: deque[Item] = deque()
        self._unclaimed: set[str] = set()
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._items)

    @property
    def first(self) -> Item:
        return self._items[0]

    def add(self, item: Item) -> None:
        """Hold a frame, or a file whose record comes later."""
        self._items.append(item)
        self.bytes += _size(item)
        if isinstance(item, File):
            self._unclaimed.add(item.place)

    def add_first(self, frames: bytes) -> None:
        """Hold frames before all others."""
        self._items.appendleft(frames)
        self.bytes += len(frames)

    def claim(self, header: dict[str, Any]) -> None:
        """The record of files comes now."""
        self._unclaimed.difference_update(_record.files(header))

    def drop_first(self) -> None:
        """The first has been written."""
        self.bytes -= _size(self._items.popleft())

    def take(self) -> list[Item]:
        """All but the files whose records are still to come: those go where their records will."""
        stays = [isinstance(item, File) and item.place in self._unclaimed for item in self._items]
        items = list(zip(self._items, stays, strict=True))
        self._keep(item for item, stay in items if stay)
        return [item for item, stay in items if not stay]

    def _keep(self, items: Iterable[Item]) -> None:
        self._items = deque(items)
        self.bytes = sum(map(_size, self._items))


def _size(item: Item) -> int:
    return len(item.content if isinstance(item, File) else item)
