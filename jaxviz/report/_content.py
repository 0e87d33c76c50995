"""The values that the template shows of one section, as plain Python."""

import math
import platform
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from .._nested import flat_items
from .._thinning import evenly_spaced
from ..analysis import Curve
from ..plots._comprehensive import draw_figures
from ..view import View
from ..view._interval_words import method_words
from ..view._names import AT_START
from ..view._numbers import span, typeset
from . import _blocks, _tables, _words
from ._blocks import Block
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
    return {
        "name": section.name,
        "facts": facts(section),
        "facts_title": "What was run",
        "config": config(section.metadata),
        "warnings": _words.warnings(section),
        "blocks": [
            _blocks.table(_tables.configurations(view), "Key numbers", key_caption(view)),
            _blocks.chart(curves(view)),
            *figures(section),
            _blocks.table(_tables.seeds(view), "Every seed", ""),
        ],
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


def figures(section: Section) -> list[Block]:
    """Every figure there is data for."""
    drawn = section.figures
    named = draw_figures(section.view, parameters=section.parameters) if drawn is None else drawn.items()
    return list(_blocks.pictures(named, _TITLES).values())
