"""Records of runs of one form, made from that of the first."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from ._records import Arrays, Record, Summary

_OF_SHAPE = ("valid", "count", "overflow")
"""Arrays that are the same for as many entries."""


def records_like(first: Record, columns: Mapping[str, np.ndarray]) -> list[Record] | None:
    """The records of runs that differ from `first` in these arrays [run, entry] only; values are finite, steps rise.

    None if anything else in it depends on its numbers.
    """
    others = first.arrays.keys() - columns.keys() - {"total_steps"}
    if any(name.rpartition("/")[2] not in _OF_SHAPE for name in others) or not columns.keys() <= first.arrays.keys():
        return None
    own = {name: _rows(column, first.arrays[name]) for name, column in columns.items()}
    if "total_steps" in first.arrays:
        ends = list(_ends(own))
        if not ends:
            return None
        own["total_steps"] = np.maximum.reduce(ends)
    names = tuple(own)
    same = {name: array for name, array in first.arrays.items() if name not in own}
    return [
        Record(same | dict(zip(names, arrays, strict=True)), first.words) for arrays in zip(*own.values(), strict=True)
    ]


def _rows(column: np.ndarray, like: np.ndarray) -> np.ndarray:
    """[run, …] of the type and shape of the first."""
    return np.ascontiguousarray(column, like.dtype).reshape(len(column), *like.shape)


def _ends(own: Arrays) -> Iterator[np.ndarray]:
    """The last steps [run] of the streams that say how long a training was: its updates, else all others."""
    streams = ("updates",) if "updates/step" in own else ("episodes", "evaluation")
    yield from (own[f"{part}/step"][:, -1] for part in streams if f"{part}/step" in own)


def summaries_like(first: Record, records: Sequence[Record]) -> list[Summary]:
    """What a table says of each of the records that are like the first."""
    said, name = first.summary(), f"{first.primary.partition('/')[0]}/step"
    if name not in first.arrays or not said.entries:
        return [said] * len(records)
    steps = (one.arrays[name] for one in records)
    return [Summary(int(step[0]), int(step[-1]), said.entries, said.diverged) for step in steps]
