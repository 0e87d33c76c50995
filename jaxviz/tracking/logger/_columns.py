"""Aggregates, series and single runs as columns: the form that MLflow stores fastest. Arrays are NumPy's."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..._thinning import evenly_spaced
from ...aggregation import PER_RUN, Aggregate, CurveAggregate
from ...host import host_array, to_host
from ...stats import Interval
from ...view._labels import one_each
from .. import _values

MOST_POINTS = 320
"""Points kept of a curve: as many as MLflow's page draws."""


class MetricColumns(NamedTuple):
    """Series that share their steps."""

    steps: Any
    """Integers [point]."""
    columns: Mapping[str, Any]
    """Metric name → values [point]."""


def series(x: Any, name: str) -> Any:
    """A number or one series as floats [entry] on the host, in double precision as they are in Python."""
    try:
        host = host_array(x)
    except (ValueError, TypeError) as error:  # TypeError: traced values, too
        raise ValueError(f"`{name}` must be numbers: {error}") from None
    if host.ndim > 1:
        raise ValueError(f"`{name}` must be a number or one series, got shape {host.shape}")
    return host.reshape(-1).astype("float64")


def configurations(summary: Aggregate, labels: Sequence[str] | None) -> list[tuple[str, Aggregate]]:
    """Each configuration of an aggregate with its name, on the host."""
    host = to_host(summary)
    indices = list(itertools.product(*(range(size) for size in summary.batch_shape)))
    names = [f"configuration {' '.join(map(str, i))}".strip() for i in indices] if labels is None else list(labels)
    check_names(len(indices), names)
    return [(name, host[index] if index else host) for name, index in zip(names, indices, strict=True)]


def check_names(count: int, labels: Sequence[str] | None, parameters: Sequence[Any] | None = None) -> None:
    """ValueError unless labels and parameters, if given, are as many as configurations."""
    if labels is not None:
        one_each(labels, count)
    if parameters is not None and len(parameters) != count:
        raise ValueError(
            f"`parameters` must have one mapping for each of {count} configurations, got {len(parameters)}"
        )


def labels(given: Sequence[str] | None, parameters: Sequence[Mapping[str, Any]] | None) -> Sequence[str] | None:
    """The names of configurations: those given, else out of their parameters if these differ, else None."""
    if given is not None or parameters is None:
        return given
    made = [label(one) for one in parameters]
    return made if len(made) < 2 or len(set(made)) > 1 else None


def each(parameters: Any, count: int) -> Sequence[Mapping[str, Any]] | None:
    """The parameters of each of `count` configurations: one mapping is that of all; ValueError for other numbers."""
    if parameters is None:
        return None
    if isinstance(parameters, Mapping):
        return [parameters] * count
    if isinstance(parameters, list | tuple) and all(isinstance(one, Mapping) for one in parameters):
        check_names(count, None, parameters)
        return parameters
    raise TypeError(
        f"`parameters` must be a mapping, or a list of one for each of the {count} configurations, got "
        f"{parameters!r:.60}"
    )


def label(parameters: Mapping[str, Any]) -> str:
    """A configuration's name out of its parameters: `lr=0.1 ent=0.01`."""
    shown = {name: f"{x:g}" if isinstance(x, float) else x for name, x in parameters.items()}
    return " ".join(f"{name}={x}" for name, x in shown.items())


def numbers(aggregate: Aggregate) -> dict[str, float]:
    """Every statistic of one configuration: `/estimate`, `/low`, `/high` if it has an interval."""
    counts = {"runs": aggregate.runs, "diverged": aggregate.diverged, "unfinished": aggregate.unfinished}
    counts |= {"copies": aggregate.copies} if float(aggregate.copies) > 0 else {}
    found = {name: float(count) for name, count in counts.items()}
    for group in (*PER_RUN, "crossing"):
        found |= _numbers(group, getattr(aggregate, group))
    keys = _values.Keys()
    return {keys.of(name): number for name, number in found.items()}


def curves(aggregate: Aggregate) -> Iterator[MetricColumns]:
    """The curves of one configuration: metric, losses, evaluation; `/iqm` (or mean, median), `/low`, `/high`, `/n`."""
    keys = _values.Keys()
    yield _curve(aggregate.metric, aggregate.curve, aggregate.statistic, keys)
    for name, curve in (aggregate.losses or {}).items():
        yield _curve(f"loss/{name}", curve, aggregate.statistic, keys)
    if aggregate.evaluation is not None:
        yield _curve(f"evaluation/{aggregate.metric}", aggregate.evaluation, aggregate.statistic, keys)


def _curve(name: str, curve: CurveAggregate, statistic: str, keys: _values.Keys) -> MetricColumns:
    interval = curve.interval
    parts = {statistic: interval.estimate, "low": interval.low, "high": interval.high, "n": curve.count}
    steps, kept = curve.index if curve.step is None else curve.step, curve.count > 0  # behind the last interval: none
    columns = {keys.of(f"{name}/{part}"): values[kept] for part, values in parts.items()}
    return thinned(MetricColumns(steps[kept], columns))


def thinned(curves: MetricColumns, most: int = MOST_POINTS) -> MetricColumns:
    """At most `most` evenly spaced points, the first and the last among them."""
    if len(curves.steps) <= most:
        return curves
    keep = evenly_spaced(len(curves.steps), most)
    return MetricColumns(curves.steps[keep], {name: values[keep] for name, values in curves.columns.items()})


def _numbers(prefix: str, group: Any) -> dict[str, float]:
    """The numbers of a group under the paths of its fields; its arrays are drawn, not logged."""
    if group is None:
        return {}
    if isinstance(group, Interval):
        return {f"{prefix}/{part}": float(getattr(group, part)) for part in ("estimate", "low", "high")}
    if hasattr(group, "__dataclass_fields__"):
        group = {name: getattr(group, name) for name in group.__dataclass_fields__}
    if isinstance(group, dict):
        return {k: v for name, value in group.items() for k, v in _numbers(f"{prefix}/{name}", value).items()}
    return {prefix: float(group)} if getattr(group, "size", 0) == 1 else {}
