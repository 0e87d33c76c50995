"""The learning curves of algorithms: over all common tasks in one panel, and a panel for each task."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Unpack

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..._explained import explained
from ..._kinds import refusal
from ..._printable import printable
from ..._types import Array
from ...comparison import Curves
from ...host import to_host
from ...stats import Interval
from ...view import _looks, capitalized, counted
from ...view._interval_words import method_words
from ...view._looks import Look
from ...view._numbers import percent
from .._draw import _axes, _figure, _marks
from .._draw._figure import Panel, PathLike, Width, Words
from ._subject import MOST_COLORS, task_places

_STEPS, _SHARE = "Environment steps", "Share of the budget"
_COLUMNS = 4
_BEST = 5
"""Of more algorithms than colours tell apart: those that have one."""


@explained
def plot_common_curves(
    curves: Curves,
    save_path: PathLike | None = None,
    *,
    simultaneous: bool = False,
    width: Width = None,
    ax: Axes | None = None,
    **words: Unpack[Words],
) -> Figure:
    """The IQM of the normalised return over all common tasks while algorithms train, with a band each.

    `curves`: from `jv.compare_curves`. `simultaneous`: bands that hold a whole curve at once; without it each point has
    an interval of its own. x: steps if all tasks have one budget, else the share of each task's.
    `title`, `x_label`, `y_label`, `x_limits`, `y_limits`: in place of the figure's own; see `Words`.

    >>> run = jv.from_arrays(np.arange(18.0).reshape(3, 6), step=np.arange(10, 70, 10))
    >>> study = jv.Study({"PPO": {"CartPole-v1": run}, "DQN": {"CartPole-v1": run}})
    >>> curves = jv.compare_curves(study, jax.random.key(0), points=5, reps=100)
    >>> figure = jv.plots.plot_common_curves(curves)
    >>> print(jv.plots.figure_caption(figure, short=True))
    Line: IQM of the return over 1 task, 3 runs of each at the end.
    """
    _figure.check(save_path, words)
    c = _read(curves)
    draw = partial(_draw_common, c=c, simultaneous=simultaneous)
    return _figure.draw_one(draw, _common_caption(c, simultaneous), save_path, width=width, ax=ax, words=words)


@explained
def plot_task_curves(
    curves: Curves,
    save_path: PathLike | None = None,
    *,
    tasks: Sequence[str] | None = None,
    width: Width = None,
    **words: Unpack[Words],
) -> Figure:
    """The IQM of the return on each task while algorithms train, with its interval: a panel for each task.

    `curves`: from `jv.compare_curves`. `tasks`: which, in their order; all without it. Each panel has its own scale.
    `title`, `x_label`, `y_label`, `x_limits`, `y_limits`: in place of the figure's own; see `Words`.

    >>> run = jv.from_arrays(np.arange(18.0).reshape(3, 6), step=np.arange(10, 70, 10))
    >>> study = jv.Study({"PPO": {"CartPole-v1": run}, "DQN": {"CartPole-v1": run}})
    >>> curves = jv.compare_curves(study, jax.random.key(0), points=5, reps=100)
    >>> figure = jv.plots.plot_task_curves(curves)
    >>> print(jv.plots.figure_caption(figure, short=True))
    Line: IQM of the return over runs.
    """
    _figure.check(save_path, words)
    c = _read(curves)
    places = task_places(c.task_names, tasks)
    panels = [Panel(partial(_draw_task, c=c, t=t)) for t in places]
    grid = _figure.in_grid(panels, _COLUMNS)
    return _figure.draw(grid, _task_caption(c), save_path, width=width, row_height=1.7, words=words)


def _read(curves: Any) -> Curves:
    """The curves on the host; TypeError for other objects."""
    if not isinstance(curves, Curves):
        raise TypeError(refusal("curves", curves, "Curves, from jv.compare_curves", "Curves"))
    names, tasks = (tuple(map(printable, some)) for some in (curves.algorithms, curves.task_names))
    return replace(to_host(curves), algorithms=names, task_names=tasks)


def _draw_common(ax: Axes, c: Curves, simultaneous: bool) -> None:
    alike = _one_budget(c)
    x = c.share * c.budget[0] if alike else c.share
    scale = "" if c.scale.name == "raw" else f" ({c.scale.name}-normalised)"
    _axes.label(ax, x=_STEPS if alike else _SHARE, y=f"{capitalized(c.iqm.estimator)} of the {c.metric}{scale}")
    shown = c.band if simultaneous else c.iqm
    for a, look in _looks_of(c):
        _draw_one(ax, x, shown, (a,), look, c.algorithms[a])


def _draw_task(ax: Axes, c: Curves, t: int) -> None:
    _axes.label(ax)
    _axes.few_ticks(ax)
    x = c.share * c.budget[t]
    for a, look in _looks_of(c):
        if int(c.runs[a, t].max()):
            _draw_one(ax, x, c.by_task, (a, t), look, c.algorithms[a])
    _axes.title_in_panel(ax, c.task_names[t], c.algorithms)


def _draw_one(ax: Axes, x: Array, curve: Interval, place: tuple[int, ...], look: Look | None, name: str) -> None:
    """A line with its band, or a faint line; gaps where runs that diverged leave no number."""
    estimate, low, high = (part[place] for part in (curve.estimate, curve.low, curve.high))
    if look is None:
        _marks.faded_line(ax, x, estimate, label="other algorithms")
        return
    _marks.line(ax, x, estimate, look, label=name)
    _marks.band(ax, x, low, high, look)


def _looks_of(c: Curves) -> list[tuple[int, Look | None]]:
    """Each algorithm with its look, the same as in the other figures; of very many, the best at the end have one."""
    count = len(c.algorithms)
    if count <= MOST_COLORS:
        return list(enumerate(_looks.looks(c.algorithms)))
    ends = c.iqm.estimate[:, -1].tolist()
    sign = 1 if c.minimize and c.scale.name == "raw" else -1
    best = sorted(range(count), key=lambda a: (ends[a] != ends[a], sign * ends[a]))[:_BEST]
    looks = dict(zip(best, _looks.looks([c.algorithms[a] for a in best]), strict=True))
    return [*((a, None) for a in range(count) if a not in looks), *((a, looks[a]) for a in best)]


def _one_budget(c: Curves) -> bool:
    return bool((c.budget == c.budget[0]).all())


def _common_caption(c: Curves, simultaneous: bool) -> list[str]:
    shown = c.band if simultaneous else c.iqm
    whole = f"{percent(shown.level.max())} band that holds the whole curve"
    kind = whole if simultaneous else f"pointwise {method_words(shown)}"
    ends = [int(n) for n in c.runs[..., -1].ravel() if n]
    runs = counted(min(ends), "run") if min(ends) == max(ends) else f"{min(ends)} to {max(ends)} runs"
    return [
        f"Line: {c.iqm.estimator} of the {c.metric} over {counted(len(c.common), 'task')}, {runs} of each at the end; "
        f"band: {kind}.",
        _axis_words(c),
        _best_words(c),
    ]


def _task_caption(c: Curves) -> list[str]:
    return [
        f"Line: {c.by_task.estimator} of the {c.metric} over runs; band: pointwise {method_words(c.by_task)}.",
        "x: environment steps, each task up to the budget that all algorithms went; y: each task on its own scale.",
        _best_words(c),
    ]


def _axis_words(c: Curves) -> str:
    return "" if _one_budget(c) else "x: share of the steps that all algorithms went on a task."


def _best_words(c: Curves) -> str:
    return "" if len(c.algorithms) <= MOST_COLORS else f"In colour: the {_BEST} best at the end."
