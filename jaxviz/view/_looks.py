"""Colours, line styles and markers: one name has one look on a page."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any, NamedTuple

from ._labels import one_each

# Searched for: of any two, the CIEDE2000 distance is 15.7 at least, as most people see them and as deuteranopes,
# protanopes and tritanopes do; every one has a contrast of 3:1 with its page; of the first five no two are one grey.
# No published sequence of eight has all three. tests/view/test_looks.py measures them.
PALETTE: tuple[str, ...] = ("#005d53", "#9b83de", "#8a6000", "#4f2881", "#158d7f", "#ff368a", "#b78f0c", "#741f1a")
ON_DARK: tuple[str, ...] = ("#74f8cd", "#4761cb", "#e9c637", "#bca0ff", "#4ca2a1", "#c90e71", "#806701", "#ec7c71")
"""The same hues in the same order, for dark backgrounds."""
LineStyle = str | tuple[float, tuple[float, ...]]
"""As in matplotlib: a name, or an offset and the lengths of dashes and gaps."""
_SOLID: LineStyle = "-"
_DASHED, _DASH_DOT, _DOTTED = (0.0, (5.0, 1.5)), (0.0, (6.0, 1.5, 1.2, 1.5)), (0.0, (1.5, 1.2))
LINE_STYLES: tuple[LineStyle, ...] = (*[_SOLID] * 4, _DASHED, _DASHED, _DASH_DOT, _DOTTED)
"""Of the places of the palette: colours alone tell the first four apart, also in grey."""
_LATER_ROUNDS: tuple[LineStyle, ...] = (
    (0.0, (6.0, 1.5, 1.2, 1.5, 1.2, 1.5)), (0.0, (10.0, 2.0)), (0.0, (3.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0))
)  # fmt: skip
MARKERS: tuple[str, ...] = ("o", "s", "^", "D", "v", "P", "X", "*")
FADED, FADED_ON_DARK = "0.72", "0.38"
BETTER, EQUAL, WORSE = "#0173B2", "#029E73", "#D55E00"
"""Verdicts have colours of their own, which no algorithm has."""


class Look(NamedTuple):
    """Colour, line style and marker, by which one line is told from the others."""

    color: str
    line_style: LineStyle
    marker: str = "o"
    hollow: bool = False
    """The marker is an outline."""


class Choice(NamedTuple):
    """What a caller wants of looks."""

    kept: tuple[str, ...] = ()
    """Labels that have the look of their place among these."""
    colors: Mapping[str, str] = MappingProxyType({})
    """Colours of single labels."""
    highlight: tuple[str, ...] = ()
    """Labels that are in colour, all others grey; empty: all are."""
    dark: bool = False
    """The background is dark."""
    first: int = 0
    """Looks that are taken: names without one begin after them."""
    cycle: tuple[str, ...] = ()
    """Colours in place of the palette."""


_NOTHING = Choice()
_choice: ContextVar[Choice] = ContextVar("jaxviz_looks", default=_NOTHING)


@contextmanager
def chosen(**options: Any) -> Iterator[None]:
    """In the `with` block, looks follow these parts of a `Choice`; the others stay as they were."""
    token = _choice.set(_choice.get()._replace(**options))
    try:
        yield
    finally:
        _choice.reset(token)


@contextmanager
def kept(labels: Sequence[str]) -> Iterator[None]:
    """In the `with` block, each of these labels has the look of its place among them, whichever others are drawn.

    Those of an enclosing block keep theirs.
    """
    names = one_each(labels, len(labels), "lines")
    with chosen(kept=tuple(dict.fromkeys([*_choice.get().kept, *names]))):
        yield


def looks(labels: Sequence[str]) -> tuple[Look, ...]:
    """One look per label: that of its place in `style(labels=...)` if it has one, else the next free one."""
    choice = _choice.get()
    named = {label: i for i, label in enumerate(choice.kept)}
    taken = {named[label] for label in labels if label in named}
    free = (i for i in range(choice.first, choice.first + len(labels) + len(taken)) if i not in taken)
    return tuple(own(label, look(named[label] if label in named else next(free))) for label in labels)


def own(label: str, free: Look) -> Look:
    """The look of a label after what the caller wants of it."""
    choice = _choice.get()
    if label in choice.colors:
        return free._replace(color=choice.colors[label])
    if choice.highlight and label not in choice.highlight:
        return free._replace(color=faded())
    return free


def look(index: int) -> Look:
    """Colour, line style and marker number `index`: after each round of colours others lines, and hollow markers."""
    palette = _palette()
    around, place = divmod(index, len(palette))
    marker = MARKERS[place % len(MARKERS)]
    if around == 0:
        return Look(palette[place], LINE_STYLES[place % len(LINE_STYLES)], marker)
    return Look(palette[place], _LATER_ROUNDS[(around - 1) % len(_LATER_ROUNDS)], marker, hollow=True)


def _palette() -> tuple[str, ...]:
    choice = _choice.get()
    return choice.cycle or (ON_DARK if choice.dark else PALETTE)


def faded() -> str:
    """The grey of what is only context."""
    return FADED_ON_DARK if _choice.get().dark else FADED


def is_dark() -> bool:
    """Figures are drawn for a dark background."""
    return _choice.get().dark
