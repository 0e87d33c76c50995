"""Parquet of one run: W&B's history, or a table with a column of steps. Needs polars (`jaxviz-rl[tables]`)."""

from pathlib import Path
from typing import Any

from ...host.readers import Numbers, has_polars, parquet_columns
from .._log import Format, Log, UnreadableError
from .._names import label, meaning
from ._reading import counted, guarded
from ._series import is_index, series_of
from .wandb.history import history_log, is_history


def looks(head: bytes, path: Path) -> bool:
    """The mark of parquet."""
    return head.startswith(b"PAR1")


def read(path: Path) -> list[Log]:
    """The log of one table. `UnreadableError` for tables of several runs, and without polars."""
    return guarded(lambda: _logs(path), path)


def _logs(path: Path) -> list[Log]:
    if not has_polars():
        raise UnreadableError("parquet is read with polars: pip install 'jaxviz-rl[tables]'")
    numbers, texts = _columns(path)
    names = [name for name in (*numbers, *texts) if not is_index(name)]
    verb = "was" if len(texts) == 1 else "were"
    left_out = f"{counted(len(texts), 'column')} of text {verb} left out: {', '.join(map(repr, texts[:10]))}"
    notes = (left_out,) if texts else ()
    if is_history(names):
        return [history_log(numbers, notes)]
    if any(map(label, names)) or not any(_is_step(name) for name in names):
        raise UnreadableError(
            f"a table with the columns {', '.join(map(repr, names[:10]))}: if it is of several runs, give "
            "jv.from_dataframe(polars.read_parquet(path), returns=..., step=..., run=...)"
        )
    found = series_of(_without_index(numbers))
    return [Log(found.series, notes=(*notes, *found.notes))]


def _columns(path: Path) -> tuple[dict[str, Numbers], list[str]]:
    try:
        return parquet_columns(path)
    except ValueError as error:
        raise UnreadableError(str(error)) from None


def _is_step(name: str) -> bool:
    known: Any = meaning(name)
    return known is not None and known.role == "step"


def _without_index(numbers: dict[str, Numbers]) -> dict[str, Numbers]:
    return {name: column for name, column in numbers.items() if not is_index(name)}


FORMAT = Format("parquet", looks, read)
