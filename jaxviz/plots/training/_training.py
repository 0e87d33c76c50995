"""Learning curves: the return, the losses and the evaluations of one run or of many."""

import dataclasses
from collections.abc import Sequence
from functools import partial
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...view import View, _series, _trailing, bounds, make_view
from ...view._series import Series
from ...view._trailing import Trailing
from .._draw import _axes, _captions, _curves, _figure, _marks, _save, _style, _text_width
from .._draw._figure import Panel, Width
from .._draw._save import PathLike
from ._episodes import episodes_of

_CURVE_WEIGHT = 3.4
_STRIPS_SHARE = 0.8 / (1 + _CURVE_WEIGHT)
"""Of a figure's width: what the strips beside a curve have."""
_SOLVED = ("runs that solved it", "solved")
MOST_LOSSES = 3
"""Losses shown beside a learning curve; `plot_loss_curves` shows all."""


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
) -> Figure:
    """The return over training, the last returns of every run, and the losses.

    `rewards`: episode returns of one run [episode], of many [run, episode] (lists may differ in length) or of many
    configurations [configuration, run, episode]; or a TrainingRun, an Analysis or an Aggregate, which bring their own
    losses. `losses`: one series [..., update] or name → series.
    One run: single episodes and their trailing mean over `window` episodes (100). Many: the IQM with a bootstrap
    band of `level`, the runs as thin lines (up to 10) or as a fan of quantiles (above 50), and one dot per run at the
    mean of its last episodes. `labels` name the configurations. `target` is drawn dashed.
    `seconds`: how long training took, for all or for each configuration: x is then wall-clock time.
    `ax`: draw the curve of the return into these axes instead. `save_path` ends in .png, .pdf or .svg.
    """
    _save.check_path(save_path)
    view = make_view(rewards, losses=losses, target=target, window=window, labels=labels, level=level)
    series, names = _series.learning_curve(view), shown_losses(view)
    if seconds is not None:
        series = series.in_seconds(_series.read_seconds(seconds, view.configurations))
    caption = returns_caption(view, series)
    with _style.applied():
        if ax is not None:
            draw_returns(ax, view, series)
            return _figure.finish_axes(ax, caption)
        figure = _figure.compose(returns_row(view, series), loss_row(view, names), width=width, row_height=2.5)
        return _figure.finish(figure, [*caption, last_caption(view), losses_caption(view, names)], save_path)


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
) -> Figure:
    """The learning curve with what stands behind it: evaluations, the spread over runs, the share that meets a target.

    As `plot_training_curves`, and `eval_rewards` [..., evaluation, rollout] or [..., evaluation]: returns of
    evaluation rollouts. What was not given is not drawn.
    """
    _save.check_path(save_path)
    view = make_view(
        rewards, losses=losses, eval_rewards=eval_rewards, target=target, window=window, labels=labels, level=level
    )
    series, evaluation = _series.learning_curve(view), _series.evaluation_curve(view)
    names = shown_losses(view)
    trailing = _trailing.trailing(view) if _trailing.has_windows(view) else None
    panels = _detail_panels(view, series, evaluation, trailing)
    with _style.applied():
        figure = _figure.compose(returns_row(view, series), panels, loss_row(view, names), width=width)
        caption = [
            *returns_caption(view, series),
            last_caption(view),
            _captions.evaluation(view, evaluation),
            _detail_caption(view, trailing),
            losses_caption(view, names),
        ]
        return _figure.finish(figure, caption, save_path)


def _detail_panels(view: View, series: Series, evaluation: Series | None, trailing: Trailing | None) -> list[Panel]:
    """Evaluation, spread and share of the target, where they are known."""
    panels = []
    if evaluation is not None and evaluation is not series:
        panels.append(Panel(partial(draw_evaluation, view=view, series=evaluation)))
    if series.over_runs is not None:
        panels.append(Panel(partial(_draw_spread_over_runs, view=view, series=series)))
    elif trailing is not None:
        title = f"Standard deviation over {trailing.window} {trailing.entry}s"
        panels.append(
            Panel(partial(_curves.draw_trailing, view=view, trailing=trailing, name="std", title=title, legend=False))
        )
    if trailing is not None and trailing.has("fraction_above"):
        panels.append(Panel(partial(draw_share_of_target, view=view, trailing=trailing)))
    return panels


def draw_evaluation(ax: Axes, view: View, series: Series) -> None:
    """Returns of the evaluation rollouts; of a single run with their standard deviation over rollouts."""
    _curves.draw(ax, view, series, title="Evaluation")
    if view.is_one_run and series.x is not None:
        mean, std = view.analysis.evaluation.mean[0, 0], view.analysis.evaluation.std[0, 0]
        _marks.band(ax, series.x[0, 0], mean - std, mean + std, view.looks[0])
    if view.target is not None:
        _marks.reference(ax, view.target)


def _draw_spread_over_runs(ax: Axes, view: View, series: Series) -> None:
    """The standard deviation over runs at each point."""
    _axes.label(ax, x=series.x_name, title="Standard deviation over runs", whole_x=series.counted)
    for configuration in view.faded:
        _marks.faded_line(ax, series.grid(configuration), series.over_runs.std[configuration])
    for configuration, look in view.looks.items():
        _marks.line(ax, series.grid(configuration), series.over_runs.std[configuration], look)
    if _curves.nothing_finite(ax):
        _axes.missing(ax, "undefined: runs diverged, or there is one per point")


