"""The door between the host and the device: the only room that imports NumPy.

In: anything array-like becomes a JAX array, or a ValueError that names it. Out: pytrees become NumPy arrays, flat
``a/b`` metrics, or one `.npz` file with readable metadata.
"""

from ._arrays import as_array, host_array, is_ragged, is_traced, pad_ragged, unmasked
from ._copies import copied_rows
from ._frames import frame_columns, is_frame, listing
from ._long_tables import LongTable, RunColumns, pack_runs, repeated_steps, rows_table, tidy_table, wide_table
from ._numbers import flat_metrics, host_grid, moments, path_name, scalars, to_host
from ._ragged import pad_nested
from ._run_files import load_metadata, load_run, save_run
from ._step_order import check_order, check_total
from ._steps import as_counter, as_lengths, as_steps, as_times, check_step

__all__ = [
    "LongTable",
    "RunColumns",
    "as_array",
    "as_counter",
    "as_lengths",
    "as_steps",
    "as_times",
    "check_order",
    "check_step",
    "check_total",
    "copied_rows",
    "flat_metrics",
    "frame_columns",
    "host_array",
    "host_grid",
    "is_frame",
    "is_ragged",
    "is_traced",
    "listing",
    "load_metadata",
    "load_run",
    "moments",
    "pack_runs",
    "pad_nested",
    "pad_ragged",
    "path_name",
    "repeated_steps",
    "rows_table",
    "save_run",
    "scalars",
    "tidy_table",
    "to_host",
    "unmasked",
    "wide_table",
]
