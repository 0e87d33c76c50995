"""Tables of pandas, polars or pyarrow -> NumPy columns. None of these is imported: a table is known by what it does."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

NUMBERS = "biuf"
"""Kinds of NumPy's types that hold numbers."""


class Column(NamedTuple):
    """A column of numbers, with what is missing in it."""

    values: np.ndarray
    """[row]; 0 where missing."""
    missing: np.ndarray
    """[row] bool. NaN counts only where the library has no other word for missing (pandas)."""


def is_frame(x: Any) -> bool:
    """Whether `x` is a table with named columns."""
    kind = type(x)
    return hasattr(kind, "columns") and hasattr(kind, "__getitem__") and not isinstance(x, Mapping)


def frame_columns(frame: Any) -> list[Hashable]:
    """The names of the columns. TypeError for anything but a table with its rows in memory."""
    if not is_frame(frame):
        raise TypeError(
            f"`frame` must be a pandas or polars DataFrame, got {type(frame).__name__}; arrays and lists go to "
            "from_arrays (episodes) or from_curves (one value per update)"
        )
    if hasattr(frame, "collect"):
        raise TypeError("`frame` is lazy: give frame.collect()")
    names = getattr(frame, "column_names", None)  # pyarrow's `columns` are the columns themselves
    return list(frame.columns if names is None else names)


def number_column(frame: Any, name: Hashable, argument: str) -> Column:
    """A column of numbers, by its name. ValueError that lists the columns there are, or says what it holds instead."""
    column = _column(frame, name, argument)
    missing = _missing(column)
    values = np.asarray(column.to_numpy())
    if values.dtype == object:
        values = _numbers(values, missing, name, argument)
    if values.dtype.kind not in NUMBERS:
        raise ValueError(f"`{argument}` must name a column of numbers: {name!r} holds {values.dtype}")
    return Column(np.where(missing, np.zeros((), values.dtype), values), missing)


def row_groups(frame: Any, names: Sequence[Hashable], argument: str) -> tuple[np.ndarray, tuple[int, ...]]:
    """The place of each row's group, and how many values each of the columns `names` has, in order of appearance."""
    places = [_places(frame, name, argument) for name in names]
    return np.stack([place for place, _ in places], axis=-1), tuple(size for _, size in places)


def _places(frame: Any, name: Hashable, argument: str) -> tuple[np.ndarray, int]:
    column = _column(frame, name, argument)
    missing = int(_missing(column).sum())
    if missing:
        raise ValueError(f"`{argument}` must name the run of every row: {name!r} is missing in {missing} rows")
    known: dict[Hashable, int] = {}
    return np.array([known.setdefault(value, len(known)) for value in _as_list(column)], int), len(known)


def _column(frame: Any, name: Hashable, argument: str) -> Any:
    names = frame_columns(frame)
    if names.count(name) == 1:
        return frame[name]
    if name in names:
        raise ValueError(f"`{argument}`: {names.count(name)} columns are called {name!r}; rename them first")
    index = getattr(getattr(frame, "index", None), "names", ())
    hint = "; it is the index: give frame.reset_index()" if name in index else ""
    raise ValueError(f"`{argument}`: there is no column {name!r}; the columns are {listing(names)}{hint}")


def listing(names: Iterable[Hashable]) -> str:
    """Names of columns for a message: the first thirty."""
    quoted = [repr(name) for name in names]
    more = f" and {len(quoted) - 30} more" if len(quoted) > 30 else ""
    return ", ".join(quoted[:30]) + more if quoted else "none"


def _missing(column: Any) -> np.ndarray:
    """[row]: polars and pyarrow have nulls beside NaN; in pandas NaN is the word for missing."""
    test = getattr(column, "is_null", None) or column.isna
    return np.asarray(test().to_numpy(), bool)


def _numbers(values: np.ndarray, missing: np.ndarray, name: Hashable, argument: str) -> np.ndarray:
    """Objects (nullable integers, decimals) as floats."""
    kept = [0.0 if absent else value for value, absent in zip(values, missing, strict=True)]
    text = next((value for value in kept if isinstance(value, str | bytes)), None)
    if text is None:
        try:
            return np.array([float(value) for value in kept])
        except (TypeError, ValueError):
            text = next(value for value in kept if not isinstance(value, int | float))
    raise ValueError(f"`{argument}` must name a column of numbers: {name!r} holds {text!r}")


def _as_list(column: Any) -> list[Any]:
    convert = getattr(column, "to_pylist", None) or getattr(column, "to_list", None) or column.tolist
    return convert()
