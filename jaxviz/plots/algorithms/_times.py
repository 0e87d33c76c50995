"""When runs met a target: the share of them that had, with those that never did."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Unpack

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..._explained import explained
from ..._kinds import refusal
from ..._steps import plain
from ..._types import Array
from ...stats import KaplanMeier
from ...view import _looks, _series
from ...view._looks import Look
from .._draw import _axes, _captions, _figure, _marks
from .._draw._figure import PathLike, Width, Words
from ._intervals import on_host


@explained
def plot_time_to_target(
    survivals: Mapping[str, Any],
    save_path: PathLike | None = None,
    *,
    x_name: str = _series.STEPS,
    width: Width = None,
    ax: Axes | None = None,
    **words: Unpack[Words],
) -> Figure:
    """The share of runs that have met a target after so many steps, 1 − S(t), with its pointwise band.

    `survivals`: algorithm → KaplanMeier, as `stats.kaplan_meier` returns it for the steps of
    ``analysis.convergence.crossing`` and whether it was reached. Strokes on a line: runs whose training ended before
    they met it (censored), which count among all as long as they were trained. `x_name`: what time is counted in.
    ↑, and further left is faster. ValueError without a name, TypeError for other results. Source: Kaplan & Meier 1958.

    `title`, `x_label`, `y_label`, `x_limits`, `y_limits`: in place of the figure's own; see `Words`.

    >>> survival = jv.stats.kaplan_meier([30, 50, 90], [True, True, False])
    >>> figure = jv.plots.plot_time_to_target({"PPO": survival})
    >>> print(jv.plots.figure_caption(figure, short=True))
    Line: share of runs that have met the target (Kaplan–Meier).
    """
    _figure.check(save_path, words)
    _figure.check_named(survivals, "survivals")
    for name, curve in survivals.items():
        if not isinstance(curve, KaplanMeier):
            wanted = "a KaplanMeier, from stats.kaplan_meier"
            raise TypeError(refusal(f"survivals[{name!r}]", curve, wanted, "KaplanMeier"))
    host = on_host(survivals)
    counts = ", ".join(f"{name} {_reached(curve)} of {_runs(curve)}" for name, curve in host.items())
    caption = [
        f"Line: share of runs that have met the target (Kaplan–Meier); in the end {counts} did.",
        "Band: pointwise, on the log(−log) scale; none where all runs have, or none has.",
        "Strokes: runs that ended before they met it.",
        _captions.x_axis(x_name) if x_name == _series.STEPS else "",
    ]
    draw = partial(_draw, survivals=host, x_name=x_name)
    return _figure.draw_one(draw, caption, save_path, width=width, ax=ax, words=words)


def _runs(curve: KaplanMeier) -> int:
    return int(curve.at_risk[0]) if curve.valid.any() else 0


def _reached(curve: KaplanMeier) -> int:
    return int(curve.events[curve.valid].sum())


def _draw(ax: Axes, survivals: Mapping[str, KaplanMeier], x_name: str) -> None:
    _axes.label(ax, x=x_name, y="Share of runs that met the target")
    for (name, curve), look in zip(survivals.items(), _looks.looks(list(survivals)), strict=True):
        if curve.valid.any():
            _draw_one(ax, curve, name, look)
    if not any(curve.valid.any() for curve in survivals.values()):
        _axes.missing(ax, "no run has an entry")
        return
    ax.set_ylim(-0.02, 1.02)


def _draw_one(ax: Axes, curve: KaplanMeier, name: str, look: Look) -> None:
    kept = curve.valid
    time, met = plain(curve.time)[kept].tolist(), (1 - curve.survival[kept]).tolist()
    _marks.stairs(ax, [0, *time], [0.0, *met], look, label=name)
    # The band of S turned round: the upper end of S is the lower one of 1 − S.
    _marks.stair_band(ax, time, (1 - curve.high[kept]).tolist(), (1 - curve.low[kept]).tolist(), look)
    _marks.strokes(ax, *_censored(curve, kept, time, met), look)


def _censored(curve: KaplanMeier, kept: Array, time: list[float], met: list[float]) -> tuple[list[float], list[float]]:
    """Where runs ended without an event: fewer are at risk at the next time than without them."""
    at_risk, events = curve.at_risk[kept].tolist(), curve.events[kept].tolist()
    after = [*at_risk[1:], 0]
    ended = [i for i in range(len(time)) if at_risk[i] - events[i] > after[i]]
    return [time[i] for i in ended], [met[i] for i in ended]
