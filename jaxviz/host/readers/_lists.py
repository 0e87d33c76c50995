"""Lists of numbers out of JSON -> arrays."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ._array import Array
from ._cells import floats


def grid(rows: Sequence[Sequence[Any]]) -> tuple[Array, bool]:
    """Rows of numbers as [entry, rollout], or [entry] if each has one; and whether they had one length.

    Where lengths differ, the mean of each row stands for it: [entry].
    """
    lists = [floats(row) for row in rows]
    if len({len(row) for row in lists}) > 1:
        with np.errstate(all="ignore"):
            return np.array([row.sum() / np.float64(len(row)) for row in lists]), False
    stacked = np.stack(lists) if lists else np.zeros((0, 1))
    return (stacked[:, 0] if stacked.shape[1] == 1 else stacked), True
