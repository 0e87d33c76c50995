"""Single episodes: their returns and lengths, how they are distributed, and how many there were."""

import math
from collections.abc import Sequence
from functools import partial
from typing import Any, Unpack

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..._explained import explained
from ..._run import EpisodeSeries
from ..._steps import plain
from ..._types import Array
from ...view import RESULTS, View, _series, _trailing, capitalized, known
from ...view._make import are_runs, check_data, view_of
from ...view._numbers import span
from ...view._series import EpisodeQuantity
from ...view._trailing import TrailingName
from .._draw import _axes, _captions, _curves, _figure, _marks
from .._draw._figure import Panel, PathLike, Width, Words
from ._panels import draw_single_episodes

_LENGTH = "Episode length (steps)"
_MOST_DOTS = 20_000
"""Of more episodes, every second, third, … is drawn: the cloud looks the same."""
_MOST_RUNS = 10
"""Lines of ended episodes per configuration, as many as thin lines of a learning curve."""


@explained
def plot_episode_statistics(
    episode_lengths: Any,
    rewards: Any = None,
    save_path: PathLike | None = None,
    *,
    target: float | None = None,
    window: int | None = None,
    labels: Sequence[str] | None = None,
    level: float = 0.95,
    width: Width = None,
    **words: Unpack[Words],
) -> Figure:
    """Returns and lengths of the episodes over training, how they are distributed, and how they go together.

    `episode_lengths` and `rewards`: arrays or lists of one shape, [episode], [run, episode] or [configuration, run,
    episode]; or a TrainingRun in place of the first. Curves are trailing means over `window` episodes (default: a tenth
    of each run's own, at most 100): of a single run with its episodes as dots, of many runs the median with bands of
    their quantiles.
    `title`, `x_label`, `y_label`, `x_limits`, `y_limits`: in place of the figure's own; see `Words`.

    >>> lengths, returns = [10, 12, 11, 15, 16, 20], [0.0, 2.0, 1.0, 3.0, 2.0, 4.0]
    >>> figure = jv.plots.plot_episode_statistics(lengths, returns)
    >>> print(jv.plots.figure_caption(figure, short=True))
    Return of each episode.
    """
    _figure.check(save_path, words)
    view = _view(episode_lengths, rewards, target=target, window=window, labels=labels, level=level)
    return _figure.draw(_panels(view), _caption(view), save_path, width=width, words=words)


@explained
def plot_episode_progress(
    rewards: Any,
    episode_lengths: Any = None,
    save_path: PathLike | None = None,
    *,
    target: float | None = None,
    window: int | None = None,
    labels: Sequence[str] | None = None,
    level: float = 0.95,
    width: Width = None,
    **words: Unpack[Words],
) -> Figure:
    """How training got on: the returns over training, and how many episodes had ended after how many steps.

    `rewards` and `episode_lengths` as in `plot_episode_statistics`, or a TrainingRun in place of the first. Without
    lengths, and so without steps, only the returns are drawn. Up to ten lines, one run each, per configuration.
    `title`, `x_label`, `y_label`, `x_limits`, `y_limits`: in place of the figure's own; see `Words`.

    >>> lengths, returns = [10, 12, 11, 15, 16, 20], [0.0, 2.0, 1.0, 3.0, 2.0, 4.0]
    >>> figure = jv.plots.plot_episode_progress(returns, lengths)
    >>> print(jv.plots.figure_caption(figure, short=True))
    Return of each episode.
    """
    _figure.check(save_path, words)
    of_runs = isinstance(rewards, RESULTS) or are_runs(rewards)
    given = (rewards, episode_lengths) if of_runs else (episode_lengths, rewards)
    view = _view(*given, target=target, window=window, labels=labels, level=level)
    panels = [Panel(partial(_draw_returns, view=view))]
    if _episodes(view).step is not None:
        panels.append(Panel(partial(_draw_ended, view=view)))
    caption = _progress_caption(view, len(panels) > 1)
    return _figure.draw([panels], caption, save_path, width=width, row_height=2.8, words=words)


def _draw_ended(ax: Axes, view: View) -> None:
    """Episodes that have ended by each step."""
    _axes.label(ax, x=_series.STEPS, y="Episodes ended", title="Episodes ended")
    episodes, mark = _episodes(view), _marks.line if view.is_one_run else _marks.run_line
    for configuration, look in view.looks.items():
        for run in range(min(view.runs, _MOST_RUNS)):
            kept = episodes.valid[configuration, run]
            steps = plain(known(episodes.step))[configuration, run][kept]
            label = view.labels[configuration] if view.configurations > 1 and not run else None
            mark(ax, steps, _series.positions(None, steps), look, label=label)


def _progress_caption(view: View, with_steps: bool) -> list[str]:
    shown = f"the first {_MOST_RUNS} of {view.runs} runs" if view.runs > _MOST_RUNS else "one line per run"
    return [
        _captions.trailing(view, _trailing.trailing(view), "Trailing means"),
        f"Right: episodes that had ended by each step, {shown}." if with_steps else "",
        _captions.colors(view),
        _captions.target_line(view),
        _captions.divergence_of_trailing(view),
        _captions.overflow(view),
    ]


