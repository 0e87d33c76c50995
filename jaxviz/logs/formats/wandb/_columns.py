"""History of W&B in any of its forms: columns of which most cells are blank, among them W&B's own."""

from collections.abc import Mapping

from ....host.readers import Numbers
from ..._log import Series
from .._series import series_of

OWN = ("_step", "_runtime", "_timestamp")
"""What W&B adds to every row."""


def history_series(
    columns: Mapping[str, Numbers], started: float | None = None
) -> tuple[dict[str, Series], tuple[str, ...]]:
    """The series of a run, and notes: against environment steps if every row has them, else against W&B's own step."""
    found = series_of(columns)
    series = {name: one for name, one in found.series.items() if name not in OWN and not name.startswith("_wandb")}
    return {name: _since(one, started) for name, one in series.items()}, tuple(found.notes)


def _since(series: Series, started: float | None) -> Series:
    """Times counted from the beginning of the run."""
    if started is None or series.time is None:
        return series
    return series._replace(time=series.time - started)
