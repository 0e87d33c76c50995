"""One metric of many configurations: a number per run, and the estimate over runs with its interval."""

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from ..._kinds import refusal
from ..._types import Array
from ...aggregation import Aggregate, iqm_of_rows
from ...analysis import Analysis
from ...host import as_array, pad_ragged, to_host
from ...stats import Interval
from ...view import RESULTS, View, bounds, known
from ...view._alike import check_alike
from ...view._make import view_of
from ...view._numbers import percent
from ...view._series import metric_label, readable
from .._draw import _captions

METRIC = "final"
"""The default metric: the mean over the last tenth of a run's training."""
Parameters = Mapping[str, Any]
_SEED = 0


class Score(NamedTuple):
    """One configuration."""

    label: str
    parameters: Parameters
    values: Array | Sequence[float]
    """One number per run [run]; empty if single runs are not known."""
    estimate: float
    low: float
    high: float


@dataclasses.dataclass(frozen=True)
class Scores:
    """One metric of every configuration."""

    metric: str
    rows: tuple[Score, ...]
    how: str
    """The estimate and its interval in the words of a caption."""
    label: str
    """The metric as axes and captions name it."""
    minimize: bool = False
    """Lower is better."""

    @property
    def first(self) -> str:
        """Which estimate comes before the others."""
        return "lowest" if self.minimize else "highest"

    def ordered(self, rows: Iterable[Score]) -> list[Score]:
        """The best first, undefined ones last."""
        sign = 1 if self.minimize else -1
        return sorted(rows, key=lambda row: (math.isnan(row.estimate), sign * row.estimate))


def read_scores(
    results: Any,
    metric: str,
    *,
    labels: Sequence[str] | None = None,
    parameters: Sequence[Parameters] | None = None,
    minimize: bool | None = None,
    level: float = 0.95,
) -> Scores:
    """The metric of every configuration of `results`: see `plot_hyperparameter_comparison`."""
    scores = _read(results, metric, labels, parameters, level)
    return scores if minimize is None else dataclasses.replace(scores, minimize=minimize)


def _read(
    results: Any,
    metric: str,
    labels: Sequence[str] | None,
    parameters: Sequence[Parameters] | None,
    level: float,
) -> Scores:
    if isinstance(results, RESULTS):
        return _of_view(view_of(results, "results", labels=labels, level=level), metric, parameters)
    rows = _rows(results, metric)
    if not rows:
        raise ValueError("`results` is empty: there is no configuration to compare")
    if any(isinstance(value, RESULTS) for _, _, value in rows):
        return _of_results(rows, metric, level)
    return _of_values(rows, metric, level)


def _rows(results: Any, metric: str) -> list[tuple[str, Parameters, Any]]:
    """Label, parameters and value of each configuration, from a mapping of them or a table."""
    if isinstance(results, Mapping):
        return [(str(label), {}, _value(row, metric, str(label))) for label, row in results.items()]
    if isinstance(results, Sequence) and all(isinstance(row, Mapping) for row in results):
        table = []
        for i, row in enumerate(results):
            own = {key: value for key, value in row.items() if key != metric and _is_setting(value)}
            table.append((settings_label(own) or f"configuration {i}", own, _value(row, metric, f"row {i}")))
        return table
    wanted = "a TrainingRun, an Analysis, an Aggregate, a mapping from configuration to result, or a table of mappings"
    raise TypeError(refusal("results", results, wanted, "comparison"))


def _value(row: Any, metric: str, owner: str) -> Any:
    if not isinstance(row, Mapping):
        return row
    if metric not in row:
        raise ValueError(f"`results` of {owner} have no {metric!r}; they have {', '.join(map(repr, row))}")
    return row[metric]


def _is_setting(value: Any) -> bool:
    """Numbers and names are hyper-parameters; series are not."""
    return isinstance(value, str | bool | int | float) or getattr(value, "ndim", None) == 0


def known_parameters(scores: Scores, least: int) -> list[str]:
    """Names of the hyper-parameters, which all configurations must share; ValueError below `least` of them."""
    known = list(scores.rows[0].parameters)
    if len(known) < least or any(list(row.parameters) != known for row in scores.rows):
        many = {1: "one or more hyper-parameters", 2: "two or more hyper-parameters"}[least]
        raise ValueError(f"this needs the same {many} for every configuration: give a table, or `parameters`")
    return known


def parameter_values(rows: Sequence[Score], name: str) -> tuple[Any, ...]:
    """The different values of a hyper-parameter, numbers in order, names as they came."""
    values = list(dict.fromkeys(row.parameters[name] for row in rows))
    return tuple(values if any(isinstance(v, str) for v in values) else sorted(values))


def not_finite(rows: Sequence[Score]) -> str:
    """How many runs have no number, in the words of a caption."""
    everything = [float(v) for row in rows for v in row.values]
    missing = sum(not math.isfinite(v) for v in everything)
    return f"{missing} of {len(everything)} runs have no finite value: no estimate there." if missing else ""


def settings_label(parameters: Parameters) -> str:
    """``lr=0.001, clip=0.2``."""
    return ", ".join(f"{name}={setting_label(value)}" for name, value in parameters.items())


def setting_label(value: Any) -> str:
    """The value of a hyper-parameter as a label."""
    if isinstance(value, str | bool):
        return str(value)
    return f"{float(value):.4g}"


