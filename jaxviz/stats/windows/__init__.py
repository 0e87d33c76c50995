"""Trailing windows of one stream: means, spread, extremes, quantiles and slopes."""

from ._rolling import rolling_cv, rolling_fraction_above, rolling_max, rolling_mean, rolling_min, rolling_std
from ._rolling_order import rolling_median, rolling_quantile
from ._rolling_trend import exponential_mean, rolling_slope
from ._step_windows import StepWindow

__all__ = [
    "StepWindow",
    "exponential_mean",
    "rolling_cv",
    "rolling_fraction_above",
    "rolling_max",
    "rolling_mean",
    "rolling_median",
    "rolling_min",
    "rolling_quantile",
    "rolling_slope",
    "rolling_std",
]
