"""Performance profiles: the share of runs that score more than τ."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..._explained import explained
from ..._types import Array
from ...host import as_array, to_host
from ...stats import Interval
from ...view import _looks
from .._draw import _axes, _figure, _marks
from .._draw._figure import PathLike, Width
from ._intervals import interval_words, on_host

Profiles = Mapping[str, Interval | Array]
"""Algorithm → the share of runs above each threshold [threshold]."""


@explained
def plot_performance_profiles(
    profiles: Mapping[str, Any],
    thresholds: Any,
    save_path: PathLike | None = None,
    *,
    nonlinear: bool = False,
    x_name: str = "Normalized score, τ",
    width: Width = None,
    ax: Axes | None = None,
) -> Figure:
    """The share of runs that score more than τ, for every τ of `thresholds`.

    `profiles`: algorithm → `stats.performance_profile(scores, thresholds)`, or its Interval from
    `stats.bootstrap_interval`, which is drawn as a band. `nonlinear`: τ is spaced by how many runs of all algorithms
    lie between two thresholds, so that crowded regions get room.
    """
    _figure.check_path(save_path)
    _figure.check_named(profiles, "profiles")
    host: Profiles = on_host(profiles)
    tau = to_host(as_array(thresholds, "thresholds"))
    _check_profiles(host, tau)
    draw = partial(_draw_profiles, profiles=host, tau=tau, nonlinear=nonlinear, x_name=x_name)
    return _figure.draw_one(draw, _profile_caption(host, nonlinear), save_path, width=width, ax=ax)


def _estimate(profile: Interval | Array) -> Array:
    return profile.estimate if isinstance(profile, Interval) else profile


def _check_profiles(profiles: Profiles, tau: Array) -> None:
    for name, profile in profiles.items():
        estimate = _estimate(profile)
        shape = estimate.shape if hasattr(estimate, "shape") else None
        if shape != tau.shape:
            raise ValueError(f"the profile of {name!r} must have the shape of `thresholds` {tau.shape}, got {shape}")


def _draw_profiles(ax: Axes, profiles: Profiles, tau: Array, nonlinear: bool, x_name: str) -> None:
    _axes.label(ax, x=x_name, y="Share of runs above τ")
    place = _spaced(profiles) if nonlinear else tau
    for (name, profile), look in zip(profiles.items(), _looks.looks(list(profiles)), strict=True):
        _marks.line(ax, place, _estimate(profile), look, label=name)
        if isinstance(profile, Interval):
            _marks.band(ax, place, profile.low, profile.high, look)
    if nonlinear:
        _tick_thresholds(ax, place, tau)
    ax.set_ylim(-0.02, 1.02)


def _spaced(profiles: Profiles) -> Array:
    """Places from 0 to 1 in proportion to the runs that lie below each threshold, over all algorithms."""
    first, *others = (1 - _estimate(profile) for profile in profiles.values())
    total = sum(others, start=first)
    return (total - total[0]) / ((total[-1] - total[0]) or 1)


def _tick_thresholds(ax: Axes, place: Array, tau: Array, count: int = 6) -> None:
    """Thresholds at the places nearest to even ticks."""
    nearest = dict.fromkeys(int(abs(place - i / (count - 1)).argmin()) for i in range(count))
    ax.set_xticks([float(place[i]) for i in nearest], [_axes.short(float(tau[i])) for i in nearest])


def _profile_caption(profiles: Profiles, nonlinear: bool) -> list[str]:
    interval = next((p for p in profiles.values() if isinstance(p, Interval)), None)
    band = "" if interval is None else f"; band: pointwise {interval_words(interval)}"
    axis = "The τ axis is spaced by how many runs of all algorithms lie between thresholds." if nonlinear else ""
    return [f"Line: share of runs that score more than τ, each task weighing the same{band}.", axis]
