"""Reliability: how much runs fluctuate, how far they fall and what they reach, side by side."""

from collections.abc import Mapping
from typing import Any

import jax
from matplotlib.figure import Figure

from ..._run import TrainingRun
from ...aggregation import Aggregate, aggregate
from ...analysis import Analysis, analyze
from ...host import to_host
from ...view import read_arrays
from .._draw import _figure
from .._draw._captions import NAMES
from .._draw._figure import PathLike, Width
from ._intervals import interval_panels, interval_words

_METRICS = {
    "median_performance": "Median performance ↑",
    "curve_range": "Range of the curve ↑",
    "dispersion_within_run": "Dispersion within runs ↓",
    "short_term_risk": "Short-term risk (CVaR) ↑",
    "long_term_risk": "Long-term risk (CVaR) ↓",
}
_SEED = 0


def plot_reliability_profile(
    results: Mapping[str, Any],
    save_path: PathLike | None = None,
    *,
    level: float = 0.95,
    width: Width = None,
) -> Figure:
    """Dispersion, short- and long-term risk and median performance (Chan et al. 2020): a panel each, a row per name.

    `results`: name → episode returns [run, episode], a TrainingRun, or an Analysis or an Aggregate made with the group
    ``"reliability"``; one configuration each. Numbers are in units of the return, differences are per step; arrows
    say which direction is good.
    """
    _figure.check_path(save_path)
    if not results:
        raise ValueError("`results` is empty: there is nothing to draw")
    parts = {name: _aggregated(name, result, level) for name, result in results.items()}
    intervals = {
        name: {metric: getattr(part.reliability, metric) for metric in _METRICS} for name, part in parts.items()
    }
    first = next(iter(parts.values()))
    caption = [
        f"Reliability of the raw stream of returns of each run: {NAMES[first.statistic]} over runs with "
        f"{interval_words(first.reliability.median_performance)}.",
        "Risks: mean of the worst 5% of the differences between entries, and of the drawdowns.",
        "↑, ↓: the good direction.",
    ]
    rows = _figure.in_rows(interval_panels(intervals, _METRICS), 3)
    return _figure.draw(rows, caption, save_path, width=width, row_height=0.8 + 0.3 * len(intervals))


def _aggregated(name: str, result: Any, level: float) -> Any:
    """The Aggregate of one configuration, on the host."""
    if not isinstance(result, Analysis | Aggregate):
        run = result if isinstance(result, TrainingRun) else read_arrays(result)
        result = analyze(run, groups=("reliability",))
    if result.reliability is None:
        raise ValueError(f"{name!r} has no reliability: analyse with groups=(..., 'reliability')")
    summary = result if isinstance(result, Aggregate) else aggregate(result, jax.random.key(_SEED), level=level)
    if summary.batch_shape not in ((), (1,)):
        raise ValueError(f"{name!r} must be one configuration, its batch axes are {summary.batch_shape}")
    return to_host(summary[0] if summary.batch_shape else summary)
