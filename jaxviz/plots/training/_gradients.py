"""Gradients of a network, layer by layer, and their size over training."""

import math
import re
from collections.abc import Sequence
from functools import partial
from typing import Any, Unpack

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..._explained import explained
from ...analysis import gradient_flow
from ...view import RESULTS, _looks
from .._draw import _axes, _figure, _marks
from .._draw._figure import Panel, PathLike, Width, Words
from . import _losses

_NUMBER = re.compile(r"\d+")


@explained
def plot_gradient_flow(
    gradients: Any, save_path: PathLike | None = None, *, width: Width = None, **words: Unpack[Words]
) -> Figure:
    """How large the gradient is in every layer, and how much of it is zero.

    `gradients`: a pytree of gradients, such as the parameters of a flax or equinox network: one row per array, named by
    its path, with its norm (logarithmic) and the share of its entries that are zero. Or a TrainingRun, an Analysis or
    an Aggregate with series that have "grad" in their names: those over training.
    `title`, `x_label`, `y_label`, `x_limits`, `y_limits`: in place of the figure's own; see `Words`.

    >>> figure = jv.plots.plot_gradient_flow({"actor": {"kernel": np.ones((4, 2)), "bias": np.zeros(2)}})
    >>> print(jv.plots.figure_caption(figure, short=True))
    Euclidean norm of the gradient of each array.
    """
    _figure.check(save_path, words)
    if isinstance(gradients, RESULTS):
        return _losses.draw_called(_losses.loss_view(gradients), "grad", width=width, save_path=save_path, words=words)
    flow = gradient_flow(gradients)
    paths = in_natural_order(list(flow.norm))
    norms, zeros = ({path: float(part[path]) for path in paths} for part in (flow.norm, flow.zero_fraction))
    if not norms:
        raise ValueError("`gradients` has no floating-point array: give the pytree of gradients")
    panels = [Panel(partial(_draw_norms, norms=norms), weight=1.6), Panel(partial(_draw_zeros, zeros=zeros))]
    caption = ["Euclidean norm of the gradient of each array; right: share of its entries that are zero."]
    return _figure.draw([panels], caption, save_path, width=width, row_height=0.8 + 0.24 * len(norms), words=words)


def in_natural_order(paths: Sequence[str]) -> list[str]:
    """The paths, of which those that differ in numbers alone are ordered by these: layer 2 before layer 10."""
    places: dict[str, list[int]] = {}
    for place, path in enumerate(paths):
        places.setdefault(_NUMBER.sub("#", path), []).append(place)
    ordered = list(paths)
    for alike in places.values():
        by_number = sorted((paths[i] for i in alike), key=lambda path: [int(n) for n in _NUMBER.findall(path)])
        for place, path in zip(alike, by_number, strict=True):
            ordered[place] = path
    return ordered


def _draw_norms(ax: Axes, norms: dict[str, float]) -> None:
    """One dot per array on a logarithmic axis; words for a norm that has no place on it."""
    _axes.label(ax, x="Gradient norm")
    places = {place: norm for place, norm in enumerate(norms.values()) if 0 < norm < math.inf}
    _marks.dots(ax, list(places.values()), list(places), _looks.look(0))
    if places:
        ax.set_xscale("log")
        _axes.si_ticks(ax)
    for place, norm in enumerate(norms.values()):
        if place not in places:
            _marks.remark(ax, place, "zero" if norm == 0 else "not finite")
    _axes.name_rows(ax, list(norms))


def _draw_zeros(ax: Axes, zeros: dict[str, float]) -> None:
    _axes.label(ax, x="Share of zeros")
    _marks.dots(ax, list(zeros.values()), range(len(zeros)), _looks.look(0))
    ax.set_xlim(-0.03, 1.03)
    ax.set_yticks(range(len(zeros)), [""] * len(zeros))
    ax.set_ylim(len(zeros) - 0.4, -0.6)