def _view(episode_lengths: Any, rewards: Any, **options: Any) -> View:
    """The view of the arguments; ValueError if it has no single episodes."""
    if isinstance(episode_lengths, RESULTS) or are_runs(episode_lengths):
        if rewards is not None:
            raise ValueError(f"a {type(episode_lengths).__name__} brings its own data: leave `rewards` out")
        view = view_of(episode_lengths, "episode_lengths", **options)
    elif rewards is None:
        check_data(episode_lengths, "episode_lengths", "lengths of the episodes, or a TrainingRun")
        raise ValueError("`rewards` is missing: give lengths and rewards of the episodes, or a TrainingRun")
    else:
        view = view_of(rewards, "rewards", episode_lengths=episode_lengths, **options)
    if not knows_episodes(view):
        raise ValueError("single episodes are not known here: give a TrainingRun that has them, or arrays")
    return view


def knows_episodes(view: View) -> bool:
    """The view has single episodes and their trailing statistics."""
    return _series.has_episodes(view) and bool(view.per_run.windows)


def _episodes(view: View) -> EpisodeSeries:
    return known(known(view.run).episodes)


def _panels(view: View) -> list[list[Panel]]:
    curves = [Panel(partial(_draw_returns, view=view))]
    distributions = [Panel(partial(_draw_distribution, view=view, quantity="returns"))]
    if _episodes(view).lengths is not None:
        curves.append(Panel(partial(_draw_lengths, view=view)))
        distributions.append(Panel(partial(_draw_distribution, view=view, quantity="lengths")))
        distributions.append(Panel(partial(_draw_length_against_return, view=view)))
    return [curves, distributions]


def _draw_returns(ax: Axes, view: View) -> None:
    _draw_curve(ax, view, "mean", "returns")
    if view.target is not None:
        _marks.target(ax, view.target)
    _axes.note(ax, _captions.diverged_share(view))


def _draw_lengths(ax: Axes, view: View) -> None:
    _draw_curve(ax, view, "mean_length", "lengths")


def _draw_curve(ax: Axes, view: View, statistic: TrailingName, quantity: EpisodeQuantity) -> None:
    """The trailing mean over training, with the single episodes of a single run."""
    if view.is_one_run:
        draw_single_episodes(ax, view, quantity)
    title = f"{capitalized(_plural(view, quantity))} over training"
    _curves.draw_trailing(ax, view, _trailing.trailing(view), statistic, title=title, y_name=_name(view, quantity))


def _plural(view: View, quantity: EpisodeQuantity) -> str:
    return f"{view.metric}s" if quantity == "returns" else quantity


def _name(view: View, quantity: EpisodeQuantity) -> str:
    return view.metric_label if quantity == "returns" else _LENGTH


def _draw_distribution(ax: Axes, view: View, quantity: EpisodeQuantity) -> None:
    """Histograms of all episodes, those of the runs of a configuration together."""
    _axes.label(ax, x=_name(view, quantity), y="Share of episodes", title=f"All {_plural(view, quantity)}")
    pooled = {c: _finite(_series.episodes_of(view, c, quantity)[1]) for c in view.looks}
    ends = [float(v) for values in pooled.values() if len(values) for v in (values.min(), values.max())]
    if not ends:
        _axes.missing(ax, "no finite value")
    for configuration, look in view.looks.items():
        if len(pooled[configuration]):
            several = view.configurations > 1
            _marks.histogram(ax, pooled[configuration], look, limits=(min(ends), max(ends)), outline=several)


def _finite(values: Array) -> Array:
    return values[abs(values) < math.inf]


def _draw_length_against_return(ax: Axes, view: View) -> None:
    """One dot per episode."""
    _axes.label(ax, x=_LENGTH, y=view.metric_label, title=f"{capitalized(view.metric)} by length")
    for configuration, look in view.looks.items():
        _, lengths = _series.episodes_of(view, configuration, "lengths")
        _, returns = _series.episodes_of(view, configuration, "returns")
        every = _dots_apart(view)
        _marks.points(ax, lengths[::every], returns[::every], look)


def _dots_apart(view: View) -> int:
    """Every how many episodes one is drawn."""
    return max(1, -(-int(_episodes(view).valid[list(view.colored)].sum()) // _MOST_DOTS))


def _episodes_words(counts: Array, which: str) -> str:
    """``all 900 episodes, 80 to 100 per run``."""
    total = int(counts.sum())
    return "the only episode" if total == 1 else f"all {total:,} episodes{which}, {span(*_ends(counts))} per run"


def _ends(counts: Array) -> tuple[int, int]:
    return int(counts.min()), int(counts.max())


def _caption(view: View) -> list[str]:
    trailing = _trailing.trailing(view)
    counts = _episodes(view).valid[list(view.colored)].sum(axis=-1)
    every = _dots_apart(view)
    drawn = " of the coloured configurations" if view.faded else ""
    return [
        _captions.trailing(view, trailing, "Trailing means"),
        f"Distributions: {_episodes_words(counts, drawn)}.",
        f"{capitalized(view.metric)} by length: one episode in {every}." if every > 1 else "",
        _captions.colors(view),
        _captions.target_line(view),
        _captions.divergence_of_trailing(view),
        _captions.overflow(view),
    ]
