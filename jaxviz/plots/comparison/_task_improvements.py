"""One algorithm against another on each task, sorted."""

import math
from functools import partial
from typing import Unpack

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..._explained import explained
from ...comparison import Comparison
from ...comparison._task_differences import task_differences
from ...host import to_host
from ...stats import Interval
from ...view import _looks, capitalized
from ...view._interval_words import method_words
from ...view.comparisons._describe import algorithms_in_order, score_words
from .._draw import _axes, _figure, _marks, _rows
from .._draw._figure import PathLike, Width, Words
from .._draw._rows import Row
from ._subject import direction_words, place_of, read, runs_of

_COLORS = {1: _looks.BETTER, 0: "0.55", -1: _looks.WORSE}
_SPREAD = 30.0
"""From a largest difference of so many medians on, the axis is logarithmic away from 0."""


@explained
def plot_task_improvements(
    comparison: Comparison,
    save_path: PathLike | None = None,
    *,
    algorithm: str | None = None,
    against: str | None = None,
    width: Width = None,
    ax: Axes | None = None,
    **words: Unpack[Words],
) -> Figure:
    """By how much an algorithm improves on another on each task: the difference of means with its interval, sorted.

    `comparison`: from `jv.compare`. `algorithm`: the best without it; `against`: the baseline without it, or else the
    next best. Intervals are of single tasks and are not adjusted for their number: they are no verdicts.
    `title`, `x_label`, `y_label`, `x_limits`, `y_limits`: in place of the figure's own; see `Words`.

    >>> comparison = jv.compare({"PPO": [5.0, 6.0, 7.0], "DQN": [1.0, 2.0, 4.0]}, jax.random.key(0), reps=100)
    >>> figure = jv.plots.plot_task_improvements(comparison)
    >>> print(jv.plots.figure_caption(figure, short=True))
    Difference in mean of the score, PPO less DQN, on each task with its 95% square-and-add interval.
    """
    _figure.check(save_path, words)
    c = read(comparison)
    first, second = _chosen(c, algorithm, against)
    found = to_host(task_differences(comparison, first, second))
    draw = partial(_draw, c=c, found=found, first=first, second=second)
    height = 0.95 + _rows.pitch(len(c.task_names)) * len(c.task_names)
    caption = _caption(c, found, first, second)
    return _figure.draw_one(draw, caption, save_path, width=width, row_height=height, ax=ax, words=words)


def _chosen(c: Comparison, algorithm: str | None, against: str | None) -> tuple[int, int]:
    """Places of the two."""
    if len(c.algorithms) < 2:
        raise ValueError(f"`comparison` has one algorithm, {', '.join(c.algorithms)!r}: there is nothing to improve on")
    order = algorithms_in_order(c)
    second = None if against is None else place_of(c, against, "against")
    if second is None and c.baseline is not None and algorithm != c.baseline:
        second = c.algorithms.index(c.baseline)
    rest = (a for a in order if a != second)
    first = next(rest) if algorithm is None else place_of(c, algorithm, "algorithm")
    second = next(a for a in order if a != first) if second is None else second
    if first == second:
        raise ValueError(f"`algorithm` and `against` are both {algorithm!r}: name two")
    return first, second


def _draw(ax: Axes, c: Comparison, found: Interval, first: int, second: int) -> None:
    order = _order(c, found)
    rows = [_row(c, found, t) for t in order]
    _axes.label(ax, x=f"{capitalized(found.estimator)} of the {score_words(c)}{_scale(c)}\n{direction_words(c)}")
    ax.set_title(f"{c.algorithms[first]} − {c.algorithms[second]}")
    _rows.draw_rows(ax, rows)
    _marks.vertical_reference(ax, 0)
    ax.margins(x=0.06)
    if _spans_decades(rows):
        _axes.symmetric_log(ax, _median(rows))
    _axes.name_rows(ax, [c.task_names[t] for t in order], row=_rows.pitch(len(order)))
    labels = _rows.interval_labels(rows, signed=True)
    _rows.words_beside(ax, [_missing(c, (first, second), t) or label for label, t in zip(labels, order, strict=True)])


def _scale(c: Comparison) -> str:
    return "" if c.scale.name == "raw" else f", normalised by {c.scale.name}"


def _order(c: Comparison, found: Interval) -> list[int]:
    """The largest improvement on top, tasks that one of them lacks last."""
    sign = 1 if c.minimize else -1
    size = [sign * float(x) for x in found.estimate]
    return sorted(range(len(size)), key=lambda t: size[t] if size[t] == size[t] else math.inf)


def _row(c: Comparison, found: Interval, t: int) -> Row:
    row = _rows.row_of(found, t, "")
    side = (row.low > 0) - (row.high < 0)
    return row._replace(color=_COLORS[-side if c.minimize else side], filled=side != 0)


def _spans_decades(rows: list[Row]) -> bool:
    sizes = [abs(row.estimate) for row in rows if 0 < abs(row.estimate) < math.inf]
    return len(sizes) > 2 and max(sizes) > _SPREAD * _median(rows)


def _median(rows: list[Row]) -> float:
    """The middle size of differences, for the choice of an axis."""
    sizes = sorted(abs(row.estimate) for row in rows if 0 < abs(row.estimate) < math.inf)
    return sizes[len(sizes) // 2]


def _missing(c: Comparison, places: tuple[int, int], t: int) -> str:
    """Why a task has no difference; "" if it has one."""
    missing = [c.algorithms[a] for a in places if not c.tasks.runs[a, t]]
    if missing:
        return f"no runs of {missing[0]}" if len(missing) == 1 else "no runs"
    return ""


def _caption(c: Comparison, found: Interval, first: int, second: int) -> list[str]:
    rows = [_row(c, found, t) for t in range(len(c.task_names))]
    return [
        f"{capitalized(found.estimator)} of the {score_words(c)}{_scale(c)}, {c.algorithms[first]} less "
        f"{c.algorithms[second]}, on each task with its {method_words(found)}; {runs_of(c)}.",
        "Intervals are not adjusted for the number of tasks.",
        "Hollow: the interval has 0 in it.",
        "x: logarithmic away from 0." if _spans_decades(rows) else "",
    ]  # fmt: skip
