"""A metric over two hyper-parameters."""

import math
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple, Unpack

from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from ..._explained import explained
from .._draw import _axes, _figure, _text_width
from .._draw._figure import Panel, PathLike, Width, Words
from ._scores import METRIC, Parameters, Score, Scores, known_parameters, parameter_values, read_scores, setting_label

_COLORS = colormaps["viridis"].with_extremes(bad="0.94")
_DARK_UP_TO = 0.6
"""Share of the colour range on which white type is readable."""
_SIZES = (7.0, 6.0, 5.0)
"""Sizes of the type in the cells in points, largest first: the first that fits is taken."""
_LINE = 0.15
"""Inches of one line of a name below a column."""


class Map(NamedTuple):
    """The cells of every panel."""

    x: str
    y: str
    columns: tuple[Any, ...]
    rows: tuple[Any, ...]
    panels: tuple[tuple[str, dict[tuple[int, int], list[Score]]], ...]
    """Title, and the configurations that fall into each cell (row, column)."""


@explained
def plot_hyperparameter_heatmap(
    results: Any,
    metric: str = METRIC,
    save_path: PathLike | None = None,
    *,
    x: str | None = None,
    y: str | None = None,
    facet: str | None = None,
    parameters: Sequence[Parameters] | None = None,
    minimize: bool | None = None,
    level: float = 0.95,
    width: Width = None,
    **words: Unpack[Words],
) -> Figure:
    """The metric over two hyper-parameters: in each cell the estimate over the runs and its interval.

    `results` and `metric` as in `plot_hyperparameter_comparison`: a table, or an Analysis, an Aggregate or a
    TrainingRun with `parameters`, the hyper-parameters of each configuration. `x`, `y`: which two (without them, the
    first two that vary). `facet`: a third, one panel for each of its values (without it, the third that varies). Where
    several configurations fall into one cell, the best estimate is shown and the caption says so; `minimize` as in
    `plot_hyperparameter_comparison`.
    `title`, `x_label`, `y_label`, `x_limits`, `y_limits`: in place of the figure's own; see `Words`.

    >>> rows = [{"lr": lr, "clip": clip, "score": [1.0, 2.0, lr]} for lr in (3.0, 5.0) for clip in (0.1, 0.2)]
    >>> figure = jv.plots.plot_hyperparameter_heatmap(rows, "score")
    >>> print(jv.plots.figure_caption(figure, short=True))
    Score: IQM with its 95% interval over n = 3 runs (scaled bootstrap, runs resampled).
    """
    _figure.check(save_path, words)
    scores = read_scores(results, metric, parameters=parameters, minimize=minimize, level=level)
    plan = _arrange(scores, x, y, facet)
    norm = _norm(scores)
    panels = [Panel(partial(_draw_map, plan=plan, cells=cells, norm=norm, title=title)) for title, cells in plan.panels]
    height = 0.9 + 0.42 * max(len(plan.rows), 2)
    complete = partial(_complete, plan=plan, scores=scores, norm=norm)
    return _figure.draw(_figure.in_rows(panels, 3), complete, save_path, width=width, row_height=height, words=words)


def _complete(figure: Figure, plan: Map, scores: Scores, norm: Normalize) -> list[str]:
    """Bars of colours beside the maps and words that fit into the cells; returns the caption."""
    maps, name = list(figure.axes), scores.label
    _add_bars(figure, maps, ScalarMappable(norm=norm, cmap=_COLORS), name)
    return [f"{name}: {scores.how}.", _cell_words(plan, _fit(figure, maps)), _reduction(plan, scores)]


def _arrange(scores: Scores, x: str | None, y: str | None, facet: str | None) -> Map:
    """Every configuration in its panel and cell."""
    x, y, facet = _choose(scores, x, y, facet)
    columns, rows = parameter_values(scores.rows, x), parameter_values(scores.rows, y)
    panels: dict[str, dict[tuple[int, int], list[Score]]] = {}
    for value in parameter_values(scores.rows, facet) if facet else (None,):
        panels["" if facet is None else f"{facet} = {setting_label(value)}"] = {}
    for row in scores.ordered(scores.rows):
        title = "" if facet is None else f"{facet} = {setting_label(row.parameters[facet])}"
        place = rows.index(row.parameters[y]), columns.index(row.parameters[x])
        panels[title].setdefault(place, []).append(row)
    return Map(x, y, columns, rows, tuple(panels.items()))


def _choose(scores: Scores, x: str | None, y: str | None, facet: str | None) -> tuple[str, str, str | None]:
    """The hyper-parameters of the axes: those asked for, else those that vary, in their order."""
    known = known_parameters(scores, 2)
    asked = [name for name in (x, y, facet) if name is not None]
    unknown = [name for name in asked if name not in known]
    if unknown or len(set(asked)) < len(asked):
        raise ValueError(f"`x`, `y` and `facet` must be different ones of {', '.join(known)}; got {', '.join(asked)}")
    varying = [name for name in known if len(parameter_values(scores.rows, name)) > 1]
    free = iter(name for name in [*varying, *(n for n in known if n not in varying)] if name not in asked)
    x, y = x or next(free), y or next(free)
    rest = (name for name in varying if name not in (x, y))
    return x, y, facet or next(rest, None)


