"""The logger's methods for whole vmapped runs: one parent, a child for each configuration, and on request each seed."""

import contextlib
import itertools
import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ..._explained import explained
from ..._run import TrainingRun
from ...aggregation import Aggregate
from ...analysis import Analysis
from ...host import save_run
from ...inputs import from_training_data
from ...view import View, analyze_run, make_view
from .. import _values
from . import _best, _columns, _seed_columns, _summaries
from ._recorder import Recorder
from ._session import Session
from ._temporary import in_folder

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PerSeed = Literal["final", "full"]
Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]]
"""Of each configuration; one mapping is that of all."""
BEST_TAG = "jaxviz.best_configuration"
"""Which of several configurations the parent run shows."""


class RunMethods(ABC):
    """The methods of `MLflowLogger` for a TrainingRun, an Analysis or an Aggregate."""

    @abstractmethod
    def _active(self) -> Session: ...

    @abstractmethod
    def log_artifact(self, path: Path, folder: str = "") -> None: ...

    @abstractmethod
    def log_figure(self, figure: "Figure", name: str) -> None: ...

    @explained
    def log_run(
        self,
        run: TrainingRun,
        *,
        window: int | None = None,
        target: float | None = None,
        labels: Sequence[str] | None = None,
        parameters: Parameters | None = None,
        per_seed: PerSeed | None = None,
        figures: bool = True,
        report: bool = True,
    ) -> None:
        """A whole run of many seeds and configurations: its numbers, curves, data, figures and the report page.

        The active run gets the data of all seeds as `run.npz` (`jaxviz.load_run` reads it back), `report.html`, the
        figures, and of a single configuration the numbers: `return/iqm`, `/low`, `/high`, `/n` by environment step,
        every statistic as `/estimate`, `/low`, `/high`. A metric other than the return has its own name in place of
        `return`. Several configurations become child runs with them, named by `labels`, with their `parameters` (one
        mapping each, or one for all); the active run then shows the numbers and curves of the best one (by
        `performance/final/estimate`), which its tag `jaxviz.best_configuration` names. `per_seed`: "final" makes a
        child run of each seed with its parameters and its final values; "full" gives it all its points too.
        """
        if per_seed not in (None, "final", "full"):
            raise ValueError(f"`per_seed` must be None, 'final' or 'full', got {per_seed!r}")
        parameters = _columns.each(parameters, math.prod(run.batch_shape[:-1]))
        _columns.check_names(math.prod(run.batch_shape[:-1]), labels)
        labels = _columns.labels(labels, parameters)
        plain = None if parameters is None else [_values.plain(one) for one in parameters]
        metadata = {"labels": None if labels is None else list(labels), "parameters": plain}
        in_folder("run.npz", lambda folder: self.log_artifact(save_run(folder / "run.npz", run, metadata=metadata)))
        view, undrawable = None, None
        try:
            view = make_view(run, window=window, target=target, labels=labels) if figures or report else None
        except ValueError as why:  # nothing to draw: its numbers are logged all the same
            undrawable = why
        analysis = analyze_run(run, window=window, target=target) if view is None else view.per_run
        summary = _summaries.summary_of(analysis) if view is None else view.estimates
        seeds = analysis if per_seed and run.batch_shape else None
        self._log_configurations(
            summary, labels if view is None else view.labels, parameters, seeds, full=per_seed == "full"
        )
        if view is not None:
            self._log_pages(view, metadata, figures=figures, report=report)
        if undrawable is not None:
            raise undrawable

    @explained
    def log_comprehensive_analysis(self, training_data: Any, **options: Any) -> None:
        """Analyse a training and log all of it; `options` are those of `log_run`.

        `training_data`: a mapping with `rewards` (or `episode_rewards`) and, if known, `episode_lengths`, `losses`,
        `eval_rewards`, `action_probs`, `observations`; or a TrainingRun of one run, many, or configurations × runs.
        """
        self.log_run(from_training_data(training_data), **options)

    @explained
    def log_analysis(
        self,
        analysis: Analysis | Aggregate,
        *,
        labels: Sequence[str] | None = None,
        parameters: Parameters | None = None,
        per_seed: PerSeed | None = None,
    ) -> None:
        """The numbers and curves of an analysis alone, in the layout of `log_run`; `per_seed` needs an Analysis."""
        if per_seed is not None and not isinstance(analysis, Analysis):
            raise ValueError(f"`per_seed` needs an Analysis: an {type(analysis).__name__} has no single seeds")
        summary = _summaries.summary_of(analysis)
        seeds = analysis if isinstance(analysis, Analysis) and per_seed else None
        self._log_configurations(summary, labels, parameters, seeds, full=per_seed == "full")

    def _log_configurations(
        self,
        summary: Aggregate,
        labels: Sequence[str] | None,
        parameters: Parameters | None,
        seeds: Analysis | None,
        *,
        full: bool,
    ) -> None:
        parameters = _columns.each(parameters, math.prod(summary.batch_shape))
        _columns.check_names(math.prod(summary.batch_shape), labels)
        configurations = _columns.configurations(summary, _columns.labels(labels, parameters))
        count = len(configurations)
        own = [_values.params(one) for one in parameters] if parameters is not None else [{}] * count
        table = None if seeds is None or not seeds.batch_shape else _seed_columns.seeds(seeds)
        recorder, found = self._active().recorder, [_columns.numbers(one) for _, one in configurations]
        best = _best.configuration(found, higher=not summary.minimize)
        indices = itertools.product(*(range(size) for size in summary.batch_shape))
        for i, ((label, one), params, index) in enumerate(zip(configurations, own, indices, strict=True)):
            run = recorder.run if count == 1 else _start_child(recorder, label, {"jaxviz.configuration": label})
            if params:
                recorder.params(run, params)
            shown = [run] if run == recorder.run or i != best else [run, recorder.run]
            for place in shown:
                recorder.points(place, found[i], 0)
                for curves in _columns.curves(one):
                    recorder.columns(place, *curves)
            if table is not None:
                _log_seeds(recorder, run, label if count > 1 else "", params, table, index, full=full)
            if run != recorder.run:
                recorder.end(run, "FINISHED")
        if count > 1 and best is not None:
            recorder.tags(recorder.run, _values.tags({BEST_TAG: configurations[best][0]}))

    def _log_pages(self, view: View, metadata: Mapping[str, Any], *, figures: bool, report: bool) -> None:
        """The figures of a view, the page about it, or both: then they show the same figures."""
        from ... import plots
        from ...report._section import Section
        from ...report._write import write_sections

        drawn = None
        if figures:
            with plots.without_captions() if report else contextlib.nullcontext():
                drawn = dict(plots.draw_figures(view, parameters=metadata["parameters"]))
        if report:
            sections = [Section("run", view, metadata, drawn)]
            in_folder("report.html", lambda folder: self.log_artifact(write_sections(sections, folder / "report.html")))
        for name, figure in (drawn or {}).items():
            self.log_figure(plots.add_caption(figure) if report else figure, name)


def _start_child(recorder: Recorder, name: str, tags: Mapping[str, Any], parent: str | None = None) -> str:
    return recorder.start(_values.line(name), _values.tags(tags), parent=parent or recorder.run)


def _log_seeds(
    recorder: Recorder,
    parent: str,
    label: str,
    params: Mapping[str, str],
    table: _seed_columns.Seeds,
    index: tuple[int, ...],
    *,
    full: bool,
) -> None:
    """A child run for each seed of a configuration."""
    for seed in range(table.size):
        at = (*index, seed)
        run = _start_child(recorder, f"{label} seed {seed}".strip(), {"jaxviz.seed": seed}, parent)
        recorder.params(run, {**params, "seed": str(seed)})
        recorder.points(run, table.final(at), table.last_step(at))
        for curves in table.curves(at) if full else ():
            recorder.columns(run, *curves)
        recorder.end(run, "FINISHED")
