"""Which values of a number of each run are good, by its path in an Analysis."""

from ..aggregation._ranked import Better

OF_METRIC = (
    "performance/final",
    "performance/jumpstart",
    "performance/last_window",
    "performance/best",
    "performance/area_under_curve",
    "episodes/mean_return",
    "episodes/step_weighted_return",
    "reliability/short_term_risk",
    "reliability/median_performance",
    "trend/change",
    "evaluation/final",
    "evaluation/best",
)
"""Levels of the metric, and changes of it: good as the metric is."""
OTHERS: dict[str, Better] = {
    "performance/solved": "higher",
    "episodes/empty_updates": "lower",
    "stability/coefficient_of_variation": "lower",
    "stability/max_drawdown": "lower",
    "stability/forgetting": "lower",
    "stability/final_to_peak": "higher",
    "stability/consistency": "higher",
    "drawdown/time_under_water": "lower",
    "drawdown/longest_under_water/length": "lower",
    "reliability/curve_range": "higher",
    "reliability/dispersion_within_run": "lower",
    "reliability/long_term_risk": "lower",
    "convergence/collapse/collapsed": "lower",
    "convergence/collapse/depth": "lower",
    "diverged/returns": "lower",
}
CENSORED = ("convergence/crossing", "convergence/collapse/step", "drawdown/recovery")
"""Steps to something that not every run gets to: those that do not have no such number."""


def better(path: str, minimize: bool) -> Better | None:
    """The good direction of a number; None for one that has none, as an entropy. `minimize`: that of the metric."""
    if path in OF_METRIC:
        return "lower" if minimize else "higher"
    return OTHERS.get(path)
