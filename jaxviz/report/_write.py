"""`write`: runs or analyses -> one HTML file."""

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2

from .._run import TrainingRun
from ..analysis import Analysis
from . import _content
from ._part import make_part

Runs = TrainingRun | Analysis | Mapping[str, TrainingRun | Analysis] | Sequence[TrainingRun | Analysis]


def write(
    runs: Runs,
    path: str | os.PathLike[str],
    *,
    title: str = "Training report",
    target: float | None = None,
    window: int = 100,
    level: float = 0.95,
    labels: Mapping[str, Sequence[str] | None] | Sequence[str] | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Path:
    """Write one self-contained HTML page about `runs`; nothing in it needs a network.

    `runs`: a TrainingRun or an Analysis, several of them, or name → one of them; each becomes a section.
    `labels`: names of the configurations, or section name → names. `metadata`: section name → what `save_run` was
    given: its `config` is shown, and its `parameters`, a mapping for each configuration, make the figures of
    hyper-parameters; for a single run the metadata itself. `target`, `window` are as in `analyze` (an Analysis brings
    its own), `level` as in `aggregate`. The file appears whole or not at all; folders are created.
    """
    if window < 1:
        raise ValueError(f"`window` must be at least 1, got {window}")
    named = _named(runs)
    single = len(named) == 1
    parts = [
        make_part(
            name,
            source,
            labels=labels.get(name) if isinstance(labels, Mapping) else labels,
            metadata=_metadata(metadata, name, single),
            target=target,
            window=window,
            level=level,
        )
        for name, source in named.items()
    ]
    return _write_whole(Path(path), render([_content.content(part, level) for part in parts], title))


def render(parts: list[dict[str, Any]], title: str) -> str:
    """The page as text."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("jaxviz.report", "template"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    methods = [part["methods"] for part in parts]
    return environment.get_template("page.html").render(
        title=title, parts=parts, versions=_content.versions(), references=_content.references(methods)
    )


def _named(runs: Runs) -> dict[str, TrainingRun | Analysis]:
    if isinstance(runs, Mapping):
        named = {str(name): run for name, run in runs.items()}
    elif isinstance(runs, list | tuple):
        named = {f"run {i}": run for i, run in enumerate(runs)}
    else:
        named = {"run": runs}
    if not named:
        raise ValueError("`runs` is empty: give at least one TrainingRun or Analysis")
    return named  # type: ignore[return-value]


def _metadata(metadata: Mapping[str, Any] | None, name: str, single: bool) -> dict[str, Any]:
    if metadata is None:
        return {}
    own = metadata.get(name)
    if isinstance(own, Mapping):
        return dict(own)
    return dict(metadata) if single else {}


def _write_whole(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, suffix=".html.part")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
            file.write(text)
        os.chmod(temporary, 0o644)  # mkstemp's files are private; a report is for others too
        os.replace(temporary, path)
    finally:
        Path(temporary).unlink(missing_ok=True)
    return path