def draw_share_of_target(ax: Axes, view: View, trailing: Trailing) -> None:
    """The share of a window's episodes that meet the target."""
    assert view.target is not None
    title = f"Share of {trailing.entry}s that meet {_axes.plain(view.target)}"
    _curves.draw_trailing(ax, view, trailing, "fraction_above", title=title, legend=False)


def _detail_caption(view: View, trailing: Trailing | None) -> str:
    if trailing is None or not trailing.has("fraction_above"):
        return ""
    over = "" if trailing.over_runs is None else " (line: median over runs; bands: quantiles over runs)"
    return f"Share that meets the target: of the last {trailing.window} {trailing.entry}s{over}."


def returns_row(view: View, series: Series) -> list[Panel]:
    """The learning curve and, for several runs, their last returns."""
    curve = Panel(partial(draw_returns, view=view, series=series, title="Learning curve"), weight=_CURVE_WEIGHT)
    if not has_last_returns(view):
        return [curve]
    return [curve, Panel(partial(draw_last_returns, view=view), shares_y=True)]


def loss_row(view: View, names: Sequence[str]) -> list[Panel]:
    """One panel per loss."""
    return [Panel(partial(draw_loss, view=view, name=name)) for name in names]


def draw_returns(ax: Axes, view: View, series: Series, *, title: str = "") -> None:
    """The learning curve of every configuration; the single episodes too where there is one run."""
    if view.is_one_run:
        _draw_episodes(ax, view)
    _curves.draw(ax, view, series, title=title, name=series.what)
    if view.target is not None:
        _marks.target(ax, view.target)
    _axes.note(ax, _captions.diverged_share(view))


def _draw_episodes(ax: Axes, view: View) -> None:
    if _series.has_episodes(view):
        x, y = episodes_of(view, 0, "returns")
        _marks.points(ax, x, y, view.looks[0], label="single episodes")


def returns_caption(view: View, series: Series) -> list[str]:
    """What the learning curve shows."""
    return [
        _captions.curve(view, series),
        _captions.colors(view),
        _captions.target(view),
        _captions.divergence(view),
        _captions.overflow(view),
        _captions.x_axis(series.x_name),
    ]


def last_caption(view: View) -> str:
    """What the strips beside the learning curve show."""
    return _captions.last_returns(view) if has_last_returns(view) else ""


def has_last_returns(view: View) -> bool:
    """There are last returns of several runs to compare."""
    owner = view.summary if view.analysis is None else view.analysis
    return not view.is_one_run and owner is not None and owner.performance is not None


def draw_last_returns(ax: Axes, view: View) -> None:
    """One dot per run at the mean of its last episodes, with the estimate over runs."""
    _axes.label(ax, title=f"Last {view.window}")
    for position, (configuration, look) in enumerate(view.looks.items()):
        if view.analysis is not None:
            _marks.strip(ax, view.analysis.performance.last_window[configuration], position, look)
        if view.summary is not None:
            _marks.interval(ax, position, *bounds(view.summary.performance.last_window, configuration))
    if view.target is not None:
        _marks.reference(ax, view.target)
    ax.tick_params(labelleft=False)
    _label_strips(ax, view)


def _label_strips(ax: Axes, view: View) -> None:
    """Below each strip, how many of its runs solved the task (with a target) and how many diverged."""
    colored = view.colored
    outcomes = [_outcome(view, c) for c in colored]
    ax.set_xlim(-0.6, len(colored) - 0.4)
    ax.set_xticks(range(len(colored)), outcomes)
    ax.grid(visible=False, axis="x")
    figure = ax.figure
    assert isinstance(figure, Figure)
    room = figure.get_figwidth() * _STRIPS_SHARE
    width = _text_width.measure(figure, float(ax.xaxis.label.get_fontsize()))
    if len(colored) * max(width(f"{line} ") for words in outcomes for line in words.split("\n")) > room:
        ax.tick_params(axis="x", rotation=90)
    if solved_runs(view, colored[0]):
        ax.set_xlabel(next((words for words in _SOLVED if width(words) <= room), _SOLVED[-1]))


def _outcome(view: View, configuration: int) -> str:
    diverged = _curves.diverged_runs(view, configuration)
    crosses = f"\N{MULTIPLICATION SIGN} {diverged}" if diverged else ""
    return "\n".join(filter(None, [solved_runs(view, configuration), crosses]))


def solved_runs(view: View, configuration: int) -> str:
    """``12/16``; "" without a target."""
    if view.analysis is None or view.analysis.performance is None or view.analysis.performance.solved is None:
        return ""
    return f"{int(view.analysis.performance.solved[configuration].sum())}/{view.runs}"


def shown_losses(view: View, most: int = MOST_LOSSES) -> tuple[str, ...]:
    """The first losses by name, those called a loss before diagnostics."""
    names = _series.loss_names(view)
    return tuple(sorted(names, key=lambda name: "loss" not in name.lower()))[:most]


def draw_loss(ax: Axes, view: View, name: str) -> None:
    """One loss or diagnostic."""
    series = _series.loss_curve(view, name)
    _curves.draw(ax, view, dataclasses.replace(series, y_name=""), title=series.y_name)


def losses_caption(view: View, names: Sequence[str]) -> str:
    """What the loss panels show."""
    everything = _series.loss_names(view)
    if not names:
        return ""
    series = _series.loss_curve(view, names[0])
    some = f" ({len(names)} of {len(everything)} series)" if len(names) < len(everything) else ""
    shown = "" if series.over_runs is None else ", line and band as above"
    return f"Losses of each update{some}{shown}."
