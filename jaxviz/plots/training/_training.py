"""Learning curves: the return, the losses and the evaluations of one run or of many."""

import dataclasses
from collections.abc import Sequence
from functools import partial
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...view import _series, _trailing
from ...view._series import Series
from ...view._subject import Subject, bounds, make_subject
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
    subject = make_subject(rewards, losses=losses, target=target, window=window, labels=labels, level=level)
    series, names = _series.learning_curve(subject), shown_losses(subject)
    if seconds is not None:
        series = series.in_seconds(_series.read_seconds(seconds, subject.configurations))
    caption = returns_caption(subject, series)
    with _style.applied():
        if ax is not None:
            draw_returns(ax, subject, series)
            return _figure.finish_axes(ax, caption)
        figure = _figure.compose(returns_row(subject, series), loss_row(subject, names), width=width, row_height=2.5)
        return _figure.finish(figure, [*caption, last_caption(subject), losses_caption(subject, names)], save_path)


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
    subject = make_subject(
        rewards, losses=losses, eval_rewards=eval_rewards, target=target, window=window, labels=labels, level=level
    )
    series, evaluation = _series.learning_curve(subject), _series.evaluation_curve(subject)
    names = shown_losses(subject)
    trailing = _trailing.trailing(subject) if _trailing.has_windows(subject) else None
    panels = _detail_panels(subject, series, evaluation, trailing)
    with _style.applied():
        figure = _figure.compose(returns_row(subject, series), panels, loss_row(subject, names), width=width)
        caption = [
            *returns_caption(subject, series),
            last_caption(subject),
            _captions.evaluation(subject, evaluation),
            _detail_caption(subject, trailing),
            losses_caption(subject, names),
        ]
        return _figure.finish(figure, caption, save_path)


def _detail_panels(
    subject: Subject, series: Series, evaluation: Series | None, trailing: Trailing | None
) -> list[Panel]:
    """Evaluation, spread and share of the target, where they are known."""
    panels = []
    if evaluation is not None and evaluation is not series:
        panels.append(Panel(partial(draw_evaluation, subject=subject, series=evaluation)))
    if series.over_runs is not None:
        panels.append(Panel(partial(_draw_spread_over_runs, subject=subject, series=series)))
    elif trailing is not None:
        title = f"Standard deviation over {trailing.window} {trailing.entry}s"
        panels.append(
            Panel(
                partial(
                    _curves.draw_trailing, subject=subject, trailing=trailing, name="std", title=title, legend=False
                )
            )
        )
    if trailing is not None and trailing.has("fraction_above"):
        panels.append(Panel(partial(draw_share_of_target, subject=subject, trailing=trailing)))
    return panels


def draw_evaluation(ax: Axes, subject: Subject, series: Series) -> None:
    """Returns of the evaluation rollouts; of a single run with their standard deviation over rollouts."""
    _curves.draw(ax, subject, series, title="Evaluation")
    if subject.is_one_run and series.x is not None:
        mean, std = subject.analysis.evaluation.mean[0, 0], subject.analysis.evaluation.std[0, 0]
        _marks.band(ax, series.x[0, 0], mean - std, mean + std, subject.looks[0])
    if subject.target is not None:
        _marks.reference(ax, subject.target)


def _draw_spread_over_runs(ax: Axes, subject: Subject, series: Series) -> None:
    """The standard deviation over runs at each point."""
    _axes.label(ax, x=series.x_name, title="Standard deviation over runs", whole_x=series.counted)
    for configuration in subject.faded:
        _marks.faded_line(ax, series.grid(configuration), series.over_runs.std[configuration])
    for configuration, look in subject.looks.items():
        _marks.line(ax, series.grid(configuration), series.over_runs.std[configuration], look)
    if _curves.nothing_finite(ax):
        _axes.missing(ax, "undefined: runs diverged, or there is one per point")


def draw_share_of_target(ax: Axes, subject: Subject, trailing: Trailing) -> None:
    """The share of a window's episodes that meet the target."""
    assert subject.target is not None
    title = f"Share of {trailing.entry}s that meet {_axes.plain(subject.target)}"
    _curves.draw_trailing(ax, subject, trailing, "fraction_above", title=title, legend=False)


def _detail_caption(subject: Subject, trailing: Trailing | None) -> str:
    if trailing is None or not trailing.has("fraction_above"):
        return ""
    over = "" if trailing.over_runs is None else " (line: median over runs; bands: quantiles over runs)"
    return f"Share that meets the target: of the last {trailing.window} {trailing.entry}s{over}."


def returns_row(subject: Subject, series: Series) -> list[Panel]:
    """The learning curve and, for several runs, their last returns."""
    curve = Panel(partial(draw_returns, subject=subject, series=series, title="Learning curve"), weight=_CURVE_WEIGHT)
    if not has_last_returns(subject):
        return [curve]
    return [curve, Panel(partial(draw_last_returns, subject=subject), shares_y=True)]


