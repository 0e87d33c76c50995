"""What the template shows of one part, as plain Python values."""

import math
import platform
import tempfile
import warnings
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from .. import plots
from . import _tables, _words
from ._part import Part
from ._words import references as references

_POINTS = 200
_MOST_POINTS = 60_000
_NAMES = {"training_curves": "Learning curve", "advanced_learning_curves": "Learning curve in detail"}
_NAMES |= {"hyperparameter_comparison": "Configurations", "hyperparameter_heatmap": "Map of two hyper-parameters"}
_NAMES |= {"hyperparameter_sensitivity": "Sensitivity to a hyper-parameter"}
_DESCRIPTION = "{http://purl.org/dc/elements/1.1/}description"


def content(part: Part, level: float) -> dict[str, Any]:
    """Every value that the template reads of a part."""
    tables = [_tables.configurations(part), _tables.seeds(part)]
    return {
        "name": part.name,
        "facts": facts(part),
        "config": list(_flat(part.metadata.get("config", {}), "")),
        "warnings": _words.warnings(part),
        "tables": [{"table": table, "downloads": _tables.downloads(table)} for table in tables],
        "title_of": {"configurations": "Key numbers", "seeds": "Every seed"},
        "key_caption": key_caption(part),
        "curves": curves(part),
        "figures": figures(part, level),
        "methods": _words.methods(part),
    }


def versions() -> list[tuple[str, str]]:
    """What the page was made with."""
    return [("Python", platform.python_version()), *((n, version(n)) for n in ("jax", "numpy", "matplotlib"))]


def facts(part: Part) -> list[tuple[str, str]]:
    """What was run."""
    rows = [("configurations", str(len(part.labels))), ("runs per configuration", str(part.runs))]
    if part.last_step is not None:
        low, high = _tables.number(part.last_step.min()), _tables.number(part.last_step.max())
        rows.append(("environment steps run", low if low == high else f"{low} to {high}"))
    asked = _words.asked_steps(part)
    if asked is not None:
        rows.append(("environment steps asked for", _tables.number(asked)))
    if part.target is not None:
        rows.append(("target", _tables.number(part.target)))
    rows.append(("window", f"{part.analysis.window} {part.entry}s"))
    return rows


def _flat(tree: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(tree, dict):
        for name, value in tree.items():
            yield from _flat(value, f"{path}/{name}" if path else str(name))
    else:
        yield path, str(tree)


def key_caption(part: Part) -> str:
    """What the intervals are."""
    interval = part.summary.curve.interval
    if part.runs == 1:
        return "One run per configuration: no intervals."
    return (
        f"{part.summary.statistic.upper() if part.summary.statistic == 'iqm' else part.summary.statistic.title()} over "
        f"runs [{float(interval.level.max()):.0%} {interval.method} bootstrap interval, {interval.reps} replicates]"
        f"{'.' if part.target is None else '; shares of runs with Wilson score intervals.'}"
    )


def curves(part: Part) -> dict[str, Any]:
    """The learning curve of every run, thinned to evenly spaced points: what hovering reads."""
    curve = part.analysis.curve
    points = max(20, min(_POINTS, _MOST_POINTS // len(part.cells)))
    runs = [{"label": part.labels[c], "seed": r, "points": _thinned(curve, c, r, points)} for c, r in part.cells]
    x = "environment steps" if curve.step is not None else curve.source.removesuffix("s")
    return {"x": x, "target": part.target, "labels": list(part.labels), "runs": runs}


def _thinned(curve: Any, c: int, r: int, points: int) -> list[list[float]]:
    """[x, y] at evenly spaced valid and finite entries, the last among them."""
    value = curve.value[c, r]
    kept = (curve.valid[c, r] & (abs(value) < math.inf)).nonzero()[0]
    if len(kept) > points:
        kept = [kept[i * (len(kept) - 1) // (points - 1)] for i in range(points)]
    x = range(1, len(value) + 1) if curve.step is None else curve.step[c, r]
    return [[float(x[i]), float(f"{float(value[i]):.6g}")] for i in kept]


def figures(part: Part, level: float) -> list[dict[str, str]]:
    """Every figure there is data for: its title, caption and picture."""
    options: dict[str, Any] = {"parameters": _parameters(part)}
    if not _is_analysis(part):
        options |= {"target": part.target, "window": part.analysis.window}
    labels = part.labels if len(part.labels) > 1 else None
    with tempfile.TemporaryDirectory() as folder, plots.style(captions=False), warnings.catch_warnings():
        # A name with emoji is whole in tables and captions; in pictures a box stands for what the font lacks.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font", category=UserWarning)
        written = plots.create_comprehensive_analysis(
            part.source, folder, labels=labels, level=level, suffix=".svg", **options
        )
        return [_figure(name, path) for name, path in written.items()]


def _parameters(part: Part) -> list[dict[str, Any]] | None:
    """The metadata's `parameters`, where they are a mapping of the same numbers and names for each configuration."""
    given = part.metadata.get("parameters")
    if not isinstance(given, list | tuple) or len(given) != len(part.labels):
        return None
    if not all(isinstance(one, dict) and list(one) == list(given[0]) for one in given):
        return None
    plain = [n for n in given[0] if all(isinstance(one[n], str | bool | int | float) for one in given)]
    return [{str(name): one[name] for name in plain} for one in given] if plain else None


def _is_analysis(part: Part) -> bool:
    return hasattr(part.source, "curve")


def _figure(name: str, path: Path) -> dict[str, str]:
    picture = path.read_bytes()
    caption = ElementTree.fromstring(picture).find(f".//{_DESCRIPTION}")
    return {
        "title": _NAMES.get(name, name.replace("_", " ").capitalize()),
        "caption": "" if caption is None else caption.text or "",
        "source": _tables.data_uri("image/svg+xml", picture),
    }
