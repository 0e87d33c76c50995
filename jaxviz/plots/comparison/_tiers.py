"""Algorithms in their tiers: a critical-difference diagram, turned so that names and intervals have a row each."""

from collections.abc import Sequence
from functools import partial
from itertools import groupby
from typing import Unpack

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..._explained import explained
from ...comparison import BETTER, WORSE, Comparison
from ...stats import Interval
from ...view import capitalized, counted
from ...view._interval_words import interval_words
from ...view.comparisons._describe import CORRECTIONS, algorithms_in_order
from .._draw import _axes, _figure, _rows
from .._draw._figure import PathLike, Width, Words
from .._draw._rows import Row
from ._subject import colors, diverged_words, read, runs_of, score_axis

_LANE = 6.0
"""Points between bars that stand side by side."""


@explained
def plot_tiers(
    comparison: Comparison,
    save_path: PathLike | None = None,
    *,
    width: Width = None,
    ax: Axes | None = None,
    **words: Unpack[Words],
) -> Figure:
    """The aggregate score of each algorithm with its interval, in tiers; bars join those that cannot be told apart.

    `comparison`: from `jv.compare`. Rows are sorted by tier, then by score. An upright bar stands beside neighbours of
    which no pair is better or worse than another (as in a critical-difference diagram); with a baseline, which leaves
    most pairs uncompared, there are none.
    `title`, `x_label`, `y_label`, `x_limits`, `y_limits`: in place of the figure's own; see `Words`.

    >>> comparison = jv.compare({"PPO": [5.0, 6.0, 7.0], "DQN": [1.0, 2.0, 4.0]}, jax.random.key(0), reps=100)
    >>> figure = jv.plots.plot_tiers(comparison)
    >>> print(jv.plots.figure_caption(figure, short=True))
    IQM with its 95% scaled percentile bootstrap interval (the runs of each task resampled, 100 replicates) of each
    algorithm over 1 task.
    """
    _figure.check(save_path, words)
    c = read(comparison)
    order = algorithms_in_order(c)
    draw = partial(_draw, c=c, order=order)
    height = 0.8 + _rows.pitch(len(order)) * len(order)
    return _figure.draw_one(draw, _caption(c), save_path, width=width, row_height=height, ax=ax, words=words)


def _draw(ax: Axes, c: Comparison, order: Sequence[int]) -> None:
    found: Interval = getattr(c.aggregate, c.estimator)
    ink = colors(c)
    rows = [_rows.row_of(found, a, ink[a]) for a in order]
    _axes.label(ax, x=score_axis(c, found.estimator))
    _rows.draw_rows(ax, rows)
    ax.margins(x=0.06)
    _axes.name_rows(ax, [c.algorithms[a] for a in order], row=_rows.pitch(len(order)))
    _shade_tiers(ax, [int(c.tier[a]) for a in order], rows)
    lanes = [] if c.baseline is not None else _in_lanes(joined(c, order))
    for lane, bars in enumerate(lanes):
        for first, last in bars:
            _rows.upright_bar(ax, first, last, points=6 + _LANE * lane)
    _rows.words_beside(ax, _rows.interval_labels(rows), points=8 + _LANE * len(lanes))


def joined(c: Comparison, order: Sequence[int]) -> list[tuple[int, int]]:
    """The longest stretches of `order` in which every pair was compared and none is better or worse: first, last."""
    pairs = zip(c.pairs.first.tolist(), c.pairs.second.tolist(), c.pairs.verdict.tolist(), strict=True)
    alike = {frozenset((a, b)) for a, b, verdict in pairs if verdict not in (BETTER, WORSE)}
    found = list[tuple[int, int]]()
    for first in range(len(order)):
        last = first
        while last + 1 < len(order) and all(
            frozenset((order[i], order[last + 1])) in alike for i in range(first, last + 1)
        ):
            last += 1
        if last > first and not (found and found[-1][1] >= last):
            found.append((first, last))
    return found


def _in_lanes(bars: Sequence[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """Bars that do not meet stand in one lane."""
    lanes = list[list[tuple[int, int]]]()
    for bar in bars:
        free = next((lane for lane in lanes if lane[-1][1] < bar[0]), None)
        if free is None:
            lanes.append([bar])
        else:
            free.append(bar)
    return lanes


def _shade_tiers(ax: Axes, tiers: Sequence[int], shown: Sequence[Row]) -> None:
    """Every second tier on grey, and the number of each at its first row."""
    start = 0
    for tier, rows in groupby(tiers):
        end = start + len(list(rows))
        if tier % 2 == 0:
            ax.axhspan(start - 0.5, end - 0.5, color="0.95", linewidth=0, zorder=0)
        _rows.words_inside(ax, start, f"tier {tier}", right=_rows.free_on_right(shown[start], shown))
        start = end


def _caption(c: Comparison) -> list[str]:
    found: Interval = getattr(c.aggregate, c.estimator)
    all_compared = len(c.algorithms) > 1 and c.baseline is None
    tasks = counted(int(found.n_tasks.max()), "task")
    return [
        f"{capitalized(interval_words(found))} of each algorithm over {tasks}; {runs_of(c)} of a task.",
        "Tiers: nobody in a tier is better than another of it.",
        f"Bars beside: no pair among them is better or worse ({CORRECTIONS[c.correction]})." if all_compared else "",
        diverged_words(c),
    ]
