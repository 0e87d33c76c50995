"""Trailing statistics: of every run, and over the runs."""

import dataclasses
from typing import Any

from ._compute import WINDOW
from ._series import COUNTED, STEPS, positions
from ._view import View


@dataclasses.dataclass(frozen=True)
class Trailing:
    """Trailing statistics of the stream as NumPy arrays; their names are those of `WindowStatistics`."""

    window: int
    entry: str
    x_name: str
    x: Any
    """[configuration, run or 1, entry]; None: no single runs are known."""
    single: Any
    """`WindowStatistics` [configuration, run, entry]."""
    over_runs: Any
    """`WindowQuantiles` [configuration, …]; None: one run each."""

    @property
    def counted(self) -> bool:
        """x counts entries instead of steps."""
        return self.x_name != STEPS

    def run(self, name: str, configuration: int, run: int) -> tuple[Any, Any]:
        """x and y of one run from its first full window on."""
        full = slice(self.window - 1, None)
        return self.x[configuration, run][full], getattr(self.single, name)[configuration, run][full]

    def quantiles(self, name: str, configuration: int) -> tuple[Any, Any]:
        """x and the quantiles over runs [quantile, point]."""
        return self.over_runs.index[configuration] + 1, getattr(self.over_runs, name)[configuration]

    def middle(self, name: str, configuration: int) -> tuple[Any, Any]:
        """x and y of the median over runs, or of the only run."""
        if self.over_runs is None:
            return self.run(name, configuration, 0)
        x, quantiles = self.quantiles(name, configuration)
        return x, quantiles[len(quantiles) // 2]

    @property
    def line_name(self) -> str:
        """What the legend calls the line of one configuration."""
        return f"over {self.window} {self.entry}s" if self.over_runs is None else "median of the runs"

    def has(self, name: str) -> bool:
        """The statistic was computed."""
        return getattr(self.single or self.over_runs, name) is not None


def has_windows(view: View) -> bool:
    """Trailing statistics were computed."""
    owner = view.summary if view.analysis is None else view.analysis
    return bool(owner.windows)


def trailing(view: View, window: int | None = None) -> Trailing:
    """The trailing statistics over `window` entries (None: the longest); ValueError where there are only others."""
    owner = view.summary if view.analysis is None else view.analysis
    size = _choose(tuple(owner.windows), window)
    single = view.analysis and view.analysis.windows and view.analysis.windows[size]
    over_runs = view.summary and view.summary.windows and view.summary.windows[size]
    x_name, x = _x(view, single)
    return Trailing(int(size), view.entry, x_name, x, single, over_runs)


def _choose(known: tuple[str, ...], window: int | None) -> str:
    longest = max(known, key=int)
    if window is None or str(window) in known:
        return longest if window is None else str(window)
    if window == WINDOW:  # the default of a figure, not a wish
        return longest
    raise ValueError(f"the windows of this Analysis are {', '.join(known)}; analyse again with windows=({window},)")


def _x(view: View, single: Any) -> tuple[str, Any]:
    """Environment steps where one run is drawn and they are known; else the index, on which runs are aggregated."""
    counted = COUNTED["episodes"] if view.entry == "episode" else COUNTED[view.source]
    if single is None:
        return counted, None
    step = stream_steps(view) if view.summary is None else None
    return (counted if step is None else STEPS), positions(step, single.mean)


def stream_steps(view: View) -> Any | None:
    """Steps of the stream that the windows were moved over [configuration, run, entry]; None: not known."""
    if view.run is not None and view.run.episodes is not None:
        return view.run.episodes.step
    same_stream = view.source == "episodes" or view.entry != "episode"
    return view.analysis.curve.step if same_stream else None
