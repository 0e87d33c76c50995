"""Differences of algorithms with their verdicts, as a forest."""

import math
from functools import partial
from typing import NamedTuple, Unpack

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..._explained import explained
from ...comparison import BETTER, UNDECIDED, VERDICTS, WORSE, Comparison
from ...view import capitalized
from ...view._interval_words import method_words
from ...view._numbers import number
from ...view.comparisons._describe import (
    CORRECTIONS,
    algorithms_in_order,
    difference_at,
    score_words,
)
from .._draw import _axes, _figure, _marks, _rows
from .._draw._figure import PathLike, Width, Words
from .._draw._rows import Row
from ._subject import VERDICT_COLORS, direction_words, has_margin, place_of, read

_MOST_PAIRS = 45
"""Pairs that are readable: those of ten algorithms. Of more, those with one algorithm are drawn."""


class Shown(NamedTuple):
    """A pair as it is drawn: its name, its difference, its verdict."""

    name: str
    difference: tuple[float, float, float]
    verdict: int


@explained
def plot_differences(
    comparison: Comparison,
    save_path: PathLike | None = None,
    *,
    against: str | None = None,
    width: Width = None,
    ax: Axes | None = None,
    **words: Unpack[Words],
) -> Figure:
    """The difference of each pair of algorithms, with the interval that its verdict is read off: a row each, sorted.

    `comparison`: from `jv.compare`. The band is the margin, if one was named: inside it differences do not matter.
    `against`: only the pairs with this algorithm, each less it. Without it these are all pairs, the better one first,
    or those with the baseline; of more than ten algorithms those with the best.
    `title`, `x_label`, `y_label`, `x_limits`, `y_limits`: in place of the figure's own; see `Words`.

    >>> comparison = jv.compare({"PPO": [5.0, 6.0, 7.0], "DQN": [1.0, 2.0, 4.0]}, jax.random.key(0), reps=100)
    >>> figure = jv.plots.plot_differences(comparison)
    >>> print(jv.plots.figure_caption(figure, short=True))
    Difference in IQM of the score of each pair, the better one first, with 95% scaled percentile bootstrap
    intervals.
    """
    _figure.check(save_path, words)
    c = read(comparison)
    reference = _reference(c, against)
    shown = _all_pairs(c) if reference is None else _pairs_with(c, reference)
    draw = partial(_draw, c=c, shown=shown, reference=reference)
    height = 0.95 + _rows.pitch(len(shown)) * max(len(shown), 1)
    return _figure.draw_one(
        draw, _caption(c, shown, reference), save_path, width=width, row_height=height, ax=ax, words=words
    )


def _reference(c: Comparison, against: str | None) -> int | None:
    """Place of the algorithm that all others are compared with; None: there is none."""
    if against is not None:
        return place_of(c, against, "against")
    if c.baseline is not None:
        return c.algorithms.index(c.baseline)
    return algorithms_in_order(c)[0] if len(c.pairs.verdict) > _MOST_PAIRS else None


def _all_pairs(c: Comparison) -> list[Shown]:
    """Each pair with the better estimate first, the largest differences on top."""
    sign = -1 if c.minimize else 1
    return _sorted(c, [_shown(c, i, sign * float(c.pairs.adjusted.estimate[i]) < 0) for i in range(len(c.pairs.first))])


def _pairs_with(c: Comparison, reference: int) -> list[Shown]:
    """Every other algorithm less the reference, the best on top."""
    ends = zip(c.pairs.first.tolist(), c.pairs.second.tolist(), strict=True)
    found = [(i, a == reference, b if a == reference else a) for i, (a, b) in enumerate(ends) if reference in (a, b)]
    return _sorted(c, [_shown(c, i, turned)._replace(name=c.algorithms[other]) for i, turned, other in found])


def _shown(c: Comparison, i: int, turned: bool) -> Shown:
    first, second, verdict = int(c.pairs.first[i]), int(c.pairs.second[i]), int(c.pairs.verdict[i])
    if turned:
        first, second, verdict = second, first, -verdict if verdict in (BETTER, WORSE) else verdict
    return Shown(f"{c.algorithms[first]} − {c.algorithms[second]}", difference_at(c.pairs.adjusted, i, turned), verdict)


def _sorted(c: Comparison, shown: list[Shown]) -> list[Shown]:
    """The best on top; undefined ones last."""
    sign = 1 if c.minimize else -1
    return sorted(
        shown, key=lambda one: sign * one.difference[0] if one.difference[0] == one.difference[0] else math.inf
    )


def _draw(ax: Axes, c: Comparison, shown: list[Shown], reference: int | None) -> None:
    statistic = capitalized(c.pairs.adjusted.estimator)
    _axes.label(ax, x=f"{statistic} of the {score_words(c)}\n{direction_words(c)}")
    if shown:
        _draw_forest(ax, c, shown)
        ax.set_title("" if reference is None else f"Against {c.algorithms[reference]}")
    else:
        _axes.missing(ax, "one algorithm: there is nothing to compare")


def _draw_forest(ax: Axes, c: Comparison, shown: list[Shown]) -> None:
    if has_margin(c):
        label = f"margin ±{number(c.margin)}"
        ax.axvspan(-float(c.margin), float(c.margin), color="0.93", linewidth=0, zorder=0.5, label=label)
    rows = [_row(one) for one in shown]
    _rows.draw_rows(ax, rows)
    _name_verdicts(ax, shown)
    _marks.vertical_reference(ax, 0)
    ax.margins(x=0.06)
    _axes.name_rows(ax, [one.name for one in shown], row=_rows.pitch(len(shown)))
    _rows.words_beside(ax, _rows.interval_labels(rows, signed=True))


def _row(one: Shown) -> Row:
    return Row(*one.difference, VERDICT_COLORS[one.verdict], filled=one.verdict != UNDECIDED)


def _name_verdicts(ax: Axes, shown: list[Shown]) -> None:
    """The legend: a mark for each verdict that is there."""
    for verdict, color in VERDICT_COLORS.items():
        if any(one.verdict == verdict for one in shown):
            face = "white" if verdict == UNDECIDED else color
            ax.plot(
                [], [], linestyle="none", marker="o", markersize=5, color=color, markerfacecolor=face,
                label=VERDICTS[verdict],
            )  # fmt: skip


def _caption(c: Comparison, shown: list[Shown], reference: int | None) -> list[str]:
    interval, pairs = c.pairs.adjusted, len(c.pairs.verdict)
    level = f"{method_words(c.pairs.difference)}s"
    level += "" if pairs == 1 else f", their level adjusted by {CORRECTIONS[c.correction]} over {pairs} pairs"
    of = "of each pair, the better one first" if reference is None else f"of each less {c.algorithms[reference]}"
    part = f"{len(shown)} of {pairs} pairs are drawn." if len(shown) < pairs else ""
    margin = f"Band: differences up to {number(c.margin)}, which do not matter." if has_margin(c) else ""
    hollow = "Hollow: undecided." if any(one.verdict == UNDECIDED for one in shown) else ""
    if not shown:
        return [f"One algorithm: {c.algorithms[0]}."]
    return [
        f"{capitalized(interval.estimator)} of the {score_words(c)} {of}, with {level}.",
        hollow, margin, part, f"{capitalized(c.test)}; about {c.population}.",
    ]  # fmt: skip
