"""Lines of words by the width they are drawn in, not by their number of characters."""

import textwrap
from collections.abc import Callable, Iterator
from functools import partial

from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

Measure = Callable[[str], float]


def measure(figure: Figure, points: float) -> Measure:
    """Width in inches of the widest line of a text in the default font at `points`."""
    canvas = figure.canvas
    if not isinstance(canvas, FigureCanvasAgg):  # the figure of a caller, for another kind of file
        canvas = FigureCanvasAgg(Figure(figsize=(1, 1), dpi=figure.dpi))
    return partial(_width, canvas.get_renderer(), FontProperties(size=points), figure.dpi)


def _width(renderer: RendererAgg, font: FontProperties, dpi: float, text: str) -> float:
    lines = text.split("\n")
    return max(renderer.get_text_width_height_descent(line, font, ismath=False)[0] for line in lines) / dpi


def fold(text: str, characters: int) -> str:
    """A long label in lines of at most `characters`, before there is a figure to measure it in."""
    return "\n".join(textwrap.wrap(text, max(characters, 8))) or text


def cut(text: str, inches: float, width: Measure) -> str:
    """The beginning of a text that is wider than `inches`, with … at its end."""
    if width(text) <= inches:
        return text
    kept = next((n for n in range(len(text) - 1, 1, -1) if width(text[:n] + "…") <= inches), 1)
    return text[:kept].rstrip() + "…"


def wrap(text: str, inches: float, width: Measure) -> list[str]:
    """Lines of at most `inches`; words that are wider alone are cut."""
    space = width("n n") - width("nn")
    lines: list[list[str]] = []
    left = 0.0
    for word in (piece for whole in text.split() for piece in _pieces(whole, inches, width)):
        needed = width(word)
        if lines and space + needed <= left:
            lines[-1].append(word)
            left -= space + needed
        else:
            lines.append([word])
            left = inches - needed
    return [" ".join(line) for line in lines]


def _pieces(word: str, inches: float, width: Measure) -> Iterator[str]:
    """The word, or parts of it that fit."""
    while (needed := width(word)) > inches and len(word) > 1:
        fitting = max(1, min(int(len(word) * inches / needed), len(word) - 1))
        while fitting > 1 and width(word[:fitting]) > inches:
            fitting -= 1
        yield word[:fitting]
        word = word[fitting:]
    yield word
