"""Rows in which most names are missing -> columns, made when they are asked for."""

from array import array
from collections.abc import Iterator, Mapping

import numpy as np

from ._cells import Numbers
from ._json_lines import MOST_NAMES


class SparseColumns(Mapping[str, Numbers]):
    """Columns of rows with any names: 16 bytes a value, whatever is missing."""

    def __init__(self) -> None:
        self.rows = 0
        self._places: dict[str, array] = {}
        self._values: dict[str, array] = {}

    def put(self, name: str, value: float) -> None:
        """A value in the row that is being filled."""
        if name not in self._values:
            if len(self._values) == MOST_NAMES:
                raise ValueError(f"there are more than {MOST_NAMES:,} names; {self.rows} rows are before that")
            self._places[name], self._values[name] = array("q"), array("d")
        self._values[name].append(value)
        self._places[name].append(self.rows)

    def end_row(self) -> None:
        self.rows += 1

    def __getitem__(self, name: str) -> Numbers:
        """The whole column; of two values in one row the last."""
        places = np.frombuffer(self._places[name], np.int64)
        values, missing = np.full(self.rows, np.nan), np.ones(self.rows, bool)
        values[places], missing[places] = np.frombuffer(self._values[name]), False
        return Numbers(values, missing)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)
