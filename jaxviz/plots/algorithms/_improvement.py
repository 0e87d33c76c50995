"""Which algorithm is better: probability of improvement, and ranks."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Unpack

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..._explained import explained
from ..._printable import printable
from ..._types import Array
from ...comparison import Comparison
from ...host import as_array, to_host
from ...stats import Interval
from ...view import _looks
from ...view.comparisons._describe import algorithms_in_order
from .._draw import _axes, _figure, _marks, _rows
from .._draw._figure import PathLike, Width, Words
from ._intervals import interval_words, on_host

_MOST_NAMED_RANKS = 10
"""Of more ranks, a bar of colours stands beside the panel in place of a legend."""


@explained
def plot_probability_of_improvement(
    comparisons: Mapping[tuple[str, str], Interval],
    save_path: PathLike | None = None,
    *,
    width: Width = None,
    **words: Unpack[Words],
) -> Figure:
    """P(X > Y) with its interval: one row per pair of algorithms; dashed: neither is better.

    `comparisons`: (X, Y) → Interval, from `stats.bootstrap_comparison` of `stats.probability_of_improvement`.
    `title`, `x_label`, `y_label`, `x_limits`, `y_limits`: in place of the figure's own; see `Words`.

    >>> scores = np.array([3.0, 4.0, 5.0]), np.array([1.0, 2.0, 4.0])
    >>> better = stats.probability_of_improvement
    >>> interval = stats.bootstrap_comparison(jax.random.key(0), better, *scores, unit="run", reps=100)
    >>> figure = jv.plots.plot_probability_of_improvement({("PPO", "DQN"): interval})
    >>> print(jv.plots.figure_caption(figure, short=True))
    Probability that a run of X scores higher than a run of Y on the same task.
    """
    _figure.check(save_path, words)
    _figure.check_named(comparisons, "comparisons")
    host = on_host(comparisons)
    rows = {f"{x} > {y}": interval for (x, y), interval in host.items()}
    interval = interval_words(next(iter(rows.values())))
    caption = [
        f"Probability that a run of X scores higher than a run of Y on the same task; {interval}.",
        "Dashed: neither is better.",
    ]
    draw = partial(_draw_improvement, rows=rows)
    return _figure.draw_one(draw, caption, save_path, width=width, row_height=0.9 + 0.3 * len(rows), words=words)


def _draw_improvement(ax: Axes, rows: Mapping[str, Interval]) -> None:
    _axes.label(ax, x="P(X > Y)")
    for place, interval in enumerate(rows.values()):
        _marks.span(ax, place, float(interval.estimate), float(interval.low), float(interval.high), _looks.look(0))
    _marks.vertical_reference(ax, 0.5)
    ax.set_xlim(-0.02, 1.02)
    _axes.name_rows(ax, list(rows))


@explained
def plot_rank_distributions(
    distributions: Mapping[str, Any] | Comparison,
    save_path: PathLike | None = None,
    *,
    width: Width = None,
    **words: Unpack[Words],
) -> Figure:
    """How likely each algorithm has each rank: one bar per algorithm, divided by rank.

    `distributions`: algorithm → probability of the ranks [rank], as `stats.rank_distribution` returns them; or a
    Comparison, from `jv.compare`, whose algorithms are sorted by their tiers.
    `title`, `x_label`, `y_label`, `x_limits`, `y_limits`: in place of the figure's own; see `Words`.

    >>> figure = jv.plots.plot_rank_distributions({"PPO": [0.9, 0.1], "DQN": [0.1, 0.9]})
    >>> print(jv.plots.figure_caption(figure, short=True))
    Share of resampled experiments in which an algorithm has each rank.
    """
    _figure.check(save_path, words)
    host = _of_comparison(distributions) if isinstance(distributions, Comparison) else _read_ranks(distributions)
    caption = ["Share of resampled experiments in which an algorithm has each rank; 1 = best."]
    draw = partial(_draw_ranks, distributions=host)
    height = 0.9 + 1.15 * _rows.pitch(len(host)) * len(host)
    return _figure.draw_one(draw, caption, save_path, width=width, row_height=height, words=words)


def _of_comparison(comparison: Comparison) -> dict[str, Array]:
    c: Comparison = to_host(comparison)
    return {printable(c.algorithms[a]): c.ranks[a] for a in algorithms_in_order(c)}


def _read_ranks(distributions: Mapping[str, Any]) -> dict[str, Array]:
    host = {name: to_host(as_array(p, f"distributions[{name!r}]")) for name, p in distributions.items()}
    if not host or {p.shape for p in host.values()} != {(len(host),)}:
        raise ValueError(f"`distributions` must hold one probability per rank for each of {len(host)} algorithms")
    return host


def _draw_ranks(ax: Axes, distributions: Mapping[str, Array]) -> None:
    _axes.label(ax, x="Probability")
    names, few = list(distributions), len(distributions) <= _MOST_NAMED_RANKS
    for rank in range(len(names)):
        widths = [float(p[rank]) for p in distributions.values()]
        starts = [float(p[:rank].sum()) for p in distributions.values()]
        shade, name = rank / max(len(names) - 1, 1), f"rank {rank + 1}" if few else ""
        seen = [place for place, width in enumerate(widths) if few or width > 0]
        parts = [widths[place] for place in seen], [starts[place] for place in seen]
        _marks.stacked(ax, seen, *parts, shade, label=name)
    ax.set_xlim(0, 1)
    _axes.name_rows(ax, names, row=_rows.pitch(len(names)))
    if not few:
        _marks.shade_bar(ax, 1, len(names), "Rank")
