"""The door between the host and the device: the only room that imports NumPy.

In: anything array-like becomes a JAX array, or a ValueError that names it. Out: pytrees become NumPy arrays, flat
``a/b`` metrics, or one `.npz` file with readable metadata. `host.readers` turns the bytes of logs into arrays.
"""

from typing import TYPE_CHECKING

from .._lazily import lazily

if TYPE_CHECKING:
    from ._arrays import as_array as as_array
    from ._arrays import host_array as host_array
    from ._arrays import is_ragged as is_ragged
    from ._arrays import is_traced as is_traced
    from ._arrays import pad_ragged as pad_ragged
    from ._arrays import unmasked as unmasked
    from ._copies import copied_rows as copied_rows
    from ._frames import frame_columns as frame_columns
    from ._frames import is_frame as is_frame
    from ._frames import listing as listing
    from ._long_tables import LongTable as LongTable
    from ._long_tables import RunColumns as RunColumns
    from ._long_tables import pack_runs as pack_runs
    from ._long_tables import repeated_steps as repeated_steps
    from ._long_tables import rows_table as rows_table
    from ._long_tables import tidy_table as tidy_table
    from ._long_tables import wide_table as wide_table
    from ._numbers import flat_metrics as flat_metrics
    from ._numbers import host_grid as host_grid
    from ._numbers import moments as moments
    from ._numbers import path_name as path_name
    from ._numbers import scalars as scalars
    from ._numbers import to_host as to_host
    from ._ragged import pad_nested as pad_nested
    from ._run_files import load_metadata as load_metadata
    from ._run_files import load_run as load_run
    from ._run_files import save_run as save_run
    from ._step_order import check_order as check_order
    from ._step_order import check_total as check_total
    from ._steps import as_counter as as_counter
    from ._steps import as_lengths as as_lengths
    from ._steps import as_steps as as_steps
    from ._steps import as_times as as_times
    from ._steps import check_step as check_step

# At their first use: processes that read logs import `host.readers`, which does not need JAX.
_HOMES = {
    "LongTable": "_long_tables",
    "RunColumns": "_long_tables",
    "as_array": "_arrays",
    "as_counter": "_steps",
    "as_lengths": "_steps",
    "as_steps": "_steps",
    "as_times": "_steps",
    "check_order": "_step_order",
    "check_step": "_steps",
    "check_total": "_step_order",
    "copied_rows": "_copies",
    "flat_metrics": "_numbers",
    "frame_columns": "_frames",
    "host_array": "_arrays",
    "host_grid": "_numbers",
    "is_frame": "_frames",
    "is_ragged": "_arrays",
    "is_traced": "_arrays",
    "listing": "_frames",
    "load_metadata": "_run_files",
    "load_run": "_run_files",
    "moments": "_numbers",
    "pack_runs": "_long_tables",
    "pad_nested": "_ragged",
    "pad_ragged": "_arrays",
    "path_name": "_numbers",
    "repeated_steps": "_long_tables",
    "rows_table": "_long_tables",
    "save_run": "_run_files",
    "scalars": "_numbers",
    "tidy_table": "_long_tables",
    "to_host": "_numbers",
    "unmasked": "_arrays",
    "wide_table": "_long_tables",
}

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

__getattr__ = lazily(__name__, _HOMES)
