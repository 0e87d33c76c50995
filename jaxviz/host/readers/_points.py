"""Points of many named series in any order -> one array each."""

from array import array
from collections.abc import Hashable
from typing import Generic, TypeVar

import numpy as np

from ._array import Array

Key = TypeVar("Key", bound=Hashable)


class PointStore(Generic[Key]):
    """Step, time and value of each point, under a key: 24 bytes a point."""

    def __init__(self) -> None:
        self._columns: dict[Key, tuple[array, array, array]] = {}

    def put(self, key: Key, step: int, time: float, value: float) -> None:
        """Add a point. OverflowError for a step beyond 64 bits."""
        columns = self._columns.get(key)
        if columns is None:
            columns = self._columns[key] = (array("q"), array("d"), array("d"))
        steps, times, values = columns
        steps.append(step)
        times.append(time)
        values.append(value)

    def arrays(self) -> dict[Key, tuple[Array, Array, Array]]:
        """Key → step [entry] int64, time [entry], values [entry], in the order in which they came."""
        return {
            key: (np.array(step, np.int64), np.array(time, float), np.array(values, float))
            for key, (step, time, values) in self._columns.items()
        }
