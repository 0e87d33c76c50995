"""Panels that several figures of training have: the learning curve, losses, the share that meets the target."""

import dataclasses
from functools import partial

from matplotlib.axes import Axes

from ...view import View, _series
from ...view._numbers import plain
from ...view._series import EpisodeQuantity, Series
from ...view._trailing import Trailing
from .._draw import _axes, _captions, _curves, _marks
from .._draw._figure import Panel
from ._last_returns import CURVE_WEIGHT, draw_last_returns, has_last_returns

_MOST_LOSSES = 3
"""Losses shown beside a learning curve; `plot_loss_curves` shows all."""


def returns_row(view: View, series: Series) -> list[Panel]:
    """The learning curve and, for several runs, their last returns."""
    curve = Panel(partial(draw_returns, view=view, series=series, title="Learning curve"), weight=CURVE_WEIGHT)
    if not has_last_returns(view):
        return [curve]
    return [curve, Panel(partial(draw_last_returns, view=view), shares_y=True)]


def draw_returns(ax: Axes, view: View, series: Series, *, title: str = "") -> None:
    """The learning curve of every configuration; of a single run, its single episodes too."""
    if view.is_one_run and _series.has_episodes(view):
        draw_single_episodes(ax, view, "returns")
    _curves.draw_series(ax, view, series, title=title, name=series.what)
    if view.target is not None:
        _marks.target(ax, view.target)
    _axes.note(ax, _captions.diverged_share(view))


def draw_single_episodes(ax: Axes, view: View, quantity: EpisodeQuantity) -> None:
    """A faint dot per episode of a single run."""
    x, y = _series.episodes_of(view, 0, quantity)
    _marks.points(ax, x, y, view.looks[0], label="single episodes")


def returns_caption(view: View, series: Series) -> list[str]:
    """Caption of the learning curve."""
    return [
        _captions.curve(view, series),
        _captions.colors(view),
        _captions.target_line(view),
        _captions.divergence(view),
        _captions.copies(view),
        _captions.overflow(view),
        _captions.x_axis(series.x_name),
    ]


def returns_row_caption(view: View, series: Series) -> list[str]:
    """Caption of the learning curve and the last returns beside it."""
    last = _captions.last_returns(view) if has_last_returns(view) else ""
    return [*returns_caption(view, series), last]


def draw_share_of_target(ax: Axes, view: View, trailing: Trailing) -> None:
    """The share of a window's episodes that meet the target."""
    assert view.target is not None
    title = f"Share of {view.entry}s that meet {plain(view.target)}"
    _curves.draw_trailing(ax, view, trailing, "fraction_above", title=title, legend=False)
    ax.set_ylim(-0.03, 1.03)


def loss_row(view: View) -> list[Panel]:
    """One panel for each of the first losses."""
    return [Panel(partial(draw_loss, view=view, name=name)) for name in _shown_losses(view)]


def _shown_losses(view: View) -> tuple[str, ...]:
    """The first losses by name, those called a loss before diagnostics."""
    return tuple(sorted(_series.loss_names(view), key=lambda name: "loss" not in name.lower()))[:_MOST_LOSSES]


def draw_loss(ax: Axes, view: View, name: str) -> None:
    """One loss or diagnostic."""
    series = _series.loss_curve(view, name)
    _curves.draw_series(ax, view, dataclasses.replace(series, y_name=""), title=series.y_name)
    _axes.log_if_decades(ax, _curves.heights(ax))


def losses_caption(view: View) -> str:
    """Caption of the row of losses."""
    shown, everything = _shown_losses(view), _series.loss_names(view)
    if not shown:
        return ""
    series = _series.loss_curve(view, shown[0])
    some = f" ({len(shown)} of {len(everything)} series)" if len(shown) < len(everything) else ""
    return f"Losses of each update{some}{'' if series.over_runs is None else ', line and band as above'}."
