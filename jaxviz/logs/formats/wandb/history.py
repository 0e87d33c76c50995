"""The history of one W&B run as a table: CSV, with `_step`, `_runtime` and `_timestamp` among its columns."""

from pathlib import Path

from ....host.readers import Array, Numbers, ended, header, names_of, table, text
from ..._log import Format, Log
from ..._names import label
from .._reading import reader
from ..progress import table_notes
from ._columns import OWN, history_series

_SAMPLED = 500
"""Rows that `run.history()` draws at random unless it is told how many."""


def looks(head: bytes, path: Path) -> bool:
    """A first line of names with two of W&B's own, and none that is a label of runs."""
    return is_history(names_of(head))


def is_history(names: tuple[str, ...] | list[str]) -> bool:
    """Whether these are the columns of a history."""
    return len([name for name in names if name in OWN]) > 1 and not any(map(label, names))


def parse(content: bytes, path: Path) -> list[Log]:
    """The log of one run."""
    body, torn = ended(text(content))
    first = header(body)
    if not first.names:
        raise ValueError("it holds no line that has an end")
    found = table(first.body, first.names, line=first.line, needed=["_step"] if "_step" in first.names else [])
    return [history_log(found.numbers, tuple(table_notes(found, torn)))]


def history_log(columns: dict[str, Numbers], notes: tuple[str, ...]) -> Log:
    """The log of the columns of a history."""
    series, more = history_series(columns)
    step = columns.get("_step")
    sampled = () if step is None or not _is_sample(step.values) else (_SAMPLE_NOTE,)
    return Log(series, notes=(*notes, *sampled, *more))


_SAMPLE_NOTE = "500 rows of more: `run.history()` draws 500 at random; export `run.scan_history()` to have all of them"


def _is_sample(steps: Array) -> bool:
    """Whether it has as many rows as W&B draws, and of steps that are further apart than one."""
    return len(steps) == _SAMPLED and bool(steps[-1] - steps[0] >= _SAMPLED)


FORMAT = Format("W&B history", looks, reader(parse))
