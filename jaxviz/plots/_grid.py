"""One figure function in many panels: a study by its tasks, algorithms or hyper-parameters."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, Unpack, get_origin

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .._explained import explained
from .._kinds import refusal
from .._printable import printable
from ..analysis import Analysis
from ..study import Cell, Study, StudyAnalysis
from ..view import _looks, analyze_study, known
from ._draw import _axes, _figure, _shared_axes
from ._draw._figure import Panel, PathLike, Width, Words
from .algorithms._learning_curves import plot_learning_curve_comparison

_NAMES = ("algorithm", "task", "variant")
_OF_COUNT = 0.75
"""Inches that the number of runs takes beside the title, with the labels of the axis."""


class _Place(NamedTuple):
    """A panel of the grid."""

    title: str
    cells: Mapping[str, Analysis]
    """What is drawn in it, by name."""
    leftmost: bool = True
    """Nothing is drawn left of it in its row."""
    lowest: bool = True
    """Nothing is drawn below it."""


@explained
def plot_grid(
    study: Study | StudyAnalysis,
    plot: Callable[..., Any] = plot_learning_curve_comparison,
    save_path: PathLike | None = None,
    *,
    col: str = "task",
    row: str | None = None,
    columns: int = 3,
    share_y: bool | None = None,
    width: Width = None,
    **words: Unpack[Words],
) -> Figure:
    """One panel for every task, algorithm or value of a hyper-parameter, with one set of names and colours.

    `study`: from `jv.read_logs` or `jv.Study`, or its analysis. `col` and `row`: "task", "algorithm", "variant" or a
    hyper-parameter; without `row` the panels run on in `columns`. `plot`: what a panel shows: a figure function that
    takes `ax`, such as `plot_training_curves` or `plot_score_distributions`, or one of the caller's, called with
    name → Analysis and `ax=`. Lines are called by what else differs between the cells. `share_y`: panels of one row
    have one y axis; without it they have unless they show different tasks. In the corner: runs of each line.
    `title`, `x_label`, `y_label`, `x_limits`, `y_limits`: in place of the figure's own; see `Words`.

    >>> run = jv.from_arrays(np.arange(18.0).reshape(3, 6), step=np.arange(10, 70, 10))
    >>> study = jv.Study({"PPO": {"CartPole-v1": run}, "DQN": {"CartPole-v1": run}})
    >>> analysis = jv.analyze(study, groups=("performance",))
    >>> figure = jv.plots.plot_grid(analysis, jv.plots.plot_score_distributions)
    >>> print(jv.plots.figure_caption(figure, short=True))
    One panel for each task.
    """
    _figure.check(save_path, words)
    if not isinstance(study, Study | StudyAnalysis):
        raise TypeError(refusal("study", study, "a Study, from jv.read_logs or jv.Study", "Study"))
    if columns < 1 or col == row:
        raise ValueError(f"`columns` must be at least 1, and `row` another than `col`; got {columns}, {row!r}, {col!r}")
    analysis = analyze_study(study) if isinstance(study, Study) else study
    cells = dict(analysis.cells)
    by = {name: _values(cells, name) for name in (col, row) if name is not None}
    names = _line_names(list(cells), tuple(by))
    lines = list(dict.fromkeys(names.values()))
    table = [[_place(cells, names, own) for own in line] for line in _order(col, row, by, columns)]
    shared = "task" not in by if share_y is None else share_y
    sentences: list[Sequence[str]] = []
    draw = partial(_draw, plot=plot, lines=lines, sentences=sentences)
    panels = [
        [Panel(partial(draw, place=place), shares_y=shared and i > 0) for i, place in enumerate(line)]
        for line in _with_ends(table)
    ]
    blank = [Panel(_axes.blank)] * (len(panels[0]) - len(panels[-1]))
    grid = [*panels[:-1], panels[-1] + blank]
    caption = partial(_caption, by=tuple(by), sentences=sentences)
    return _figure.draw(grid, caption, save_path, width=width, row_height=2.1, words=words)


def _value(cell: Cell, name: str) -> Any:
    return getattr(cell, name) if name in _NAMES else cell.configuration.get(name)


def _values(cells: Mapping[Cell, Analysis], name: str) -> list[Any]:
    """The values of a name in the order of the cells, numbers by their size. ValueError for a name there is not."""
    known = list(dict.fromkeys(key for cell in cells for key in cell.configuration))
    if name not in (*_NAMES, *known):
        there = ", ".join(map(repr, (*_NAMES, *known)))
        raise ValueError(f"`col` and `row` must be among {there}, got {name!r}")
    found = list(dict.fromkeys(_value(cell, name) for cell in cells))
    numbers = all(isinstance(value, int | float) for value in found)
    return sorted(found) if numbers else found


def _line_names(cells: Sequence[Cell], by: Sequence[str]) -> dict[Cell, str]:
    """What each cell is called beside the others of a panel: by what differs and no axis of the grid has."""
    keys = dict.fromkeys(("algorithm", *(key for cell in cells for key in cell.configuration), "variant"))
    differ = [key for key in keys if key not in by and len({repr(_value(cell, key)) for cell in cells}) > 1]
    return {cell: _line_name(cell, differ) for cell in cells}


def _line_name(cell: Cell, differ: Sequence[str]) -> str:
    parts = [str(_value(cell, key)) if key in _NAMES else f"{key}={_value(cell, key)}" for key in differ if key]
    return " ".join(filter(None, parts)) or cell.algorithm


def _order(col: str, row: str | None, by: Mapping[str, Sequence[Any]], columns: int) -> list[list[dict[str, Any]]]:
    """What the panels of each row show: the value of `col`, and of `row`."""
    across = [{col: value} for value in by[col]]
    if row is None:
        return [across[start : start + columns] for start in range(0, len(across), columns)]
    return [[{**one, row: value} for one in across] for value in by[row]]


def _with_ends(table: Sequence[Sequence[_Place]]) -> list[list[_Place]]:
    """The places, which know whether others with runs stand left of them or below."""
    return [
        [
            place._replace(
                leftmost=not any(other.cells for other in line[:i]),
                lowest=not any(i < len(other) and other[i].cells for other in table[at + 1 :]),
            )
            for i, place in enumerate(line)
        ]
        for at, line in enumerate(table)
    ]


def _place(cells: Mapping[Cell, Analysis], names: Mapping[Cell, str], own: Mapping[str, Any]) -> _Place:
    """The cells of one panel. ValueError if two have one name there."""
    title = [printable(str(value) if name in _NAMES else f"{name}={value}") for name, value in own.items()]
    found: dict[str, Analysis] = {}
    for cell, results in cells.items():
        if all(_value(cell, name) == value for name, value in own.items()):
            if names[cell] in found:
                where = ", ".join(title)
                raise ValueError(f"two cells are called {names[cell]!r} in the panel {where}: select one of them first")
            found[names[cell]] = results
    return _Place("\n".join(title), found)


def _draw(
    ax: Axes, place: _Place, plot: Callable[..., Any], lines: Sequence[str], sentences: list[Sequence[str]]
) -> None:
    if not place.cells:
        _axes.missing(ax, "no run")
    else:
        with _looks.kept(lines), _shared_axes.as_panel(sentences):
            plot(_first_argument(plot, place), ax=ax)
        _axes.outer_labels(ax, leftmost=place.leftmost, lowest=place.lowest)
        _axes.few_ticks(ax)
        _axes.note(ax, _counts(place.cells))
    _axes.title_in_panel(ax, place.title, (), beside=_OF_COUNT)


def _first_argument(plot: Callable[..., Any], place: _Place) -> Any:
    """What a figure function takes: name → results or scores, or the only results of the panel."""
    first = next(iter(inspect.signature(plot).parameters.values()))
    if first.name == "scores":
        return {name: known(results.performance).final for name, results in place.cells.items()}
    is_ours = (getattr(plot, "__module__", None) or "").startswith("jaxviz.")
    takes_one = is_ours and get_origin(first.annotation) is not Mapping
    if not takes_one:
        return place.cells
    if len(place.cells) > 1:
        names = ", ".join(place.cells)
        raise ValueError(
            f"`plot`={plot.__name__} shows one line, and the panel {place.title!r} has {names}: give "
            "plot_learning_curve_comparison, or choose another `col` and `row`"
        )
    return next(iter(place.cells.values()))


def _counts(cells: Mapping[str, Analysis]) -> str:
    """``n = 10``, or ``n = 3 to 10`` over the lines of a panel."""
    counts = [results.batch_shape[0] for results in cells.values()]
    return f"n = {min(counts)}" if min(counts) == max(counts) else f"n = {min(counts)} to {max(counts)}"


def _caption(_figure: Figure, by: Sequence[str], sentences: Sequence[Sequence[str]]) -> list[str]:
    """What the first panel says of its marks, without its numbers of runs."""
    marks = [sentence for sentence in (sentences[0] if sentences else ()) if not sentence.startswith("Runs: ")]
    return [f"One panel for each {' and '.join(by)}; n: runs of each line.", *marks]
