"""A random search: the metric of every trial against each of its hyper-parameters."""

import math
from collections.abc import Sequence
from functools import partial
from typing import Any, Unpack

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..._explained import explained
from ...view import _looks
from .._draw import _axes, _figure, _marks
from .._draw._figure import Panel, PathLike, Width, Words
from ._scores import (
    METRIC,
    Parameters,
    Score,
    known_parameters,
    not_finite,
    parameter_values,
    read_scores,
    setting_label,
)

_COLUMNS = 4
_DECADE = 10.0
"""Positive numbers that span this ratio are drawn on a logarithmic axis."""


@explained
def plot_trials(
    results: Any,
    metric: str = METRIC,
    save_path: PathLike | None = None,
    *,
    parameters: Sequence[Parameters] | None = None,
    minimize: bool | None = None,
    level: float = 0.95,
    width: Width = None,
    **words: Unpack[Words],
) -> Figure:
    """The trials of a random search: one panel for each hyper-parameter that varies, a dot for each configuration.

    `results`, `metric`, `parameters` and `minimize` as in `plot_hyperparameter_sensitivity`. A dot is the estimate over
    the runs of a configuration; ringed is the best. Positive numbers that span a decade stand on a logarithmic axis,
    names evenly. ValueError if no hyper-parameter varies. Source: Bergstra & Bengio 2012.

    `title`, `x_label`, `y_label`, `x_limits`, `y_limits`: in place of the figure's own; see `Words`.

    >>> rows = [{"lr": lr, "clip": clip, "score": [1.0, 2.0, lr]} for lr in (3.0, 5.0) for clip in (0.1, 0.2)]
    >>> figure = jv.plots.plot_trials(rows, "score")
    >>> print(jv.plots.figure_caption(figure, short=True))
    Score of 4 configurations by each of their hyper-parameters: IQM with its 95% interval over n = 3 runs (scaled
    bootstrap, runs resampled).
    """
    _figure.check(save_path, words)
    scores = read_scores(results, metric, parameters=parameters, minimize=minimize, level=level)
    every = {name: parameter_values(scores.rows, name) for name in known_parameters(scores, 1)}
    names = [name for name, values in every.items() if len(values) > 1]
    if not names:
        raise ValueError("no hyper-parameter varies: all configurations are alike")
    rows = scores.ordered(scores.rows)
    panels = [
        Panel(
            partial(_draw, rows=rows, values=every[name], name=name, y=scores.label if i % _COLUMNS == 0 else ""),
            shares_y=i % _COLUMNS > 0,
        )
        for i, name in enumerate(names)
    ]
    caption = [
        f"{scores.label} of {len(rows)} configurations by each of their hyper-parameters: {scores.how}.",
        f"Ringed: the {scores.first}.",
        not_finite(rows),
    ]
    table = [panels[i : i + _COLUMNS] for i in range(0, len(panels), _COLUMNS)]
    return _figure.draw(table, caption, save_path, width=width, words=words)


def _draw(ax: Axes, rows: Sequence[Score], values: Sequence[Any], name: str, y: str) -> None:
    _axes.label(ax, x=name, y=y)
    shown = [row for row in rows if math.isfinite(row.estimate)]
    if not shown:
        _axes.missing(ax, "undefined in every configuration")
        return
    places = _places(ax, values, shown, name)
    heights = [row.estimate for row in shown]
    _marks.dots(ax, places, heights, _looks.look(0))
    _marks.ring(ax, places[0], heights[0])


def _places(ax: Axes, values: Sequence[Any], shown: Sequence[Score], name: str) -> list[float]:
    """Where the value of each configuration stands; the axis is scaled for them."""
    if any(isinstance(value, str | bool) for value in values):
        ax.set_xticks(range(len(values)), [setting_label(value) for value in values])
        ax.set_xlim(-0.5, len(values) - 0.5)
        return [float(values.index(row.parameters[name])) for row in shown]
    numbers = [float(value) for value in values]
    if numbers[0] > 0 and numbers[-1] >= _DECADE * numbers[0]:
        ax.set_xscale("log")
        _axes.si_ticks(ax)
    else:
        _axes.few_ticks(ax)
    return [float(row.parameters[name]) for row in shown]
