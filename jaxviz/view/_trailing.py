"""Trailing statistics: of every run, and over the runs."""

import dataclasses
from typing import Literal

from .._steps import plain
from .._types import Array
from ..aggregation import WindowQuantiles
from ..analysis import AUTO, WindowStatistics
from ._series import COUNTED, ENTRIES, STEPS, longest_name, positions
from ._trailing_steps import at_steps
from ._view import View, counted, known

TrailingName = Literal["mean", "std", "cv", "mean_length", "fraction_above"]
"""The trailing statistics that are drawn."""


@dataclasses.dataclass(frozen=True)
class Trailing:
    """Trailing statistics of the stream as NumPy arrays."""

    window_words: str
    """``100 episodes``"""
    each: str
    """``return of each update``, if no window has more than one entry: nothing is averaged then; else ""."""
    sizes: Array | None
    """Entries of the window of each run [configuration, run]; None: no single runs are known."""
    x_name: str
    x: Array | None
    """[configuration, run or 1, entry]; None: no single runs are known."""
    single: WindowStatistics | None
    """[configuration, run, entry]; None: no single runs are known."""
    over_runs: WindowQuantiles | None
    """[configuration, …]; None: one run each."""
    over_runs_x: Array | None
    """[configuration, point]; None: that of `over_runs` counts entries."""

    @property
    def counted(self) -> bool:
        """x counts entries instead of steps."""
        return self.x_name != STEPS

    def run(self, name: TrailingName, configuration: int, run: int) -> tuple[Array, Array]:
        """x and y of one run from its first full window on."""
        full = slice(int(known(self.sizes)[configuration, run]) - 1, None)
        y = known(of_statistic(known(self.single), name))
        return known(self.x)[configuration, run][full], y[configuration, run][full]

    def quantiles(self, name: TrailingName, configuration: int) -> tuple[Array, Array]:
        """x and the quantiles over runs [quantile, point]."""
        over_runs = known(self.over_runs)
        x = over_runs.index + 1 if self.over_runs_x is None else self.over_runs_x
        return x[configuration], known(of_statistic(over_runs, name))[configuration]

    def middle(self, name: TrailingName, configuration: int) -> tuple[Array, Array]:
        """x and y of the median over runs, or of the only run."""
        if self.over_runs is None:
            return self.run(name, configuration, 0)
        x, quantiles = self.quantiles(name, configuration)
        return x, quantiles[len(quantiles) // 2]

    @property
    def line_name(self) -> str:
        """What the legend calls the line of one configuration."""
        alone = self.each or f"over {self.window_words}"
        return alone if self.over_runs is None else "median of the runs"

    @property
    def mean_words(self) -> str:
        """The trailing mean in the words of a title."""
        return self.each or "trailing mean"

    @property
    def lacking(self) -> str:
        """Why there may be nothing to draw."""
        return "none is finite" if self.each else f"fewer than {self.window_words}, or none finite"

    def has(self, name: TrailingName) -> bool:
        """The statistic was computed, and is defined somewhere: a window of one entry has no spread and no share."""
        if self.each and name == "fraction_above":
            return False
        values = of_statistic(self.single or known(self.over_runs), name)
        return values is not None and bool((values == values).any())


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
    """The trailing statistics over `window` entries (None: the longest, or the runs' own); ValueError if there are
    only others."""
    name = _choose(tuple(known(view.results.windows)), window)
    single = None if view.analysis is None or not view.analysis.windows else view.analysis.windows[name]
    over_runs = None if view.summary is None or not view.summary.windows else view.summary.windows[name]
    x_name, x = _x(view, single)
    over_runs_x = None
    if x_name == STEPS and over_runs is not None:
        over_runs, over_runs_x = at_steps(view, known(single), known(x), over_runs)
    words = view.window_words if name == AUTO else counted(int(name), view.entry)
    longest = view.window[1] if name == AUTO else int(name)
    each = f"{view.metric} of each {view.entry}" if longest == 1 else ""
    return Trailing(words, each, _sizes(view, name), x_name, x, single, over_runs, over_runs_x)


def _sizes(view: View, name: str) -> Array | None:
    if view.analysis is None:
        return None
    return view.analysis.window if name == AUTO else view.analysis.window * 0 + int(name)


def _choose(names: tuple[str, ...], window: int | None) -> str:
    if window is None:
        return longest_name(names)
    if str(window) in names:
        return str(window)
    raise ValueError(f"the windows of this Analysis are {', '.join(names)}; analyse again with windows=({window},)")


def _x(view: View, single: WindowStatistics | None) -> tuple[str, Array | None]:
    """Environment steps if they are known; else the number of the entry."""
    order = COUNTED[view.results.kind]
    if single is None:
        return order, None
    step = stream_steps(view)
    unknown = ENTRIES if view.per_run.curve.step is not None and view.results.kind == "episodes" else order
    return (unknown if step is None else STEPS), positions(step, single.mean)


def stream_steps(view: View) -> Array | None:
    """Steps of the stream that the windows were moved over [configuration, run, entry]; None: not known."""
    if view.run is not None and view.run.episodes is not None:
        step = view.run.episodes.step
        return None if step is None else plain(step)
    same_entries = view.results.kind != "episodes"
    step = view.per_run.curve.step
    return plain(step) if same_entries and step is not None else None
