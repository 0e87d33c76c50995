"""A metric against the values of one hyper-parameter."""

import itertools
import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, Unpack

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..._explained import explained
from ...view import _looks
from .._draw import _axes, _figure, _marks, _ordered, _text_width
from .._draw._figure import PathLike, Width, Words
from ._scores import (
    METRIC,
    Parameters,
    Score,
    Scores,
    known_parameters,
    not_finite,
    parameter_values,
    read_scores,
    setting_label,
)

_DECADE = 10.0
"""Positive values that span this ratio are drawn on a logarithmic axis."""
_APART = 3.5
"""Points between the marks of two lines at the same value."""
_MOST_TICKS = 12
"""With more values, labels of four digits run into each other; matplotlib chooses the ticks then."""
_CLOSEST = 0.07
"""Values closer than this share of the axis do not have a tick each."""


class Lines(NamedTuple):
    """The configurations that are drawn."""

    x: str
    values: tuple[Any, ...]
    """Of `x`, ascending; names as they came."""
    lines: tuple[tuple[str, tuple[Score | None, ...]], ...]
    """Label, and the configuration shown at each value; None: there is none."""
    most: int
    """Configurations that share a place, at most."""
    held: Mapping[str, Any]
    ordered: bool
    """The lines are numbers in their order."""

    @property
    def shown(self) -> list[Score]:
        """Every configuration in the figure."""
        return [score for _, line in self.lines for score in line if score is not None]


@explained
def plot_hyperparameter_sensitivity(
    results: Any,
    metric: str = METRIC,
    save_path: PathLike | None = None,
    *,
    x: str | None = None,
    by: str | None = None,
    hold: Parameters | None = None,
    parameters: Sequence[Parameters] | None = None,
    minimize: bool | None = None,
    level: float = 0.95,
    width: Width = None,
    ax: Axes | None = None,
    **words: Unpack[Words],
) -> Figure:
    """The metric against the values of one hyper-parameter: the estimate with its interval, and a dot per run.

    `results`, `metric` and `parameters` as in `plot_hyperparameter_heatmap`, with one hyper-parameter or more. `x`:
    which one (without it, the first that varies). `by`: a second, one line for each of its values. `hold`: name → value
    of those that are held. Of the configurations that still share a place, the one with the best estimate is shown and
    the caption says so; `minimize` as in `plot_hyperparameter_comparison`. Positive numbers that span a decade stand on
    a logarithmic axis; names, and numbers with a zero beside such a span, stand evenly.
    `title`, `x_label`, `y_label`, `x_limits`, `y_limits`: in place of the figure's own; see `Words`.

    >>> rows = [{"lr": lr, "clip": clip, "score": [1.0, 2.0, lr]} for lr in (3.0, 5.0) for clip in (0.1, 0.2)]
    >>> figure = jv.plots.plot_hyperparameter_sensitivity(rows, "score", by="clip")
    >>> print(jv.plots.figure_caption(figure, short=True))
    Score by lr: IQM with its 95% interval over n = 3 runs (scaled bootstrap, runs resampled). Faint dots: runs.
    """
    _figure.check(save_path, words)
    scores = read_scores(results, metric, parameters=parameters, minimize=minimize, level=level)
    plan = _arrange(scores, x, by, hold or {})
    draw = partial(_draw, plan=plan, name=scores.label)
    return _figure.draw_one(draw, _caption(plan, scores), save_path, width=width, ax=ax, words=words)


