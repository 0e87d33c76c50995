"""The door between the host and the device: the only room that imports NumPy.

In: anything array-like becomes a JAX array, or a ValueError that names it. Out: pytrees become NumPy arrays, flat
``a/b`` metrics, or one `.npz` file with readable metadata. `host.readers` turns the bytes of logs into arrays.
"""

from typing import TYPE_CHECKING

from .._lazily import lazily

if TYPE_CHECKING:
    from ._alike_records import records_like as records_like
    from ._alike_records import summaries_like as summaries_like
    from ._archive import saved_kind as saved_kind
    from ._array_files import load_arrays as load_arrays
    from ._array_files import save_arrays as save_arrays
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
    from ._record_files import load_records as load_records
    from ._record_files import save_records as save_records
    from ._records import Common as Common
    from ._records import Record as Record
    from ._records import Summary as Summary
    from ._records import Words as Words
    from ._records import as_run as as_run
    from ._records import as_total as as_total
    from ._records import axis_sizes as axis_sizes
    from ._records import common_arrays as common_arrays
    from ._records import fingerprint as fingerprint
    from ._records import joined_rows as joined_rows
    from ._records import loss_arrays as loss_arrays
    from ._records import records_of as records_of
    from ._records import rows_in_parts as rows_in_parts
    from ._records import stacked as stacked
    from ._records import stream_arrays as stream_arrays
    from ._records import total_of as total_of
    from ._run_files import load_metadata as load_metadata
    from ._run_files import load_run as load_run
    from ._run_files import save_run as save_run
    from ._scores import score_table as score_table
    from ._step_order import check_order as check_order
    from ._step_order import check_total as check_total
    from ._steps import as_counter as as_counter
    from ._steps import as_lengths as as_lengths
    from ._steps import as_steps as as_steps
    from ._steps import as_times as as_times
    from ._steps import check_step as check_step
    from ._tidy import TidyColumns as TidyColumns
    from ._tidy import tidy_columns as tidy_columns

# At their first use: processes that read logs import `host.readers`, which does not need JAX.
_HOMES = {
    "Common": "_records",
    "LongTable": "_long_tables",
    "Record": "_records",
    "RunColumns": "_long_tables",
    "TidyColumns": "_tidy",
    "Words": "_records",
    "as_array": "_arrays",
    "as_counter": "_steps",
    "as_lengths": "_steps",
    "as_run": "_records",
    "as_steps": "_steps",
    "as_times": "_steps",
    "as_total": "_records",
    "axis_sizes": "_records",
    "check_order": "_step_order",
    "check_step": "_steps",
    "check_total": "_step_order",
    "common_arrays": "_records",
    "copied_rows": "_copies",
    "fingerprint": "_records",
    "flat_metrics": "_numbers",
    "frame_columns": "_frames",
    "host_array": "_arrays",
    "host_grid": "_numbers",
    "is_frame": "_frames",
    "is_ragged": "_arrays",
    "is_traced": "_arrays",
    "joined_rows": "_records",
    "listing": "_frames",
    "load_arrays": "_array_files",
    "load_metadata": "_run_files",
    "load_records": "_record_files",
    "load_run": "_run_files",
    "loss_arrays": "_records",
    "moments": "_numbers",
    "pack_runs": "_long_tables",
    "pad_nested": "_ragged",
    "pad_ragged": "_arrays",
    "path_name": "_numbers",
    "records_like": "_alike_records",
    "summaries_like": "_alike_records",
    "Summary": "_records",
    "records_of": "_records",
    "repeated_steps": "_long_tables",
    "rows_in_parts": "_records",
    "rows_table": "_long_tables",
    "save_arrays": "_array_files",
    "save_records": "_record_files",
    "save_run": "_run_files",
    "saved_kind": "_archive",
    "scalars": "_numbers",
    "score_table": "_scores",
    "stacked": "_records",
    "stream_arrays": "_records",
    "tidy_columns": "_tidy",
    "tidy_table": "_long_tables",
    "to_host": "_numbers",
    "total_of": "_records",
    "unmasked": "_arrays",
    "wide_table": "_long_tables",
}

__all__ = [
    "Common",
    "LongTable",
    "Record",
    "RunColumns",
    "Summary",
    "TidyColumns",
    "Words",
    "as_array",
    "as_counter",
    "as_lengths",
    "as_run",
    "as_steps",
    "as_times",
    "as_total",
    "axis_sizes",
    "check_order",
    "check_step",
    "check_total",
    "common_arrays",
    "copied_rows",
    "fingerprint",
    "flat_metrics",
    "frame_columns",
    "host_array",
    "host_grid",
    "is_frame",
    "is_ragged",
    "is_traced",
    "joined_rows",
    "listing",
    "load_arrays",
    "load_metadata",
    "load_records",
    "load_run",
    "loss_arrays",
    "moments",
    "pack_runs",
    "pad_nested",
    "pad_ragged",
    "path_name",
    "records_like",
    "records_of",
    "repeated_steps",
    "rows_in_parts",
    "rows_table",
    "save_arrays",
    "save_records",
    "save_run",
    "saved_kind",
    "scalars",
    "score_table",
    "stacked",
    "stream_arrays",
    "summaries_like",
    "tidy_columns",
    "tidy_table",
    "to_host",
    "total_of",
    "unmasked",
    "wide_table",
]

__getattr__ = lazily(__name__, _HOMES)