def loss_row(subject: Subject, names: Sequence[str]) -> list[Panel]:
    """One panel per loss."""
    return [Panel(partial(draw_loss, subject=subject, name=name)) for name in names]


def draw_returns(ax: Axes, subject: Subject, series: Series, *, title: str = "") -> None:
    """The learning curve of every configuration; the single episodes too where there is one run."""
    if subject.is_one_run:
        _draw_episodes(ax, subject)
    _curves.draw(ax, subject, series, title=title, name=series.what)
    if subject.target is not None:
        _marks.target(ax, subject.target)
    _axes.note(ax, _captions.diverged_share(subject))


def _draw_episodes(ax: Axes, subject: Subject) -> None:
    if _series.has_episodes(subject):
        x, y = episodes_of(subject, 0, "returns")
        _marks.points(ax, x, y, subject.looks[0], label="single episodes")


def returns_caption(subject: Subject, series: Series) -> list[str]:
    """What the learning curve shows."""
    return [
        _captions.curve(subject, series),
        _captions.colors(subject),
        _captions.target(subject),
        _captions.divergence(subject),
        _captions.overflow(subject),
        _captions.x_axis(series.x_name),
    ]


def last_caption(subject: Subject) -> str:
    """What the strips beside the learning curve show."""
    return _captions.last_returns(subject) if has_last_returns(subject) else ""


def has_last_returns(subject: Subject) -> bool:
    """There are last returns of several runs to compare."""
    owner = subject.summary if subject.analysis is None else subject.analysis
    return not subject.is_one_run and owner is not None and owner.performance is not None


def draw_last_returns(ax: Axes, subject: Subject) -> None:
    """One dot per run at the mean of its last episodes, with the estimate over runs."""
    _axes.label(ax, title=f"Last {subject.window}")
    for position, (configuration, look) in enumerate(subject.looks.items()):
        if subject.analysis is not None:
            _marks.strip(ax, subject.analysis.performance.last_window[configuration], position, look)
        if subject.summary is not None:
            _marks.interval(ax, position, *bounds(subject.summary.performance.last_window, configuration))
    if subject.target is not None:
        _marks.reference(ax, subject.target)
    ax.tick_params(labelleft=False)
    _label_strips(ax, subject)


def _label_strips(ax: Axes, subject: Subject) -> None:
    """Below each strip, how many of its runs solved the task (with a target) and how many diverged."""
    colored = subject.colored
    outcomes = [_outcome(subject, c) for c in colored]
    ax.set_xlim(-0.6, len(colored) - 0.4)
    ax.set_xticks(range(len(colored)), outcomes)
    ax.grid(visible=False, axis="x")
    figure = ax.figure
    assert isinstance(figure, Figure)
    room = figure.get_figwidth() * _STRIPS_SHARE
    width = _text_width.measure(figure, float(ax.xaxis.label.get_fontsize()))
    if len(colored) * max(width(f"{line} ") for words in outcomes for line in words.split("\n")) > room:
        ax.tick_params(axis="x", rotation=90)
    if solved_runs(subject, colored[0]):
        ax.set_xlabel(next((words for words in _SOLVED if width(words) <= room), _SOLVED[-1]))


def _outcome(subject: Subject, configuration: int) -> str:
    diverged = _curves.diverged_runs(subject, configuration)
    crosses = f"\N{MULTIPLICATION SIGN} {diverged}" if diverged else ""
    return "\n".join(filter(None, [solved_runs(subject, configuration), crosses]))


def solved_runs(subject: Subject, configuration: int) -> str:
    """``12/16``; "" without a target."""
    if subject.analysis is None or subject.analysis.performance is None or subject.analysis.performance.solved is None:
        return ""
    return f"{int(subject.analysis.performance.solved[configuration].sum())}/{subject.runs}"


def shown_losses(subject: Subject, most: int = MOST_LOSSES) -> tuple[str, ...]:
    """The first losses by name, those called a loss before diagnostics."""
    names = _series.loss_names(subject)
    return tuple(sorted(names, key=lambda name: "loss" not in name.lower()))[:most]


def draw_loss(ax: Axes, subject: Subject, name: str) -> None:
    """One loss or diagnostic."""
    series = _series.loss_curve(subject, name)
    _curves.draw(ax, subject, dataclasses.replace(series, y_name=""), title=series.y_name)


def losses_caption(subject: Subject, names: Sequence[str]) -> str:
    """What the loss panels show."""
    everything = _series.loss_names(subject)
    if not names:
        return ""
    series = _series.loss_curve(subject, names[0])
    some = f" ({len(names)} of {len(everything)} series)" if len(names) < len(everything) else ""
    shown = "" if series.over_runs is None else ", line and band as above"
    return f"Losses of each update{some}{shown}."
