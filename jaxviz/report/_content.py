"""The values that the template shows of one section, as plain Python."""

import math
import platform
import tempfile
import warnings
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from .. import plots
from .._nested import flat_items
from .._thinning import evenly_spaced
from ..analysis import Curve
from ..plots._comprehensive import draw_figures
from ..view import View
from ..view._interval_words import method_words
from ..view._names import AT_START
from ..view._numbers import span, typeset
from . import _tables, _words
from ._section import Section
from ._words import references as references

_POINTS = 200
"""Points of a curve that the pointer can tell apart on a wide screen."""
_MOST_POINTS = 60_000
"""Of all curves together: about one megabyte of the page."""
_TITLES = {
    "training_curves": "Learning curve",
    "advanced_learning_curves": "Learning curve in detail",
    "hyperparameter_comparison": "Configurations",
    "hyperparameter_heatmap": "Map of two hyper-parameters",
    "hyperparameter_sensitivity": "Sensitivity to a hyper-parameter",
}
"""Titles of figures whose names do not say enough."""


def content(section: Section) -> dict[str, Any]:
    """Every value that the template reads of a section."""
    view = section.view
    tables = [_tables.configurations(view), _tables.seeds(view)]
    return {
        "name": section.name,
        "facts": facts(section),
        "config": config(section.metadata),
        "warnings": _words.warnings(section),
        "tables": [{"table": table, "downloads": _tables.downloads(table)} for table in tables],
        "title_of": {"configurations": "Key numbers", "seeds": "Every seed"},
        "key_caption": key_caption(view),
        "curves": curves(view),
        "figures": figures(section),
        "methods": _words.methods(view),
    }


def versions() -> list[tuple[str, str]]:
    """The software that made the page."""
    return [("Python", platform.python_version()), *((n, version(n)) for n in ("jax", "numpy", "matplotlib"))]


def facts(section: Section) -> list[tuple[str, str]]:
    """The size of the experiment, and its target."""
    view, asked = section.view, section.asked_steps
    rows = [("configurations", str(view.configurations)), ("runs per configuration", str(view.runs))]
    if view.last_step is not None:
        rows.append(("environment steps run", span(view.last_step.min(), view.last_step.max(), typeset)))
    rows.append(("metric", f"{view.metric}, {'lower' if view.minimize else 'higher'} is better"))
    if asked is not None:
        rows.append(("environment steps asked for", typeset(asked)))
    if view.target is not None:
        rows.append(("target", typeset(view.target)))
    rows.append(("window of trailing means", view.window_words))
    return rows


def config(metadata: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The configuration that a run was saved with, as flat names and text."""
    given = metadata.get("config", {})
    return [(name, str(x)) for name, x in flat_items(given)] if isinstance(given, Mapping) else [("", str(given))]


def key_caption(view: View) -> str:
    """How the intervals were made."""
    interval = view.estimates.curve.interval
    if view.runs == 1:
        return "One run per configuration: no intervals."
    return (
        f"{AT_START[view.estimates.statistic]} over runs [{method_words(interval)}, {interval.reps} replicates]"
        f"{'.' if view.target is None else '; shares of runs with Wilson score intervals.'}"
    )


def curves(view: View) -> dict[str, Any]:
    """The learning curve of every run at evenly spaced points, for the pointer to read."""
    curve, labels = view.per_run.curve, view.labels
    points = max(20, min(_POINTS, _MOST_POINTS // len(view.cells)))
    runs = [{"label": labels[c], "seed": r, "points": _points(curve, c, r, points)} for c, r in view.cells]
    x = "environment steps" if curve.step is not None else curve.source.removesuffix("s")
    return {"x": x, "metric": view.metric, "target": view.target, "labels": list(labels), "runs": runs}


def _points(curve: Curve, c: int, r: int, most: int) -> list[list[float]]:
    """[x, y] at evenly spaced valid and finite entries, the last among them."""
    value = curve.value[c, r]
    kept = (curve.valid[c, r] & (abs(value) < math.inf)).nonzero()[0]
    shown = [int(kept[i]) for i in evenly_spaced(len(kept), most)]
    x = (curve.order if curve.step is None else curve.step)[c, r]
    return [[float(x[i]), float(f"{float(value[i]):.6g}")] for i in shown]


def figures(section: Section) -> list[dict[str, str]]:
    """Every figure there is data for: its title, caption and picture. The caption is text beside the picture."""
    with tempfile.TemporaryDirectory() as folder, plots.style(captions=False), warnings.catch_warnings():
        # A name with emoji is whole in tables and captions; in pictures a box replaces characters that the font lacks.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font", category=UserWarning)
        drawn = section.figures
        named = draw_figures(section.view, parameters=section.parameters) if drawn is None else drawn.items()
        return [_figure(name, figure, Path(folder)) for name, figure in named]


def _figure(name: str, figure: Figure, folder: Path) -> dict[str, str]:
    caption = plots.figure_caption(figure)
    picture = plots.save(figure, folder / f"{name}.svg", caption).read_bytes()
    return {
        "title": _TITLES.get(name, name.replace("_", " ").capitalize()),
        "caption": caption,
        "source": _tables.data_uri("image/svg+xml", picture),
    }