def _of_view(view: View, metric: str, parameters: Sequence[Parameters] | None) -> Scores:
    if parameters is not None and len(parameters) != view.configurations:
        count = view.configurations
        raise ValueError(f"`parameters` must describe each of the {count} configurations, got {len(parameters)}")
    group, name = _find(view, metric)
    values = None if view.analysis is None else _numbers_by_name(view.analysis)[group][name]
    interval: Interval | None = None if view.summary is None else _numbers_by_name(view.summary)[group][name]
    rows = []
    for c, label in enumerate(view.labels):
        own: Array | None = None if values is None else values[c] * 1.0  # flags become numbers
        numbers = (float(known(own)[0]), math.nan, math.nan) if interval is None else bounds(interval, c)
        rows.append(Score(label, parameters[c] if parameters else {}, () if own is None else own, *numbers))
    how = "one run each" if interval is None else _how(view, interval)
    return Scores(name, tuple(rows), how, metric_label(view, name), _lower_is_better(group, name, view.minimize))


def _lower_is_better(group: str, name: str, minimize: bool) -> bool:
    """Levels of the metric are good in its own direction, what measures unsteadiness is good if it is low."""
    if group == "performance":
        return minimize and name != "solved"
    return group == "stability" and name in ("coefficient_of_variation", "max_drawdown", "forgetting")


def _how(view: View, interval: Interval) -> str:
    if interval.method == "wilson":
        return f"share of n = {view.runs} runs with its {percent(interval.level.max())} Wilson interval"
    words = _captions.estimate_words(view, interval)
    return f"{words} over n = {view.runs} runs ({interval.method}, {interval.unit}s resampled)"


def _numbers_by_name(results: Analysis | Aggregate) -> dict[str, dict[str, Any]]:
    """Group → name → the numbers that configurations can be compared by, and others."""
    groups = {
        "performance": results.performance,
        "stability": results.stability,
        "entropy": results.entropy,
        "episodes": results.episodes,
        "extra": results.extra,
    }
    return {name: _fields(group) for name, group in groups.items()}


def _fields(group: Any) -> dict[str, Any]:
    """The fields of a result, or the entries of a mapping, by name."""
    if group is None or isinstance(group, Mapping):
        return dict(group or {})
    return {field.name: getattr(group, field.name) for field in dataclasses.fields(group)}


def _find(view: View, metric: str) -> tuple[str, str]:
    """Group and name of a metric given as ``stability/max_drawdown`` or ``max_drawdown``."""
    groups = _numbers_by_name(view.results)
    per_run = [(group, name) for group, own in groups.items() for name, value in own.items() if _is_per_run(value)]
    for group, name in per_run:
        if metric in (name, f"{group}/{name}"):
            return group, name
    listing = ", ".join(f"{group}/{name}" for group, name in per_run)
    raise ValueError(f"`metric` must be one of {listing}; got {metric!r}")


def _is_per_run(value: Any) -> bool:
    return isinstance(value, Interval) or getattr(value, "ndim", None) == 2


def _of_results(rows: list[tuple[str, Parameters, Any]], metric: str, level: float) -> Scores:
    """Every configuration analysed by itself."""
    parts, views = [], {}
    for label, own, value in rows:
        if not isinstance(value, RESULTS):
            raise ValueError(f"`results` mix analysed runs and plain numbers: {label!r} is {type(value).__name__}")
        view = view_of(value, f"results[{label!r}]", level=level)
        views[label] = view
        scores = _of_view(view, metric, None)
        if len(scores.rows) != 1:
            raise ValueError(f"{label!r} must be one configuration, it has {len(scores.rows)}")
        parts.append((scores, scores.rows[0]._replace(label=label, parameters=own)))
    check_alike(views, "results")
    return dataclasses.replace(parts[0][0], rows=tuple(row for _, row in parts))


def _of_values(rows: list[tuple[str, Parameters, Any]], metric: str, level: float) -> Scores:
    """Numbers of the runs as they are, with the IQM over them."""
    ragged = [_numbers(value, metric, label) for label, _, value in rows]
    values, valid = pad_ragged(ragged, "results")
    counts = [len(numbers) for numbers in ragged]
    numbers, key = values.astype(jnp.result_type(float)), jax.random.key(_SEED)
    intervals = to_host(iqm_of_rows(numbers, key, level=level, valid=valid))
    host = to_host(values)
    scores = [
        Score(label, own, host[c, : counts[c]], *map(float, (i.estimate, i.low, i.high)))
        for c, (i, (label, own, _)) in enumerate(zip(intervals, rows, strict=True))
    ]  # fmt: skip
    if max(counts) == 1:
        return Scores(metric, tuple(scores), "one run each", readable(metric))
    span = str(counts[0]) if len(set(counts)) == 1 else f"{min(counts)} to {max(counts)}"
    method = intervals[0].method
    how = f"IQM with its {percent(level)} interval over n = {span} runs ({method} bootstrap, runs resampled)"
    return Scores(metric, tuple(scores), how, readable(metric))


def _numbers(value: Any, metric: str, label: str) -> Array:
    numbers = as_array(value, f"results[{label!r}]")
    numbers = numbers[None] if numbers.ndim == 0 else numbers
    if numbers.ndim != 1 or not numbers.size:
        raise ValueError(f"{metric!r} of {label!r} must be one number per run, got shape {numbers.shape}")
    return numbers
