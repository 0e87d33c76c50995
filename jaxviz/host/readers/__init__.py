"""Bytes of logs -> NumPy arrays. Nothing here imports JAX, so that a process that reads files starts at once."""

import numpy as np

from ._cells import NotNumberError, Numbers, finite, leading, number, numbers, whole
from ._content import HEAD, content, decoded, head, text
from ._delimited import Lines, cell_rows, ended, number_rows
from ._stored import npy, npz
from ._tables import Header, Table, column_names, continued, header, join_columns, running_total, table

Array = np.ndarray

__all__ = [
    "HEAD",
    "Array",
    "Header",
    "Lines",
    "NotNumberError",
    "Numbers",
    "Table",
    "cell_rows",
    "column_names",
    "content",
    "continued",
    "decoded",
    "ended",
    "finite",
    "head",
    "header",
    "join_columns",
    "leading",
    "npy",
    "npz",
    "number",
    "number_rows",
    "numbers",
    "running_total",
    "table",
    "text",
    "whole",
]
