"""What the caller wants an axis to be called and where it shall end, in place of the figure's own choice."""

import math
from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any, TypedDict, cast

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

from ..._printable import printable

_TITLE, _TITLE_SIZE = 0.28, 10.5
"""Inches and points of a title above all panels."""
Limits = tuple[float | None, float | None]


class Words(TypedDict, total=False):
    """Names and limits of the caller's, which every figure takes: of the first panel, and of those with its axes.

    A panel has the axes of the first one if its label there is the same, as in a grid of tasks.
    """

    title: str | None
    """Of the panel, if the figure has one; above all panels otherwise."""
    x_label: str | None
    y_label: str | None
    x_limits: Limits | None
    """The ends of x, in the units of the axis; None in place of an end: as the figure has it."""
    y_limits: Limits | None


def check(words: Mapping[str, Any]) -> None:
    """TypeError for another name; ValueError for limits that are none: known before anything is computed."""
    for name in words:
        if name not in Words.__annotations__:
            raise TypeError(f"`{name}` is no argument of a figure")
    for name in ("title", "x_label", "y_label"):
        if not isinstance(words.get(name, ""), str | None):
            raise TypeError(f"`{name}` must be a text, got {words[name]!r}")
    for name in ("x_limits", "y_limits"):
        if words.get(name) is not None:
            _check_limits(name, words[name])


def _check_limits(name: str, limits: Any) -> None:
    ends: tuple[Any, ...] = tuple(limits) if isinstance(limits, Sequence) and not isinstance(limits, str) else ()
    if len(ends) != 2 or not all(end is None or (isinstance(end, Real) and math.isfinite(end)) for end in ends):
        raise ValueError(f"`{name}` must be two numbers, or None for an end, as in (0, 500); got {limits!r}")
    if None not in ends and ends[0] == ends[1]:
        raise ValueError(f"`{name}` must be two different numbers, got {limits!r}")


def put_on_axes(axes: Sequence[Axes], words: Words) -> None:
    """Labels and limits on the panels with the axes of the first one."""
    for name in ("x", "y"):
        alike = _with_the_same(axes, name)
        for ax in alike:
            _limit(ax, name, words.get(f"{name}_limits"))
            if words.get(f"{name}_label") is not None:
                ax.set(**{f"{name}label": printable(str(words.get(f"{name}_label")))})


def _with_the_same(axes: Sequence[Axes], name: str) -> list[Axes]:
    """The panels whose axis is called as that of the first one that has a name."""
    called = [(ax, cast("str", getattr(ax, f"get_{name}label")())) for ax in axes]
    first = next((label for _, label in called if label), "")
    return [ax for ax, label in called if label == first] if first else list(axes[:1])


def _limit(ax: Axes, name: str, limits: Any) -> None:
    if limits is not None:
        own = getattr(ax, f"get_{name}lim")()
        low, high = (mine if end is None else end for end, mine in zip(limits, own, strict=True))
        getattr(ax, f"set_{name}lim")(low, high)


def name_panel(ax: Axes, title: str | None) -> None:
    """The title of one panel, if the caller gave one."""
    if title is not None:
        ax.set_title(printable(title))


def put_title(figure: Figure, title: str | None) -> float:
    """The title above all panels and their legend, or of the only panel; returns the inches it needs."""
    if title is None:
        return 0.0
    if len(figure.axes) == 1:
        name_panel(figure.axes[0], title)
        return 0.0
    if figure.legends:
        figure.legends[0].set(alignment="left")
        figure.legends[0].set_title(printable(title), FontProperties(weight="bold", size=_TITLE_SIZE))
        figure.legends[0].get_title().set_parse_math(False)
    else:
        figure.suptitle(printable(title), x=0.01, ha="left", fontweight="bold", fontsize=_TITLE_SIZE, parse_math=False)
    return _TITLE
