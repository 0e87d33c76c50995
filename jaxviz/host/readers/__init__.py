"""Bytes of logs -> NumPy arrays. Nothing here imports JAX, so that a process that reads files starts at once."""

from ._alike import are_counts, fit_single, nothing_like, number_tables, rise_from_zero
from ._array import Array
from ._cells import (
    NotNumberError,
    Numbers,
    are_lengths,
    are_none,
    counting,
    counts_up,
    drained,
    finite,
    floats,
    goes_up,
    leading,
    number,
    numbers,
    whole,
)
from ._content import HEAD, content, decoded, head, is_plain, start, text
from ._delimited import Lines, cell_rows, ended, number_rows
from ._events import Events, Points, read_events
from ._json import check_names, grid, json_of, json_with_rows
from ._json_lines import MOST_NAMES, Records, first_objects, json_lines, json_records
from ._leveldb import Losses, leveldb_records
from ._long_rows import BLOCK, LARGE, Columns, Group, Groups, blocks, groups, has_polars
from ._parquet import parquet_columns
from ._points import PointStore
from ._protobuf import Field, fields, number_of, text_of
from ._sparse import SparseColumns
from ._sqlite import MAGIC as SQLITE
from ._sqlite import columns_of, database, real, rows_of, whole_number
from ._stored import npy, npz
from ._tables import (
    Header,
    Table,
    column_names,
    continued,
    header,
    join_columns,
    names_in,
    names_of,
    running_total,
    table,
    without_comments,
)

__all__ = [
    "BLOCK",
    "HEAD",
    "LARGE",
    "MOST_NAMES",
    "SQLITE",
    "Array",
    "Columns",
    "Events",
    "Field",
    "Group",
    "Groups",
    "Header",
    "Lines",
    "Losses",
    "NotNumberError",
    "Numbers",
    "PointStore",
    "Points",
    "Records",
    "SparseColumns",
    "Table",
    "are_counts",
    "are_lengths",
    "are_none",
    "blocks",
    "cell_rows",
    "check_names",
    "column_names",
    "columns_of",
    "content",
    "continued",
    "counting",
    "counts_up",
    "database",
    "decoded",
    "drained",
    "ended",
    "fields",
    "finite",
    "first_objects",
    "fit_single",
    "floats",
    "goes_up",
    "grid",
    "groups",
    "has_polars",
    "head",
    "header",
    "is_plain",
    "join_columns",
    "json_lines",
    "json_of",
    "json_records",
    "json_with_rows",
    "leading",
    "leveldb_records",
    "names_in",
    "names_of",
    "nothing_like",
    "npy",
    "npz",
    "number",
    "number_of",
    "number_rows",
    "number_tables",
    "numbers",
    "parquet_columns",
    "read_events",
    "real",
    "rise_from_zero",
    "rows_of",
    "running_total",
    "start",
    "table",
    "text",
    "text_of",
    "whole",
    "whole_number",
    "without_comments",
]
