"""Scores of runs as a table."""

from collections.abc import Sequence

import numpy as np


def score_table(columns: Sequence[Sequence[float]]) -> np.ndarray:
    """[run, task] float64 of columns of equal length, one a task."""
    return np.array(columns, np.float64).T
