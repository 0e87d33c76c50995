"""Entries of logs in their order: parts of a run joined, workers merged, repeated and older entries found."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Kept(NamedTuple):
    """Which entries of a series are its run's."""

    places: np.ndarray
    """[kept]: their places."""
    repeated: int
    """Entries left out for a later one at the same step."""
    older: int
    """Entries left out as the run was resumed at a step before theirs."""


def kept_entries(step: np.ndarray, *, several: bool) -> Kept:
    """Entries behind which no step is lower, and, unless `several` may share a step, none is equal."""
    size = len(step)
    later = np.minimum.accumulate(step[::-1])[::-1]
    falls, equals = np.zeros(size, bool), np.zeros(size, bool)
    falls[:-1] = later[1:] < step[:-1]
    if several:  # what the older part has at the step of a restart is older too
        restarts = np.r_[np.where(np.diff(step) < 0, step[1:], np.iinfo(np.int64).max), np.iinfo(np.int64).max]
        falls |= np.minimum.accumulate(restarts[::-1])[::-1] <= step
    else:
        equals[:-1] = later[1:] == step[:-1]
    return Kept(np.flatnonzero(~falls & ~equals), int(equals.sum()), int(falls.sum()))


def rises(step: np.ndarray) -> bool:
    """Whether each step is above the one before."""
    return bool((step[1:] > step[:-1]).all())


def count_falls(step: np.ndarray) -> int:
    """How often a step is below the one before."""
    return int((np.diff(step) < 0).sum())


def falls_to_first(step: np.ndarray) -> bool:
    """Whether it begins again, and goes nowhere below its first step."""
    return len(step) > 1 and bool((step[1:] < step[:-1]).any()) and bool(step.min() == step[0])


def rises_from(step: np.ndarray, first: float) -> bool:
    """Whether it begins there, and each step is above the one before."""
    return len(step) > 0 and bool(step[0] == first) and rises(step)


def is_grid(step: np.ndarray) -> bool:
    """Whether sorted steps are all different and about evenly spaced, as no lengths of episodes are."""
    gaps = np.diff(np.sort(step))
    return len(gaps) > 0 and bool(gaps.min() > 0) and bool(gaps.max() <= 3 * np.median(gaps))


def is_even(step: np.ndarray) -> bool:
    """Whether steps are three at least, each as far from the one before."""
    gaps = np.diff(step)
    return len(gaps) > 1 and bool((gaps == gaps[0]).all())


def sorted_places(step: np.ndarray) -> np.ndarray:
    """The places of steps in their order; those that are equal stay as they are."""
    return np.argsort(step, kind="stable")


def entries_per_step(step: np.ndarray) -> int:
    """How many entries in a row have each step, if all have the same number; else 1."""
    _, counts = np.unique(step, return_counts=True)
    rises = len(step) > 0 and bool((np.diff(step) >= 0).all())
    return int(counts[0]) if rises and bool((counts == counts[0]).all()) else 1


def merged_workers(
    times: Sequence[np.ndarray], values: Sequence[np.ndarray], lengths: Sequence[np.ndarray]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Episodes of parallel environments in the order in which they ended: times, values, lengths and steps."""
    time, value, length = (np.concatenate(columns) for columns in (times, values, lengths))
    order = np.argsort(time, kind="stable")
    return time[order], value[order], length[order], np.cumsum(length[order]).astype(np.int64)


def joined(parts: Sequence[np.ndarray]) -> np.ndarray:
    """Parts one after the other; rollouts of fewer columns than others' get NaN behind them."""
    if len({part.shape[1:] for part in parts}) == 1:
        return np.concatenate(parts)
    width = max(part.shape[1] if part.ndim > 1 else 1 for part in parts)
    wide = [part.reshape(len(part), -1) for part in parts]
    return np.concatenate([np.pad(part, ((0, 0), (0, width - part.shape[1])), constant_values=np.nan) for part in wide])


def steps_of(step: np.ndarray) -> np.ndarray | None:
    """Whole steps as int64; None if any has a fraction, or is not finite."""
    if step.dtype.kind in "iu":
        return step.astype(np.int64, copy=False)
    if not np.isfinite(step).all() or (np.abs(step) > 2.0**53).any() or (step != np.rint(step)).any():
        return None
    return step.astype(np.int64)


def same(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two arrays hold the same."""
    return a.shape == b.shape and bool((a == b).all())


def is_unset(step: np.ndarray, time: np.ndarray) -> bool:
    """Whether several entries of different times are all at step 0, which is what loggers write where none is given."""
    return len(step) > 1 and not step.any() and bool((time != time[0]).any())


def put_behind(step: np.ndarray) -> np.ndarray:
    """Steps that count from 0 again in later parts, put behind those before."""
    if len(step) == 0:
        return step
    falls = np.diff(step, prepend=step[0]) < 0
    before = np.where(falls, np.roll(step, 1), 0)
    return step + np.cumsum(before)


def has_finite(values: np.ndarray) -> bool:
    """Whether any value is a finite number."""
    return bool(np.isfinite(values).any())


def beyond_single(values: np.ndarray) -> int:
    """How many finite values are infinite in single precision."""
    return int((np.isfinite(values) & (np.abs(values) > np.finfo(np.float32).max)).sum())


def times(values: np.ndarray, factor: float) -> np.ndarray:
    """Values times a factor."""
    return values * factor
