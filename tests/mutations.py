"""Seeded damage to the bytes of a file, of every kind: what disks, transfers and other people do to it."""

import random
from collections.abc import Callable, Iterator

import pytest

from .marks import exhaustive

_LONGEST = 256
_EXTREMES = (b"\x00\x00\x00\x00", b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\x00\x00\x00\x80", b"NaN,", b"-1  ")


def _flip(content: bytearray, rng: random.Random) -> None:
    """One bit."""
    content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)


def _flips(content: bytearray, rng: random.Random) -> None:
    """Some bits anywhere."""
    for _ in range(rng.randint(2, 20)):
        _flip(content, rng)


def _truncate(content: bytearray, rng: random.Random) -> None:
    """The end is missing."""
    del content[rng.randrange(len(content)) :]


def _extend(content: bytearray, rng: random.Random) -> None:
    """Something else follows."""
    content += rng.randbytes(rng.randint(1, _LONGEST))


def _swap(content: bytearray, rng: random.Random) -> None:
    """Two blocks stand in each other's place."""
    size = _size(content, rng)
    i, j = (rng.randrange(len(content) - size + 1) for _ in range(2))
    content[i : i + size], content[j : j + size] = content[j : j + size], content[i : i + size]


def _duplicate(content: bytearray, rng: random.Random) -> None:
    """A block stands twice."""
    size = _size(content, rng)
    i = rng.randrange(len(content) - size + 1)
    content[i:i] = content[i : i + size]


def _overwrite(content: bytearray, rng: random.Random) -> None:
    """A block has the content of another one."""
    size = _size(content, rng)
    i, j = (rng.randrange(len(content) - size + 1) for _ in range(2))
    content[i : i + size] = content[j : j + size]


def _remove(content: bytearray, rng: random.Random) -> None:
    """A block is missing."""
    i = rng.randrange(len(content))
    del content[i : i + _size(content, rng)]


def _zero(content: bytearray, rng: random.Random) -> None:
    """A block is zeros, as after a power cut."""
    size = _size(content, rng)
    i = rng.randrange(len(content) - size + 1)
    content[i : i + size] = bytes(size)


def _extreme(content: bytearray, rng: random.Random) -> None:
    """Four bytes are the largest or smallest number, or words."""
    i = rng.randrange(len(content))
    content[i : i + 4] = rng.choice(_EXTREMES)


def _size(content: bytearray, rng: random.Random) -> int:
    return rng.randint(1, max(1, min(_LONGEST, len(content) // 2)))


_Kind = Callable[[bytearray, random.Random], None]
KINDS: tuple[_Kind, ...] = (
    *(_flip, _flips, _truncate, _extend, _swap, _duplicate, _overwrite, _remove, _zero, _extreme),
)
COUNTS = pytest.mark.parametrize("count", [20, exhaustive(5000)])
"""Mutations of each file: some in every test, thousands in the long one."""


def mutations(content: bytes, count: int, seed: int = 0) -> Iterator[tuple[str, bytes]]:
    """`count` damaged versions of a file, each with its name; the kinds take turns. Equal for equal arguments."""
    for i in range(count):
        kind = KINDS[i % len(KINDS)]
        changed, rng = bytearray(content), random.Random(f"{seed} {i}")
        kind(changed, rng)
        yield f"{kind.__name__} {seed} {i}", bytes(changed)
