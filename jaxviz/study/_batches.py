"""Cells as few batches: those of like kinds are padded to common sizes where that costs less than another program."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..host import Common, Record, axis_sizes, common_arrays, total_of

Sizes = dict[tuple[str, str], int]
"""(part, axis) → entries."""
_FREE = 1 << 24
"""Entries of padding that take less time than a program takes to compile: on two cores 0.2 s against 1.5 s."""
_ENTRIES = ("episode", "update", "eval")
"""Axes that grow while a training runs: their sizes are rounded up, so that a run that went on needs no new program."""


class Part(NamedTuple):
    """The runs of one cell."""

    cell: int
    """Its place among the cells."""
    records: list[Record]
    common: Common
    sizes: Sizes


class Batch(NamedTuple):
    """Cells that are analysed together."""

    parts: list[Part]
    sizes: Sizes


def batches(cells: Sequence[Sequence[Record]]) -> list[Batch]:
    """The batches of cells of runs: one for each kind, more where their lengths differ much."""
    kinds: dict[object, list[Part]] = defaultdict(list)
    for i, records in enumerate(cells):
        common = common_arrays(records)
        part = Part(i, list(records), common, axis_sizes(records, common.names))
        kinds[_kind(part)].append(part)
    return [batch for parts in kinds.values() for batch in _merged(parts)]


def _kind(part: Part) -> object:
    """What has to be alike in a batch."""
    found = {
        name: record.arrays[name] for record in part.records for name in part.common.names if name in record.arrays
    }
    policies = tuple((name, a.shape) for name, a in sorted(found.items()) if name.startswith("polic"))
    dtypes = tuple((name, a.dtype.name) for name, a in sorted(found.items()))
    stepped = all(total_of(record.arrays) is not None for record in part.records)
    return part.common.names, part.common.words, policies, dtypes, stepped


def _merged(parts: Sequence[Part]) -> list[Batch]:
    """Parts of one kind, the widest first, each joined to the batch before unless that would be mostly padding."""
    found: list[Batch] = []
    runs = entries = 0  # of the last batch
    for part in sorted(parts, key=lambda part: (-width(rounded(part.sizes)), part.cell)):
        own, more = rounded(part.sizes), len(part.records)
        joined = {axis: max(size, found[-1].sizes[axis] if found else 0) for axis, size in own.items()}
        if found and (runs + more) * width(joined) - entries - more * width(own) <= _FREE:
            found[-1].parts.append(part)
            found[-1].sizes.update(joined)
        else:
            found.append(Batch([part], own))
            runs = entries = 0
        runs, entries = runs + more, entries + more * width(own)
    return found


def width(sizes: Mapping[tuple[str, str], int]) -> int:
    """Entries of one run: of each of its parts the product of its axes."""
    parts: dict[str, list[int]] = defaultdict(list)
    for (part, _), size in sizes.items():
        parts[part].append(size)
    return sum(math.prod(own) for own in parts.values())


def rounded(sizes: Sizes) -> Sizes:
    """The sizes, those of growing axes rounded up to a power of two or the middle between two."""
    return {(part, axis): _up(size) if axis in _ENTRIES else size for (part, axis), size in sizes.items()}


def _up(size: int) -> int:
    power = 1 << max(size - 1, 0).bit_length()
    return power * 3 // 4 if power >= 4 and size <= power * 3 // 4 else power
