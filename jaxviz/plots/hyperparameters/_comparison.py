"""Configurations against each other, one row each."""

import math
from collections.abc import Sequence
from functools import partial
from typing import Any, Unpack

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..._explained import explained
from ...view import _looks, capitalized
from ...view._looks import Look
from .._draw import _axes, _figure, _marks
from .._draw._figure import PathLike, Width, Words
from .._draw._interval_bars import draw_interval
from ._scores import METRIC, Score, not_finite, read_scores

_INK = Look("0.4", "-")
"""Of more configurations than colours tell apart."""


@explained
def plot_hyperparameter_comparison(
    results: Any,
    metric: str = METRIC,
    save_path: PathLike | None = None,
    *,
    labels: Sequence[str] | None = None,
    minimize: bool | None = None,
    level: float = 0.95,
    width: Width = None,
    **words: Unpack[Words],
) -> Figure:
    """One row per configuration: a dot per run, the estimate over the runs and its interval; best estimate first.

    `results`: an Analysis, an Aggregate or a TrainingRun with configurations [configuration, run], named by `labels`;
    or a mapping from configuration to such a result, to the metric's value of every run (one number or [run]), or to a
    mapping that has it under `metric`; or a table: a list of mappings of hyper-parameters and `metric`.
    `metric`: the name of a number of the Analysis, ``final`` or ``stability/max_drawdown``, or a key of the
    table. Plain numbers get the IQM with a run-level bootstrap interval of `level`. `minimize`: lower is better
    (without it, as the results say; of plain numbers the highest comes first).
    `title`, `x_label`, `y_label`, `x_limits`, `y_limits`: in place of the figure's own; see `Words`.

    >>> figure = jv.plots.plot_hyperparameter_comparison({"lr=0.1": [1.0, 2.0, 3.0], "lr=0.2": [4.0, 5.0, 6.0]})
    >>> print(*(row.get_text() for row in figure.axes[0].get_yticklabels()))
    lr=0.2 lr=0.1
    """
    _figure.check(save_path, words)
    scores = read_scores(results, metric, labels=labels, minimize=minimize, level=level)
    rows = scores.ordered(scores.rows)
    marks = f"dots: runs; bars: {scores.how}" if any(len(row.values) != 1 for row in rows) else scores.how
    caption = [f"{scores.label}: {marks}. {capitalized(scores.first)} first.", not_finite(rows)]
    draw = partial(_draw_rows, rows=rows, names=[row.label for row in scores.rows], name=scores.label)
    return _figure.draw_one(draw, caption, save_path, width=width, row_height=0.7 + 0.3 * len(rows), words=words)


def _draw_rows(ax: Axes, rows: Sequence[Score], names: Sequence[str], name: str) -> None:
    """Dots and intervals, one row per configuration, the first on top. `names`: in the order of other figures."""
    _axes.label(ax, x=name)
    looks = dict(zip(names, _looks.looks(names), strict=True)) if len(names) <= len(_looks.PALETTE) else {}
    for place, row in enumerate(rows):
        look = looks.get(row.label, _looks.own(row.label, _INK))
        _marks.strip(ax, row.values, place, look, vertical=False)
        if len(row.values) != 1:  # the estimate of one run is its dot
            draw_interval(ax, place, row.estimate, row.low, row.high, vertical=False)
        if math.isnan(row.estimate):
            _marks.remark(ax, place, "undefined", outside=True)
    _axes.name_rows(ax, [row.label for row in rows])
