"""Parquet of anybody -> columns, by polars."""

from pathlib import Path
from typing import Any

import numpy as np

from ._cells import Numbers
from ._content import FREE, MOST_GROWTH

_INDEX = "__index_level_"


def polars_columns(path: Path, polars: Any) -> tuple[dict[str, Numbers], list[str]]:
    """The columns of numbers, and the names of the others. ValueError if the file is damaged, or grows a hundredfold.

    Null is missing. Indices that pandas added are left out.
    """
    try:
        lazy = polars.scan_parquet(path, glob=False)
        schema = lazy.collect_schema()
        numeric = [name for name, kind in schema.items() if kind.is_numeric() or kind == polars.Boolean]
        rows = int(lazy.select(polars.len()).collect().item())
        _check_size(rows * max(1, len(numeric)) * 8, path.stat().st_size)
        frame = lazy.select(numeric).collect()
        found = {name: _numbers(frame[name], polars) for name in numeric if not name.startswith(_INDEX)}
    except (polars.exceptions.PolarsError, polars.exceptions.PanicException, OSError, OverflowError) as error:
        raise ValueError(f"it is damaged parquet: {' '.join(str(error).split())[:200]}") from None
    return found, [name for name in schema if name not in numeric]


def _check_size(declared: int, size: int) -> None:
    most = max(FREE, MOST_GROWTH * size)
    if declared > most:
        raise ValueError(f"it declares {declared} bytes of numbers, the most for a file of {size} bytes is {most}")


def _numbers(column: Any, polars: Any) -> Numbers:
    values = column.cast(polars.Float64)
    missing = values.is_null().to_numpy()
    return Numbers(values.fill_null(np.nan).to_numpy().astype(float), np.asarray(missing, bool))
