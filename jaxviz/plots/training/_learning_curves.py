"""Learning curves: the return, the losses and the evaluations of one run or of many."""

from collections.abc import Sequence
from functools import partial
from typing import Any, Unpack

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..._explained import explained
from ...view import View, _series, _trailing, known
from ...view._make import view_of
from ...view._series import Series
from ...view._trailing import Trailing
from .._draw import _axes, _captions, _curves, _figure, _marks
from .._draw._figure import Panel, PathLike, Width, Words
from ._panels import (
    draw_returns,
    draw_share_of_target,
    loss_row,
    losses_caption,
    returns_caption,
    returns_row,
    returns_row_caption,
)


@explained
def plot_training_curves(
    rewards: Any,
    losses: Any = None,
    save_path: PathLike | None = None,
    *,
    target: float | None = None,
    window: int | None = None,
    labels: Sequence[str] | None = None,
    seconds: float | Sequence[float] | None = None,
    level: float = 0.95,
    width: Width = None,
    ax: Axes | None = None,
    **words: Unpack[Words],
) -> Figure:
    """The return over training, the final return of every run, and the losses.

    `rewards`: episode returns of one run [episode], of many [run, episode] (lists may differ in length) or of many
    configurations [configuration, run, episode]; or a TrainingRun, an Analysis or an Aggregate, which bring their own
    losses. `losses`: one series [..., update] or name → series.
    Episodes are averaged in equal intervals of training; updates and evaluations are drawn as they are. Many runs: the
    IQM with a bootstrap band of `level`, the runs as thin lines (up to 10) or as a fan of quantiles (above 50), and one
    dot per run at its final return, the mean over the last tenth of training. `window`: entries of trailing statistics.
    `labels` name the configurations. `target` is drawn dashed.
    `seconds`: how long training took, for all or for each configuration: x is then wall-clock time.
    `ax`: draw the curve of the return into these axes instead. `save_path` ends in .png, .pdf or .svg.
    `title`, `x_label`, `y_label`, `x_limits`, `y_limits`: in place of the figure's own; see `Words`.

    >>> figure = jv.plots.plot_training_curves([0.0, 2.0, 1.0, 3.0, 2.0, 4.0])
    >>> print(jv.plots.figure_caption(figure, short=True))
    Line: return of each episode, at the centre of one of 25 equal intervals of training, one run.
    """
    _figure.check(save_path, words)
    view = view_of(rewards, "rewards", losses=losses, target=target, window=window, labels=labels, level=level)
    series = _series.learning_curve(view)
    if seconds is not None:
        series = series.in_seconds(_series.read_seconds(seconds, view.configurations))
    if ax is not None:
        return _figure.draw_one(
            partial(draw_returns, view=view, series=series), returns_caption(view, series), ax=ax, words=words
        )
    rows = [returns_row(view, series), loss_row(view)]
    caption = [*returns_row_caption(view, series), losses_caption(view)]
    return _figure.draw(rows, caption, save_path, width=width, row_height=2.5, words=words)


@explained
def plot_advanced_learning_curves(
    rewards: Any,
    losses: Any = None,
    eval_rewards: Any = None,
    save_path: PathLike | None = None,
    *,
    target: float | None = None,
    window: int | None = None,
    labels: Sequence[str] | None = None,
    level: float = 0.95,
    width: Width = None,
    **words: Unpack[Words],
) -> Figure:
    """The learning curve and its background: evaluations, the spread over runs, the share that meets a target.

    As `plot_training_curves`, and `eval_rewards` [..., evaluation, rollout] or [..., evaluation]: returns of
    evaluation rollouts. Panels without data are left out.
    `title`, `x_label`, `y_label`, `x_limits`, `y_limits`: in place of the figure's own; see `Words`.

    >>> figure = jv.plots.plot_advanced_learning_curves([0.0, 2.0, 1.0, 3.0, 2.0, 4.0])
    >>> print(jv.plots.figure_caption(figure, short=True))
    Line: return of each episode, at the centre of one of 25 equal intervals of training, one run.
    """
    _figure.check(save_path, words)
    options = {"target": target, "window": window, "labels": labels, "level": level}
    view = view_of(rewards, "rewards", losses=losses, eval_rewards=eval_rewards, **options)
    series, evaluation = _series.learning_curve(view), _series.evaluation_curve(view)
    trailing = _trailing.trailing(view) if _trailing.has_windows(view) else None
    rows = [returns_row(view, series), _detail_panels(view, series, evaluation, trailing), loss_row(view)]
    caption = [
        *returns_row_caption(view, series),
        _captions.evaluation(view, None if view.source == "evaluation" else evaluation),
        _share_caption(view, trailing),
        losses_caption(view),
    ]
    return _figure.draw(rows, caption, save_path, width=width, words=words)


def _detail_panels(view: View, series: Series, evaluation: Series | None, trailing: Trailing | None) -> list[Panel]:
    """Evaluation, spread and share of the target, as far as they are known."""
    panels = []
    if evaluation is not None and view.source != "evaluation":  # else it is the learning curve
        panels.append(Panel(partial(_draw_evaluation, view=view, series=evaluation)))
    if series.over_runs is not None:
        panels.append(Panel(partial(_draw_spread_over_runs, view=view, series=series)))
    elif trailing is not None and trailing.has("std"):
        title = f"Standard deviation over {trailing.window_words}"
        panels.append(Panel(partial(_draw_spread_in_window, view=view, trailing=trailing, title=title)))
    if trailing is not None and trailing.has("fraction_above"):
        panels.append(Panel(partial(draw_share_of_target, view=view, trailing=trailing)))
    return panels


def _draw_evaluation(ax: Axes, view: View, series: Series) -> None:
    """Returns of the evaluation rollouts; of a single run with their standard deviation over rollouts."""
    _curves.draw_series(ax, view, series, title="Evaluation")
    if view.is_one_run and series.x is not None:
        evaluation = known(view.per_run.evaluation)
        mean, std = evaluation.mean[0, 0], evaluation.std[0, 0]
        _marks.band(ax, series.x[0, 0], mean - std, mean + std, view.looks[0])
    if view.target is not None:
        _marks.reference(ax, view.target)


def _draw_spread_over_runs(ax: Axes, view: View, series: Series) -> None:
    """The standard deviation over runs at each point."""
    std = known(series.over_runs).std
    _axes.label(ax, x=series.x_name, title="Standard deviation over runs", whole_x=series.counted)
    for configuration in view.faded:
        _marks.faded_line(ax, series.grid(configuration), std[configuration])
    for configuration, look in view.looks.items():
        _marks.line(ax, series.grid(configuration), std[configuration], look)
    _axes.from_zero(ax)
    if _curves.nothing_finite(ax):
        _axes.missing(ax, "undefined: runs diverged, or there is one per point")


def _draw_spread_in_window(ax: Axes, view: View, trailing: Trailing, title: str) -> None:
    """The standard deviation of the entries of a window."""
    _curves.draw_trailing(ax, view, trailing, "std", title=title, legend=False)
    _axes.from_zero(ax)


def _share_caption(view: View, trailing: Trailing | None) -> str:
    if trailing is None or not trailing.has("fraction_above"):
        return ""
    over = "" if trailing.over_runs is None else " (line: median over runs; bands: quantiles over runs)"
    return f"Share that meets the target: of the last {trailing.window_words}{over}."