def _norm(scores: Scores) -> Normalize:
    finite = [row.estimate for row in scores.rows if math.isfinite(row.estimate)]
    if not finite:
        raise ValueError(f"no configuration has a finite {scores.metric!r}")
    low, high = min(finite), max(finite)
    return Normalize(low, high if high > low else low + 1)


def _draw_map(ax: Axes, plan: Map, cells: dict[tuple[int, int], list[Score]], norm: Normalize, title: str) -> None:
    best = {place: found[0] for place, found in cells.items()}
    size = range(len(plan.rows)), range(len(plan.columns))
    ax.imshow(
        [[best[i, j].estimate if (i, j) in best else math.nan for j in size[1]] for i in size[0]],
        norm=norm, cmap=_COLORS, aspect="auto", origin="lower",
    )  # fmt: skip
    for i in size[0]:
        for j in size[1]:
            _write_cell(ax, i, j, best.get((i, j)), norm)
    first = _axes.in_first_column(ax)
    ax.set(title=title, xlabel=plan.x, ylabel=plan.y if first else "")
    ax.set_xticks(size[1], [setting_label(v) for v in plan.columns])
    ax.set_yticks(size[0], [_text_width.fold(setting_label(v), 16) for v in plan.rows])
    ax.tick_params(length=0, labelleft=first)
    ax.spines[:].set_visible(False)
    ax.grid(visible=False)


def _write_cell(ax: Axes, i: int, j: int, score: Score | None, norm: Normalize) -> None:
    """The estimate and, below it, the interval."""
    if score is None or math.isnan(score.estimate):
        ax.text(j, i, "–" if score is None else "undefined", ha="center", va="center", color="0.5")
        return
    lines = [_axes.short(score.estimate)]
    if not math.isnan(score.low):
        lines.append(f"{_axes.short(score.low)} to {_axes.short(score.high)}")
    color = "white" if norm(score.estimate) < _DARK_UP_TO else "black"
    ax.text(j, i, "\n".join(lines), ha="center", va="center", color=color, linespacing=1.3)


def _add_bars(figure: Figure, maps: Sequence[Axes], shades: ScalarMappable, name: str) -> None:
    """A bar of colours beside every row: constrained layout has no room for one beside several."""
    rows: dict[Any, list[Axes]] = {}
    for ax in maps:
        place = ax.get_subplotspec()
        rows.setdefault(place and place.get_gridspec(), []).append(ax)
    for row in rows.values():
        figure.colorbar(shades, ax=row, label=name, format=FuncFormatter(_axes.si))


def _fit(figure: Figure, maps: Sequence[Axes]) -> bool:
    """The largest type that fits into the cells of the finished layout; returns whether the intervals have room."""
    figure.draw_without_rendering()
    rooms = [0.94 * ax.get_window_extent().width / figure.dpi / (ax.get_xlim()[1] - ax.get_xlim()[0]) for ax in maps]
    texts = [text for ax in maps for text in ax.texts]
    size = _largest(figure, [text.get_text() for text in texts], min(rooms))
    for text in texts:
        text.set_fontsize(size or _SIZES[0])
        text.set_text(text.get_text() if size else text.get_text().split("\n")[0])
    higher = max(_name_columns(figure, ax, room) for ax, room in zip(maps, rooms, strict=True))
    figure.set_figheight(figure.get_figheight() + higher * len({ax.get_position().y0 for ax in maps}))
    return size is not None


def _name_columns(figure: Figure, ax: Axes, room: float) -> float:
    """Names below the columns in lines of `room` inches, upright if a word is wider; returns the inches they need."""
    labels = ax.get_xticklabels()
    names = [label.get_text() for label in labels]
    width = _text_width.measure(figure, float(labels[0].get_fontsize()))
    if all(width(word) <= room for name in names for word in name.split()):
        lines = [_text_width.wrap(name, room, width) for name in names]
        ax.set_xticks(ax.get_xticks(), ["\n".join(some) for some in lines])
        return _LINE * (max(map(len, lines)) - 1)
    ax.tick_params(axis="x", rotation=90)
    return max(width(line) for name in names for line in name.split("\n"))


def _largest(figure: Figure, words: Sequence[str], room: float) -> float | None:
    """The size in points at which all lines of all words fit into `room` inches; None: there is none."""
    for size in _SIZES:
        width = _text_width.measure(figure, size)
        if all(width(line) <= room for text in words for line in text.split("\n")):
            return size
    return None


def _cell_words(plan: Map, intervals: bool) -> str:
    shown = "Cells: estimate" + (" and interval" if intervals else "")
    missing = any(len(cells) < len(plan.rows) * len(plan.columns) for _, cells in plan.panels)
    return f"{shown}{'; –: no such configuration' if missing else ''}."


def _reduction(plan: Map, scores: Scores) -> str:
    """The choice among several configurations that share a cell, in words."""
    most = max((len(found) for _, cells in plan.panels for found in cells.values()), default=1)
    return f"Of up to {most} configurations in a cell the {scores.first} estimate is shown." if most > 1 else ""
