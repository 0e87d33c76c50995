"""What tuning costs: the score that the best of k configurations is expected to have."""

from dataclasses import replace
from functools import partial
from typing import Any, Unpack

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..._explained import explained
from ..._kinds import refusal
from ..._printable import printable
from ...comparison import Sweep
from ...host import to_host
from ...view import _looks, capitalized
from ...view._looks import Look
from ...view._numbers import percent
from .._draw import _axes, _figure, _marks
from .._draw._figure import PathLike, Width, Words

_NAIVE = Look("0.55", "-", "s")


def read_sweep(sweep: Any) -> Sweep:
    """The sweep on the host, its names printable; TypeError for other objects."""
    if not isinstance(sweep, Sweep):
        raise TypeError(refusal("sweep", sweep, "a Sweep, from jv.analyze_sweep", "Sweep"))
    names = tuple(map(printable, sweep.parameters))
    return replace(to_host(sweep), parameters=names, algorithm=printable(sweep.algorithm))


@explained
def plot_best_of_k(
    sweep: Sweep,
    save_path: PathLike | None = None,
    *,
    width: Width = None,
    ax: Axes | None = None,
    **words: Unpack[Words],
) -> Figure:
    """The score that the best of k configurations tried at random is expected to have: what more trials would bring.

    `sweep`: of one algorithm; its `expected_best` and `naive_best` [k]. The distance of the two lines is what choosing
    and reporting on the same runs adds. Good direction: that of the score. TypeError for other objects.
    Source: Dodge et al. 2019.
    `title`, `x_label`, `y_label`, `x_limits`, `y_limits`: in place of the figure's own; see `Words`.

    >>> cells = {
    ...     jv.Cell("PPO", "CartPole-v1", {"lr": lr}): jv.from_arrays(lr * np.arange(18.0).reshape(3, 6))
    ...     for lr in (1.0, 3.0)
    ... }
    >>> sweep = jv.analyze_sweep(jv.Study(cells), jax.random.key(0), reps=100)
    >>> figure = jv.plots.plot_best_of_k(sweep)
    >>> print(jv.plots.figure_caption(figure, short=True))
    Score of the best of k of 2 configurations of PPO tried at random.
    """
    _figure.check(save_path, words)
    c = read_sweep(sweep)
    caption = [
        f"Score of the best of k of {len(c.configurations)} configurations of {c.algorithm} tried at random.",
        "Line: on runs that did not choose it. Grey: chosen and reported on the same runs, which is too good.",
    ]
    return _figure.draw_one(partial(_draw, c=c), caption, save_path, width=width, ax=ax, words=words)


def _draw(ax: Axes, c: Sweep) -> None:
    _axes.label(ax, x="Configurations tried", y=capitalized(printable(c.score)), whole_x=True)
    places = list(range(1, len(c.expected_best) + 1))
    for values, look, name in (
        (c.naive_best, _NAIVE, "same runs"),
        (c.expected_best, _looks.looks([c.algorithm])[0], "other runs"),
    ):
        _marks.marked_line(ax, places, values, look, label=name)
    if not (c.expected_best == c.expected_best).any():
        _axes.missing(ax, "undefined: configurations have one run each, or none is finite")


@explained
def plot_importance(
    sweep: Sweep,
    save_path: PathLike | None = None,
    *,
    width: Width = None,
    ax: Axes | None = None,
    **words: Unpack[Words],
) -> Figure:
    """How much of the variance between configurations each hyper-parameter explains alone, most important first.

    `sweep`: of one algorithm; its `importance` [parameter], a share from 0 to 1. What is missing to 1 are interactions.
    TypeError for other objects. Source: Hutter et al. 2014 (functional ANOVA).
    `title`, `x_label`, `y_label`, `x_limits`, `y_limits`: in place of the figure's own; see `Words`.

    >>> cells = {
    ...     jv.Cell("PPO", "CartPole-v1", {"lr": lr}): jv.from_arrays(lr * np.arange(18.0).reshape(3, 6))
    ...     for lr in (1.0, 3.0)
    ... }
    >>> sweep = jv.analyze_sweep(jv.Study(cells), jax.random.key(0), reps=100)
    >>> figure = jv.plots.plot_importance(sweep)
    >>> print(jv.plots.figure_caption(figure, short=True))
    Share of the variance between the 2 configurations of PPO that each hyper-parameter explains alone, with its 95%
    interval.
    """
    _figure.check(save_path, words)
    c = read_sweep(sweep)
    caption = [
        f"Share of the variance between the {len(c.configurations)} configurations of {c.algorithm} that each "
        f"hyper-parameter explains alone, with its {percent(c.importance.level.max())} interval.",
        "What is left to 1 are interactions.",
    ]
    height = 0.9 + 0.3 * len(c.parameters)
    return _figure.draw_one(
        partial(_draw_importance, c=c), caption, save_path, width=width, row_height=height, ax=ax, words=words
    )


def _draw_importance(ax: Axes, c: Sweep) -> None:
    _axes.label(ax, x="Share of the variance")
    shares = c.importance.estimate.tolist()
    order = sorted(range(len(shares)), key=lambda p: (shares[p] != shares[p], -shares[p]))
    for place, p in enumerate(order):
        if shares[p] != shares[p]:
            _marks.remark(ax, place, "undefined")
        else:
            low, high = (float(end[p]) for end in (c.importance.low, c.importance.high))
            _marks.span(ax, place, shares[p], low, high, _looks.look(0))
    ax.set_xlim(-0.02, 1.02)
    _axes.name_rows(ax, [c.parameters[p] for p in order])
