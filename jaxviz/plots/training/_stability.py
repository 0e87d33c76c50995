"""How steadily runs learned: trailing spread, drawdown and consistency."""

import math
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple, Unpack

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..._explained import explained
from ..._types import Array
from ...stats import Interval
from ...view import View, _trailing, bounds, capitalized, known
from ...view._looks import Look
from ...view._make import view_of
from ...view._trailing import Trailing
from .._draw import _axes, _captions, _curves, _figure, _marks
from .._draw._figure import Panel, PathLike, Width, Words
from .._draw._interval_bars import draw_interval
from ._panels import draw_share_of_target

_LOG_FROM = 50.0
"""A coefficient of variation this many times its median somewhere is drawn on a logarithmic axis."""


@explained
def plot_training_stability(
    rewards: Any,
    window_size: int | None = None,
    save_path: PathLike | None = None,
    *,
    target: float | None = None,
    labels: Sequence[str] | None = None,
    level: float = 0.95,
    width: Width = None,
    **words: Unpack[Words],
) -> Figure:
    """Trailing mean and spread over `window_size` entries, variation, consistency, and how far runs fell back.

    `rewards`: episode returns [episode], [run, episode] or [configuration, run, episode], a TrainingRun, an Analysis
    or an Aggregate. One run: its trailing mean ± one standard deviation. Many: the median over runs with bands of
    their quantiles. `window_size`: default a tenth of each run's own episodes, at most 100; 1 for updates and
    evaluations. With a `target`: the share of a window's episodes that meet it. The last panel has the falls of
    every run: the largest from a peak of the trailing mean, and how far below the peak it ended.
    `title`, `x_label`, `y_label`, `x_limits`, `y_limits`: in place of the figure's own; see `Words`.

    >>> figure = jv.plots.plot_training_stability([0.0, 2.0, 1.0, 3.0, 2.0, 4.0])
    >>> print(jv.plots.figure_caption(figure, short=True))
    Return of each episode.
    """
    _figure.check(save_path, words)
    view = view_of(rewards, "rewards", window=window_size, target=target, labels=labels, level=level)
    trailing = _trailing.trailing(view, window_size) if _trailing.has_windows(view) else None
    if trailing is None and not _has_falls(view):
        raise ValueError("this Analysis has neither windows nor stability: analyse again with these groups")
    panels = [*(_window_panels(view, trailing) if trailing else [])]
    if _has_falls(view):
        panels.append(Panel(partial(_draw_falls, view=view)))
    rows = _figure.in_rows(panels, 3 if len(panels) > 4 else 2)
    return _figure.draw(rows, _caption(view, trailing), save_path, width=width, words=words)


def _window_panels(view: View, trailing: Trailing) -> list[Panel]:
    """The trailing statistics: those that were computed and that no other panel shows already."""
    panels = [Panel(partial(_draw_level, view=view, trailing=trailing))]
    if not view.is_one_run and trailing.has("std"):
        title = "Trailing standard deviation"
        draw_std = partial(_curves.draw_trailing, view=view, trailing=trailing, name="std", title=title)
        panels.append(Panel(draw_std))
    if trailing.has("cv"):
        panels.append(Panel(partial(_draw_variation, view=view, trailing=trailing)))
    if trailing.has("fraction_above"):
        panels.append(Panel(partial(draw_share_of_target, view=view, trailing=trailing)))
    return panels


def _draw_level(ax: Axes, view: View, trailing: Trailing) -> None:
    """The trailing mean; around that of a single run its trailing standard deviation."""
    _curves.draw_trailing(ax, view, trailing, "mean", title=capitalized(trailing.mean_words), y_name=view.metric_label)
    if view.is_one_run and trailing.has("std"):
        x, mean = trailing.run("mean", 0, 0)
        _, std = trailing.run("std", 0, 0)
        _marks.band(ax, x, mean - std, mean + std, view.looks[0], label="± standard deviation in the window")
    if view.target is not None:
        _marks.target(ax, view.target)
    _axes.note(ax, _captions.diverged_share(view))


