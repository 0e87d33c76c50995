"""Performance profiles: the share of runs that score more than τ."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Unpack

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..._explained import explained
from ..._printable import printable
from ..._types import Array
from ...comparison import Comparison
from ...host import as_array, to_host
from ...stats import Interval
from ...view import _looks, capitalized
from ...view.comparisons._describe import algorithms_in_order, score_words
from .._draw import _axes, _figure, _marks
from .._draw._figure import PathLike, Width, Words
from ._intervals import interval_words, on_host

Profiles = Mapping[str, Interval | Array]
"""Algorithm → the share of runs above each threshold [threshold]."""
_MOST_OF_COMPARISON = 8
"""Algorithms that colours tell apart; of a comparison of more the first are drawn."""


@explained
def plot_performance_profiles(
    profiles: Mapping[str, Any] | Comparison,
    thresholds: Any = None,
    save_path: PathLike | None = None,
    *,
    nonlinear: bool = False,
    x_name: str | None = None,
    width: Width = None,
    ax: Axes | None = None,
    **words: Unpack[Words],
) -> Figure:
    """The share of runs that score more than τ, for every τ of `thresholds`.

    `profiles`: algorithm → `stats.performance_profile(scores, thresholds)`, or its Interval from
    `stats.bootstrap_interval`, which is drawn as a band; or a Comparison, from `jv.compare`, which has thresholds of
    its own and of which the first eight algorithms are drawn. `nonlinear`: τ is spaced by how many runs of all
    algorithms lie between two thresholds, so that crowded regions get room. `x_name`: "Normalized score, τ", or the
    score of the Comparison.
    `title`, `x_label`, `y_label`, `x_limits`, `y_limits`: in place of the figure's own; see `Words`.

    >>> figure = jv.plots.plot_performance_profiles(
    ...     {"PPO": np.array([1.0, 0.8, 0.3]), "DQN": np.array([1.0, 0.5, 0.1])}, [0.0, 0.5, 1.0]
    ... )
    >>> print(jv.plots.figure_caption(figure, short=True))
    Line: share of runs that score more than τ, each task weighing the same.
    """
    _figure.check(save_path, words)
    if isinstance(profiles, Comparison):
        return _of_comparison(profiles, thresholds, save_path, nonlinear, x_name, width, ax, words)
    _figure.check_named(profiles, "profiles")
    host: Profiles = on_host(profiles)
    tau = to_host(as_array(thresholds, "thresholds"))
    _check_profiles(host, tau)
    draw = partial(_draw_profiles, profiles=host, tau=tau, nonlinear=nonlinear, x_name=x_name or "Normalized score, τ")
    return _figure.draw_one(draw, _profile_caption(host, nonlinear), save_path, width=width, ax=ax, words=words)


def _of_comparison(
    comparison: Comparison,
    thresholds: Any,
    save_path: PathLike | None,
    nonlinear: bool,
    x_name: str | None,
    width: Width,
    ax: Axes | None,
    words: Words,
) -> Figure:
    """The profiles that a comparison holds, of its first algorithms; to the right is better."""
    if thresholds is not None:
        raise ValueError(
            f"`thresholds` are those of the Comparison, got {type(thresholds).__name__}: leave them out, and say "
            "save_path=... for a file"
        )
    c: Comparison = to_host(comparison)
    share, order = c.profile.share, algorithms_in_order(c)[:_MOST_OF_COMPARISON]
    host = {
        printable(c.algorithms[a]): replace(share, estimate=share.estimate[a], low=share.low[a], high=share.high[a])
        for a in order
    }
    scale = "" if c.scale.name == "raw" else f", normalised by {c.scale.name}"
    draw = partial(
        _draw_profiles, profiles=host, tau=c.profile.threshold, nonlinear=nonlinear,
        x_name=x_name or f"{capitalized(score_words(c))}{scale}, τ", lower=c.minimize,
    )  # fmt: skip
    left = len(c.algorithms) - len(order)
    caption = _profile_caption(host, nonlinear, lower=c.minimize)
    more = f"The first {len(order)} of {len(c.algorithms)} algorithms, by tier and score." if left else ""
    return _figure.draw_one(draw, [*caption, more], save_path, width=width, ax=ax, words=words)


def _estimate(profile: Interval | Array) -> Array:
    return profile.estimate if isinstance(profile, Interval) else profile


def _check_profiles(profiles: Profiles, tau: Array) -> None:
    for name, profile in profiles.items():
        estimate = _estimate(profile)
        shape = estimate.shape if hasattr(estimate, "shape") else None
        if shape != tau.shape:
            raise ValueError(f"the profile of {name!r} must have the shape of `thresholds` {tau.shape}, got {shape}")


def _draw_profiles(ax: Axes, profiles: Profiles, tau: Array, nonlinear: bool, x_name: str, lower: bool = False) -> None:
    _axes.label(ax, x=x_name, y=f"Share of runs {'below' if lower else 'above'} τ")
    place = _spaced(profiles) if nonlinear else tau
    for (name, profile), look in zip(profiles.items(), _looks.looks(list(profiles)), strict=True):
        _marks.line(ax, place, _estimate(profile), look, label=name)
        if isinstance(profile, Interval):
            _marks.band(ax, place, profile.low, profile.high, look)
    if nonlinear:
        _tick_thresholds(ax, place, tau)
    if lower and not nonlinear:
        ax.invert_xaxis()
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


def _profile_caption(profiles: Profiles, nonlinear: bool, lower: bool = False) -> list[str]:
    interval = next((p for p in profiles.values() if isinstance(p, Interval)), None)
    band = "" if interval is None else f"; band: pointwise {interval_words(interval)}"
    axis = "The τ axis is spaced by how many runs of all algorithms lie between thresholds." if nonlinear else ""
    return [
        f"Line: share of runs that score {'less' if lower else 'more'} than τ, each task weighing the same{band}.",
        axis,
    ]
