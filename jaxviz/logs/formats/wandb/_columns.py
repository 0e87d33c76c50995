"""History of W&B in any of its forms: columns of which most cells are blank, among them W&B's own."""

from collections.abc import Iterator, Mapping
from typing import Any

from ....host.readers import Numbers
from ..._log import Series
from .._series import series_of

_WORDS = ("NaN", "Infinity", "-Infinity")
_DEEPEST = 20
OWN = ("_step", "_runtime", "_timestamp")
"""What W&B adds to every row."""


def history_series(
    columns: Mapping[str, Numbers], started: float | None = None
) -> tuple[dict[str, Series], tuple[str, ...]]:
    """The series of a run, and notes: against environment steps if every row has them, else against W&B's own step."""
    found = series_of(columns)
    series = {name: one for name, one in found.series.items() if name not in OWN and not name.startswith("_wandb")}
    return {name: _since(one, started) for name, one in series.items()}, tuple(found.notes)


def numbers_in(name: str, value: Any, depth: int = 0) -> Iterator[tuple[str, float]]:
    """The numbers in a logged value, with their names; nested ones are joined by dots. Media and text are none."""
    if isinstance(value, bool | int | float) or (isinstance(value, str) and value in _WORDS):
        yield name, float(value)
    elif isinstance(value, dict) and "_type" not in value and depth < _DEEPEST:
        for inner, entry in value.items():
            yield from numbers_in(f"{name}.{inner}" if name else inner, entry, depth + 1)


def _since(series: Series, started: float | None) -> Series:
    """Times counted from the beginning of the run."""
    if started is None or series.time is None:
        return series
    return series._replace(time=series.time - started)