def _draw_variation(ax: Axes, view: View, trailing: Trailing) -> None:
    """The coefficient of variation; on a logarithmic axis if a mean near zero makes it shoot up."""
    _curves.draw_trailing(ax, view, trailing, "cv", title="Coefficient of variation, σ/|mean|")
    values = sorted(v for y in _curves.heights(ax) for v in y.tolist() if 0 < v < math.inf)
    if values and values[-1] > _LOG_FROM * values[len(values) // 2]:
        ax.set_yscale("log")
        _axes.si_ticks(ax)


def _has_falls(view: View) -> bool:
    return view.results.stability is not None


class _Fall(NamedTuple):
    """How far runs fell from a peak."""

    when: str
    of_runs: Array | None
    """[configuration, run]"""
    over_runs: Interval | None
    """[configuration]"""


def _falls(view: View) -> list[_Fall]:
    """The largest fall and, of a single configuration, the one at the end."""
    runs = None if view.analysis is None else known(view.analysis.stability)
    over_runs = None if view.summary is None else known(view.summary.stability)
    largest = _Fall("largest", runs and runs.max_drawdown, over_runs and over_runs.max_drawdown)
    at_end = _Fall("at the end", runs and runs.forgetting, over_runs and over_runs.forgetting)
    return [largest, at_end] if view.configurations == 1 else [largest]


def _draw_falls(ax: Axes, view: View) -> None:
    """How far each run fell from a peak of its trailing mean: at most, and at its end."""
    _axes.label(ax, title=_falls_title(view))
    falls = _falls(view)
    places = [(fall, c, look) for fall in falls for c, look in view.looks.items()]
    for position, (fall, configuration, look) in enumerate(places):
        _draw_fall(ax, fall, configuration, position, look, with_value=view.is_one_run)
    if _curves.nothing_finite(ax):
        _axes.missing(ax, f"undefined: no run has {view.window_words}, all finite")
        return
    ax.set_xticks(range(len(places)), [fall.when for fall in falls] if len(falls) == 2 else [""] * len(places))
    ax.set_xlim(-0.6, len(places) - 0.4)
    _axes.from_zero(ax, headroom=0.25 if view.is_one_run else 0.1)
    ax.grid(visible=False, axis="x")


def _falls_title(view: View) -> str:
    averaged = "" if view.window[1] == 1 else "trailing mean"
    if view.minimize:
        return f"Rises from the lowest {averaged or view.metric}"
    return f"Falls from the peak{averaged and f' of the {averaged}'}"


def _draw_fall(ax: Axes, fall: _Fall, configuration: int, position: int, look: Look, *, with_value: bool) -> None:
    if fall.of_runs is not None:
        values = fall.of_runs[configuration]
        _marks.strip(ax, values, position, look)
        if with_value and math.isfinite(values[0]):
            _marks.value(ax, position, float(values[0]))
    if fall.over_runs is not None:
        draw_interval(ax, position, *bounds(fall.over_runs, configuration))


def _caption(view: View, trailing: Trailing | None) -> list[str]:
    return [
        "" if trailing is None else _captions.trailing(view, trailing, "Trailing statistics"),
        _fall_words(view) if _has_falls(view) else "",
        _captions.colors(view),
        _captions.target_line(view),
        _captions.divergence_of_trailing(view),
        _captions.copies(view),
        _captions.overflow(view),
    ]


def _fall_words(view: View) -> str:
    which = "largest, and at the end, distance" if view.configurations == 1 else "largest distance"
    name, side = ("Rises", "above") if view.minimize else ("Falls", "below")
    words = f"{name}: {which} {side} the {view.best_words} so far"
    order = "" if view.configurations == 1 else ", configurations in the order of the legend"
    if view.summary is None:
        return f"{words}{order}."
    interval = known(view.summary.stability).max_drawdown
    estimate = _captions.estimate_words(view, interval)
    return f"{words}{order}; dots: runs; bars: their {estimate}{_captions.without_bars(interval)}."