def _arrange(scores: Scores, x: str | None, by: str | None, hold: Parameters) -> Lines:
    """Every configuration at its value and on its line."""
    known = known_parameters(scores, 1)
    asked = [name for name in (x, by, *hold) if name is not None]
    unknown = [name for name in asked if name not in known]
    if unknown or len(set(asked)) < len(asked):
        raise ValueError(f"`x`, `by` and `hold` must be different ones of {', '.join(known)}; got {', '.join(asked)}")
    rows = [row for row in scores.rows if all(row.parameters[name] == value for name, value in hold.items())]
    if not rows:
        given = {name: parameter_values(scores.rows, name) for name in hold}
        raise ValueError(f"no configuration has {dict(hold)} (`hold`); the values are {given}")
    free = [name for name in known if name not in asked]
    x = x or next((name for name in free if len(parameter_values(rows, name)) > 1), None) or next(iter(free), None)
    if x is None:
        raise ValueError("`hold` and `by` leave no hyper-parameter for the x axis: give `x`")
    values = parameter_values(rows, x)
    groups = parameter_values(rows, by) if by else (None,)
    cells = [
        [[r for r in rows if r.parameters[x] == v and (not by or r.parameters[by] == g)] for v in values]
        for g in groups
    ]
    labels = [f"{by}={setting_label(group)}" if by else "" for group in groups]
    shown = [tuple(next(iter(scores.ordered(cell)), None) for cell in row) for row in cells]
    lines = tuple(zip(labels, shown, strict=True))
    return Lines(
        x,
        values,
        lines,
        max(len(cell) for row in cells for cell in row),
        hold,
        by is not None and not _is_named(groups),
    )


def _draw(ax: Axes, plan: Lines, name: str) -> None:
    _axes.label(ax, x=plan.x, y=name)
    places = _scale(ax, plan.values)
    names = [label for label, _ in plan.lines]
    looks = _ordered.looks(names) if plan.ordered else _looks.looks(names)
    for i, ((label, line), look) in enumerate(zip(plan.lines, looks, strict=True)):
        with _marks.beside(ax, (i - (len(names) - 1) / 2) * _APART):
            shown = [(place, score) for place, score in zip(places, line, strict=True) if score is not None]
            for place, score in shown:
                if len(score.values) > 1:
                    _marks.column(ax, place, score.values, look)
            at, estimates, low, high = zip(*((p, s.estimate, s.low, s.high) for p, s in shown), strict=True)
            _marks.error_bars(
                ax, at, estimates, low, high, look, joined=not _is_named(plan.values), label=label or None
            )
    undefined = sum(math.isnan(score.estimate) for score in plan.shown)
    if undefined == len(plan.shown):
        _axes.missing(ax, "undefined: in every configuration a run has no finite value")


def _is_named(values: Sequence[Any]) -> bool:
    return any(isinstance(value, str | bool) for value in values)


def _scale(ax: Axes, values: Sequence[Any]) -> list[float]:
    """Where each value stands; the axis is scaled and ticked for them."""
    positive = [] if _is_named(values) else [float(value) for value in values if float(value) > 0]
    spans = bool(positive) and positive[-1] >= _DECADE * positive[0] * 0.999
    if _is_named(values) or (spans and len(positive) < len(values)):
        ax.set_xticks(range(len(values)), [_text_width.fold(setting_label(value), 16) for value in values])
        ax.set_xlim(-0.5, len(values) - 0.5)
        return [float(i) for i in range(len(values))]
    places = [float(value) for value in values]
    if spans:
        ax.set_xscale("log")
        _axes.si_ticks(ax)
    _tick_values(ax, [math.log(place) for place in places] if spans else places, places)
    ax.margins(x=0.06)
    return places


def _tick_values(ax: Axes, along: Sequence[float], places: Sequence[float]) -> None:
    """A tick at every value, if there is room for their labels."""
    span = (along[-1] - along[0]) or 1.0
    gaps = [(b - a) / span for a, b in itertools.pairwise(along)]
    if len(places) <= _MOST_TICKS and min(gaps, default=1.0) >= _CLOSEST:
        ax.set_xticks(places, [setting_label(place) for place in places])
        ax.set_xticks([], minor=True)


def _caption(plan: Lines, scores: Scores) -> list[str]:
    others = [name for name in known_parameters(scores, 1) if name != plan.x and name not in plan.held]
    rest = ", ".join(name for name in others if len(parameter_values(plan.shown, name)) > 1)
    marks = " Faint dots: runs." if any(len(score.values) > 1 for score in plan.shown) else ""
    held = ", ".join(f"{name}={setting_label(value)}" for name, value in plan.held.items())
    chosen = f"Of up to {plan.most} configurations at a value the one with the {scores.first} estimate is shown"
    return [
        f"{scores.label} by {plan.x}: {scores.how}.{marks}",
        f"Held: {held}." if held else "",
        f"{chosen}{f', so {rest} may differ along a line' if rest else ''}." if plan.most > 1 else "",
        not_finite(plan.shown),
    ]
