"""What notebooks show of a result: tiny curves, its words and tables. No script; colours are those of the notebook."""

import html
import math
from collections.abc import Sequence
from typing import Any

from .._thinning import evenly_spaced
from ..aggregation import Aggregate
from ..analysis import Analysis
from ..host import to_host
from ._describe import describe

_WIDTH, _HEIGHT, _EDGE = 240, 60, 2
_MOST_POINTS, _MOST_CURVES = 100, 20
_Curve = Sequence[float]


def in_html(result: Any) -> str:
    """A `div` for notebooks, light and dark; text of others is escaped."""
    words = f'<pre style="overflow-x: auto">{html.escape(describe(result))}</pre>'
    pictures = "".join(picture(lines, bands) for lines, bands in _curves(result))
    return f"<div>{pictures}{words}</div>"


def _curves(result: Any) -> list[tuple[list[_Curve], list[tuple[_Curve, _Curve]]]]:
    """The lines and bands of one picture, if the result has curves: of runs, or of configurations with their bands."""
    if isinstance(result, Analysis):
        values = to_host(result.curve.value)
        return [(_rows(values), [])] if values.size else []
    if isinstance(result, Aggregate):
        interval = to_host(result.curve.interval)
        low, high = _rows(interval.low), _rows(interval.high)
        return [(_rows(interval.estimate), list(zip(low, high, strict=True)))] if interval.estimate.size else []
    return []


def _rows(values: Any) -> list[_Curve]:
    """The first curves [..., point], with fewer points if they have many."""
    rows = values.reshape(-1, values.shape[-1])[:_MOST_CURVES]
    return rows[:, evenly_spaced(rows.shape[-1], _MOST_POINTS)].tolist()


def picture(lines: Sequence[_Curve], bands: Sequence[tuple[_Curve, _Curve]]) -> str:
    """Curves of one length as an SVG in the colour of the text; nothing if no value is finite."""
    every = [y for curve in (*lines, *(end for band in bands for end in band)) for y in curve if math.isfinite(y)]
    if not every:
        return ""
    least, most = min(every), max(every)
    size = max(map(len, lines))

    def at(place: int, y: float) -> str:
        across = place / max(size - 1, 1)
        up = (y - least) / (most - least) if most > least else 0.5
        return f"{_EDGE + across * (_WIDTH - 2 * _EDGE):.1f} {_HEIGHT - _EDGE - up * (_HEIGHT - 2 * _EDGE):.1f}"

    shapes = [_area(*band, at) for band in bands] + [_line(curve, at) for curve in lines]
    words = f"curves from {least:.4g} to {most:.4g}"
    return (
        f'<svg role="img" aria-label="{words}" width="{_WIDTH}" height="{_HEIGHT}" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'style="display: block"><title>{words}</title>{"".join(shapes)}</svg>'
    )


def _line(curve: _Curve, at: Any) -> str:
    """Broken where there is no value; a value alone is a dot."""
    known = [math.isfinite(y) for y in curve]
    starts = [now and not before for now, before in zip(known, (False, *known[:-1]), strict=True)]
    path = "".join(
        f"M{at(i, y)}h0" if start else f"L{at(i, y)}"
        for i, (y, now, start) in enumerate(zip(curve, known, starts, strict=True))
        if now
    )
    return f'<path d="{path}" fill="none" stroke="currentColor" stroke-linecap="round" opacity="0.7"/>' if path else ""


def _area(low: _Curve, high: _Curve, at: Any) -> str:
    """Between two curves, where both have a value."""
    places = [i for i, ends in enumerate(zip(low, high, strict=True)) if all(map(math.isfinite, ends))]
    if not places:
        return ""
    round_it = [at(i, high[i]) for i in places] + [at(i, low[i]) for i in reversed(places)]
    return f'<path d="M{"L".join(round_it)}Z" fill="currentColor" opacity="0.15"/>'
