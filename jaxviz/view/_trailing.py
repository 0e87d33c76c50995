"""Trailing statistics: of every run, and over the runs."""

import dataclasses
from typing import Literal

from .._steps import plain
from .._types import Array
from ..aggregation import WindowQuantiles
from ..analysis import WindowStatistics
from ._compute import WINDOW
from ._series import COUNTED, STEPS, positions
from ._view import View, known

TrailingName = Literal["mean", "std", "cv", "mean_length", "fraction_above"]
"""The trailing statistics that are drawn."""


@dataclasses.dataclass(frozen=True)
class Trailing:
    """Trailing statistics of the stream as NumPy arrays."""

    window: int
    entry: str
    x_name: str
    x: Array | None
    """[configuration, run or 1, entry]; None: no single runs are known."""
    single: WindowStatistics | None
    """[configuration, run, entry]; None: no single runs are known."""
    over_runs: WindowQuantiles | None
    """[configuration, …]; None: one run each."""

    @property
    def counted(self) -> bool:
        """x counts entries instead of steps."""
        return self.x_name != STEPS

    def run(self, name: TrailingName, configuration: int, run: int) -> tuple[Array, Array]:
        """x and y of one run from its first full window on."""
        full = slice(self.window - 1, None)
        y = known(of_statistic(known(self.single), name))
        return known(self.x)[configuration, run][full], y[configuration, run][full]

    def quantiles(self, name: TrailingName, configuration: int) -> tuple[Array, Array]:
        """x and the quantiles over runs [quantile, point]."""
        over_runs = known(self.over_runs)
        return over_runs.index[configuration] + 1, known(of_statistic(over_runs, name))[configuration]

    def middle(self, name: TrailingName, configuration: int) -> tuple[Array, Array]:
        """x and y of the median over runs, or of the only run."""
        if self.over_runs is None:
            return self.run(name, configuration, 0)
        x, quantiles = self.quantiles(name, configuration)
        return x, quantiles[len(quantiles) // 2]

    @property
    def line_name(self) -> str:
        """What the legend calls the line of one configuration."""
        return f"over {self.window} {self.entry}s" if self.over_runs is None else "median of the runs"

    def has(self, name: TrailingName) -> bool:
        """The statistic was computed."""
        return of_statistic(self.single or known(self.over_runs), name) is not None


def of_statistic(statistics: WindowStatistics | WindowQuantiles, name: TrailingName) -> Array | None:
    """One of the statistics; None if it was not computed."""
    match name:
        case "mean":
            return statistics.mean
        case "std":
            return statistics.std
        case "cv":
            return statistics.cv
        case "mean_length":
            return statistics.mean_length
        case "fraction_above":
            return statistics.fraction_above


def has_windows(view: View) -> bool:
    """Trailing statistics were computed."""
    return bool(view.results.windows)


def trailing(view: View, window: int | None = None) -> Trailing:
    """The trailing statistics over `window` entries (None: the longest); ValueError if there are only others."""
    size = _choose(tuple(known(view.results.windows)), window)
    single = None if view.analysis is None or not view.analysis.windows else view.analysis.windows[size]
    over_runs = None if view.summary is None or not view.summary.windows else view.summary.windows[size]
    x_name, x = _x(view, single)
    return Trailing(int(size), view.entry, x_name, x, single, over_runs)


def _choose(sizes: tuple[str, ...], window: int | None) -> str:
    longest = max(sizes, key=int)
    if window is None or str(window) in sizes:
        return longest if window is None else str(window)
    if window == WINDOW:  # the default of a figure, not a wish
        return longest
    raise ValueError(f"the windows of this Analysis are {', '.join(sizes)}; analyse again with windows=({window},)")


def _x(view: View, single: WindowStatistics | None) -> tuple[str, Array | None]:
    """Environment steps if one run is drawn and they are known; else the index, on which runs are aggregated."""
    counted = COUNTED["episodes"] if view.entry == "episode" else COUNTED[view.source]
    if single is None:
        return counted, None
    step = stream_steps(view) if view.summary is None else None
    return (counted if step is None else STEPS), positions(step, single.mean)


def stream_steps(view: View) -> Array | None:
    """Steps of the stream that the windows were moved over [configuration, run, entry]; None: not known."""
    if view.run is not None and view.run.episodes is not None:
        step = view.run.episodes.step
        return None if step is None else plain(step)
    same_stream = view.source == "episodes" or view.entry != "episode"
    step = view.per_run.curve.step
    return plain(step) if same_stream and step is not None else None
