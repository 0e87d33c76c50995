"""Environment steps that a stream cannot have: falling or negative ones, and totals before its last entry."""

from typing import Any

import numpy as np

from ._arrays import is_traced


def check_order(step: Any, valid: Any, name: str) -> None:
    """ValueError if the steps [*batch, entry] of valid entries fall or are negative; traced ones are not looked at."""
    if step is None or _unknown(step, valid):
        return
    steps, there = _beside(step, valid)
    before = np.maximum.accumulate(np.where(there, steps, np.iinfo(np.int64).min), axis=-1)
    fallen = there & (steps < before)
    if fallen.any():
        place = tuple(np.argwhere(fallen)[0])
        raise ValueError(
            f"`{name}` must not fall, got {steps[place]} at entry {place[-1]} after {before[place]}: sort the entries, "
            "or read the parts of one training one by one and join them with jv.join_chunks([...])"
        )
    if (there & (steps < 0)).any():
        raise ValueError(f"`{name}` must not be negative, got {steps[there].min()}")


def check_total(total: Any, step: Any, valid: Any) -> None:
    """ValueError if `total_steps` [*batch] end before the last valid entry."""
    if total is None or step is None or _unknown(total, step, valid):
        return
    steps, there = _beside(step, valid)
    last, whole = np.where(there, steps, 0).max(axis=-1, initial=0), np.asarray(total).astype(np.int64)
    if (whole < last).any():
        place = tuple(np.argwhere(whole < last)[0])
        raise ValueError(f"`total_steps` is {whole[place]}, but the last entry is at step {last[place]}")


def _unknown(*arrays: Any) -> bool:
    return is_traced(arrays) or not all(getattr(one, "is_fully_addressable", True) for one in arrays)


def _beside(step: Any, valid: Any) -> tuple[np.ndarray, np.ndarray]:
    steps, there = np.asarray(step).astype(np.int64), np.asarray(valid)
    shape = np.broadcast_shapes(steps.shape, there.shape)
    return np.broadcast_to(steps, shape), np.broadcast_to(there, shape)
