"""`write`: runs, analyses or views -> one HTML file."""

import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2

from .._explained import explained
from .._kinds import refusal
from .._printable import printable
from .._run import TrainingRun
from .._whole_file import whole_file
from ..analysis import Analysis
from ..comparison import Comparison, Curves
from ..view import View
from ..view._make import view_of
from . import _comparison, _content
from ._comparison import Compared
from ._section import Section

Source = TrainingRun | Analysis | View | Comparison
Runs = Source | Mapping[str, Source] | Sequence[Source]


@explained
def write(
    runs: Runs,
    path: str | os.PathLike[str],
    *,
    title: str | None = None,
    target: float | None = None,
    window: int | None = None,
    level: float = 0.95,
    labels: Mapping[str, Sequence[str] | None] | Sequence[str] | None = None,
    metadata: Mapping[str, Any] | None = None,
    curves: Curves | None = None,
) -> Path:
    """Write one self-contained HTML page about `runs`; nothing in it needs a network.

    `runs`: a TrainingRun, an Analysis or a Comparison (of `jv.compare`), several of them, or name → one of them; each
    becomes a section. A View (`jaxviz.view.make_view`) is shown as it is, and nothing is computed again; so is a
    Comparison: its verdicts, tiers and coverage first, then its tasks, then its algorithms; with the learning curves of
    `curves` (of `jv.compare_curves`) if it is the only section. `title`: "Training report"
    or "Comparison" without it.
    `labels`: names of the configurations, or section name → names. `metadata`: section name → the metadata that
    `save_run` was given: its `config` is shown, and its `parameters`, a mapping for each configuration, make the
    figures of hyper-parameters; for a single run the metadata itself. `target`, `window` are as in `analyze` (an
    Analysis brings its own), `level` as in `aggregate`. The file appears whole or not at all; folders are created.
    """
    if window is not None and window < 1:
        raise ValueError(f"`window` must be at least 1, got {window}")
    if curves is not None and not isinstance(runs, Comparison):
        raise ValueError("`curves` are those of one Comparison: give it alone as `runs`")
    named = _named(runs)
    if isinstance(labels, Mapping) and (unknown := [str(name) for name in labels if name not in named]):
        raise ValueError(f"`labels` names the sections {', '.join(unknown)}; those of `runs` are {', '.join(named)}")
    sections = list[Section | Compared]()
    for name, source in named.items():
        if isinstance(source, Comparison):
            sections.append(Compared(name, source, curves))
            continue
        own = labels.get(name) if isinstance(labels, Mapping) else labels
        view = _view(name, source, labels=own, target=target, window=window, level=level)
        sections.append(Section(name, view, _metadata(metadata, name, len(named) == 1)))
    return write_sections(sections, path, title=title or _title(sections))


def _title(sections: Sequence[Section | Compared]) -> str:
    return "Comparison" if all(isinstance(section, Compared) for section in sections) else "Training report"


def write_sections(
    sections: Sequence[Section | Compared], path: str | os.PathLike[str], *, title: str = "Training report"
) -> Path:
    """Write the page of sections that exist already.

    MLflow's edge, which logs the figures of the page too, draws them once and gives them to the section:

        with plots.without_captions():
            figures = dict(draw_figures(view, parameters=parameters))
        write_sections([Section("run", view, metadata, figures)], path)
        for name, figure in figures.items():
            log(name, add_caption(figure))
    """
    text = render([_section_content(section) for section in sections], title)
    with whole_file(Path(path)) as temporary:
        temporary.write_text(text, encoding="utf-8", errors="replace")
    return Path(path)


def _section_content(section: Section | Compared) -> dict[str, Any]:
    return _comparison.content(section) if isinstance(section, Compared) else _content.content(section)


def render(sections: list[dict[str, Any]], title: str) -> str:
    """The page as text."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("jaxviz.report", "template"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: printable(value, lines=True) if type(value) is str else value,
    )
    methods = [section["methods"] for section in sections]
    return environment.get_template("page.html").render(
        title=title, sections=sections, versions=_content.versions(), references=_content.references(methods)
    )


def _view(
    name: str,
    source: TrainingRun | Analysis | View,
    *,
    labels: Sequence[str] | None,
    target: float | None,
    window: int | None,
    level: float,
) -> View:
    if isinstance(source, View):
        return source
    shape = source.batch_shape
    if math.prod(shape) == 0:
        raise ValueError(f"`runs`: {name!r} has no run, its batch axes are {shape}")
    own = target if isinstance(source, TrainingRun) else None
    return view_of(source, "runs", labels=labels, target=own, window=window, level=level)


def _named(runs: Runs) -> dict[str, Source]:
    if isinstance(runs, Mapping):
        named = {str(name): run for name, run in runs.items()}
    elif isinstance(runs, list | tuple):
        named = {f"run {i}": run for i, run in enumerate(runs)}
    elif isinstance(runs, TrainingRun | Analysis | View | Comparison):
        named = {"" if isinstance(runs, Comparison) else "run": runs}
    else:
        wanted = "a TrainingRun, an Analysis, a Comparison, a list of them, or a mapping from names to them"
        raise TypeError(refusal("runs", runs, wanted, "TrainingRun"))
    places = range(len(runs)) if isinstance(runs, list | tuple) else map(repr, named)
    for place, source in zip(places, named.values(), strict=True):
        if not isinstance(source, TrainingRun | Analysis | View | Comparison):
            raise TypeError(
                refusal(f"runs[{place}]", source, "a TrainingRun, an Analysis or a Comparison", "TrainingRun")
            )
    if not named:
        raise ValueError("`runs` is empty: give at least one TrainingRun or Analysis")
    return named


def _metadata(metadata: Mapping[str, Any] | None, name: str, single: bool) -> dict[str, Any]:
    if metadata is None:
        return {}
    own = metadata.get(name)
    if isinstance(own, Mapping):
        return dict(own)
    return dict(metadata) if single else {}
