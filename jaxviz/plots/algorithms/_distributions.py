"""Every final score of every algorithm: the share of runs at or below each."""

import math
from collections.abc import Mapping
from functools import partial
from typing import Any, Unpack

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..._explained import explained
from ..._types import Array
from ...host import as_array, to_host
from ...view import _looks
from .._draw import _axes, _figure, _marks
from .._draw._figure import PathLike, Width, Words


@explained
def plot_score_distributions(
    scores: Mapping[str, Any],
    save_path: PathLike | None = None,
    *,
    minimize: bool = False,
    x_name: str = "Final return",
    width: Width = None,
    ax: Axes | None = None,
    **words: Unpack[Words],
) -> Figure:
    """The empirical distribution function of the scores: the share of runs at or below each, one line per algorithm.

    F(x) = #{i: sᵢ ≤ x} / n

    `scores`: algorithm → one score per run [run], such as ``analysis.performance.final``. A line further right has
    higher scores; a step for each run, so that camps of runs are steep parts with a flat one between. A run without a
    finite score is the worst: it counts in n, below all others, or above them if `minimize`. ValueError without a name
    or a run. Source: the definition.

    `title`, `x_label`, `y_label`, `x_limits`, `y_limits`: in place of the figure's own; see `Words`.

    >>> figure = jv.plots.plot_score_distributions({"PPO": [410.0, 380.0, 395.0], "DQN": [300.0, 420.0, 310.0]})
    >>> print(jv.plots.figure_caption(figure, short=True))
    Line: share of runs whose score is at or below x.
    """
    _figure.check(save_path, words)
    _figure.check_named(scores, "scores")
    host = {name: to_host(as_array(values, f"scores[{name!r}]")) for name, values in scores.items()}
    for name, values in host.items():
        if values.ndim != 1 or not len(values):
            raise ValueError(f"`scores` must have one number per run [run], got shape {values.shape} for {name!r}")
    lost = {name: int((~(abs(values) < math.inf)).sum()) for name, values in host.items()}
    counts = ", ".join(f"{name} {len(values)}" for name, values in host.items())
    worst = ", ".join(f"{name} {count}" for name, count in lost.items() if count)
    caption = [
        "Line: share of runs whose score is at or below x.",
        f"Runs: {counts}.",
        f"Without a finite score, and counted as the worst: {worst}." if worst else "",
    ]
    draw = partial(_draw, scores=host, minimize=minimize, x_name=x_name)
    return _figure.draw_one(draw, caption, save_path, width=width, ax=ax, words=words)


def _draw(ax: Axes, scores: Mapping[str, Array], minimize: bool, x_name: str) -> None:
    _axes.label(ax, x=x_name, y="Share of runs at or below")
    finite = {name: sorted(values[abs(values) < math.inf].tolist()) for name, values in scores.items()}
    ends = [value for own in finite.values() for value in (own[:1] + own[-1:])]
    if not ends:
        _axes.missing(ax, "no finite score")
        return
    beside = 0.03 * ((max(ends) - min(ends)) or abs(max(ends)) or 1.0)
    for (name, own), look in zip(finite.items(), _looks.looks(list(scores)), strict=True):
        count = len(scores[name])
        below = 0 if minimize else count - len(own)
        heights = [(below + i) / count for i in range(len(own) + 1)]
        places = [min(ends) - beside, *own, max(ends) + beside]
        _marks.stairs(ax, places, [*heights, heights[-1]], look, label=name)
    ax.set_ylim(-0.02, 1.02)
