"""Colours and line styles: one name has one look on a page."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

from ._labels import one_each

# seaborn's "colorblind" palette without its pink and yellow, which vanish on white paper.
PALETTE: tuple[str, ...] = ("#0173B2", "#DE8F05", "#029E73", "#D55E00", "#CC78BC", "#CA9161", "#56B4E9", "#949494")
LineStyle = str | tuple[float, tuple[float, ...]]
"""As in matplotlib: a name, or an offset and the lengths of dashes and gaps."""
LINE_STYLES: tuple[LineStyle, ...] = ("-", (0, (5, 1.5)), (0, (6, 1.5, 1.2, 1.5)), (0, (1.5, 1.2)))
FADED = "0.72"


class Look(NamedTuple):
    """Colour and style, by which one line is told from the others."""

    color: str
    line_style: LineStyle


_kept: ContextVar[tuple[str, ...]] = ContextVar("jaxviz_kept_labels", default=())


@contextmanager
def kept(labels: Sequence[str]) -> Iterator[None]:
    """In the `with` block, each of these labels has the look of its place among them, whichever others are drawn."""
    token = _kept.set(tuple(one_each(labels, len(labels), "lines")))
    try:
        yield
    finally:
        _kept.reset(token)


def looks(labels: Sequence[str]) -> tuple[Look, ...]:
    """One look per label: that of its place in `style(labels=...)` if it has one, else the next free one."""
    named = {label: i for i, label in enumerate(_kept.get())}
    taken = {named[label] for label in labels if label in named}
    free = (i for i in range(len(labels) + len(taken)) if i not in taken)
    return tuple(look(named[label] if label in named else next(free)) for label in labels)


def look(index: int) -> Look:
    """Colour and line style number `index`; line styles shift after each round of colours."""
    around, place = divmod(index, len(PALETTE))
    return Look(PALETTE[place], LINE_STYLES[(place + around) % len(LINE_STYLES)])
