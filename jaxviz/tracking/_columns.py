"""Aggregates and series as columns: name → (steps, values), what MLflow takes fastest."""

import itertools
from collections.abc import Sequence
from typing import Any

from .. import _host
from .._aggregate import Aggregate, CurveAggregate
from ..stats import Interval
from . import _values

Columns = dict[str, tuple[list[int], list[float]]]
MOST_POINTS = 320
"""Points kept of a curve: as many as MLflow's page draws."""


def series(x: Any, name: str) -> list[float]:
    """A number or a series as a list of floats."""
    host = _host.to_host(_host.as_array(x, name))
    if host.ndim > 1:
        raise ValueError(f"`{name}` must be a number or one series, got shape {host.shape}")
    return [float(value) for value in host.reshape(-1)]


def configurations(summary: Aggregate, labels: Sequence[str] | None) -> list[tuple[str, Aggregate]]:
    """Each configuration of an aggregate with its name, on the host."""
    host = _host.to_host(summary)
    indices = list(itertools.product(*(range(size) for size in summary.batch_shape)))
    names = [f"configuration {' '.join(map(str, i))}".strip() for i in indices] if labels is None else list(labels)
    if len(names) != len(indices):
        raise ValueError(f"`labels` must name each of the {len(indices)} configurations, got {len(names)}")
    return [(name, host[index] if index else host) for name, index in zip(names, indices, strict=True)]


def of_aggregate(aggregate: Aggregate) -> Columns:
    """Every statistic with its interval, and the curves, of one configuration."""
    columns = _curve("return", aggregate.curve, aggregate.statistic)
    for name, curve in (aggregate.losses or {}).items():
        columns |= _curve(f"loss/{name}", curve, aggregate.statistic)
    if aggregate.evaluation is not None:
        columns |= _curve("evaluation/return", aggregate.evaluation, aggregate.statistic)
    for group in ("episodes", "performance", "stability", "reliability", "entropy", "crossing", "extra"):
        columns |= _intervals(group, getattr(aggregate, group))
    columns["runs"] = ([0], [float(aggregate.runs)])
    columns["diverged"] = ([0], [float(aggregate.diverged)])
    return {_values.key(name): column for name, column in columns.items()}


def _curve(name: str, curve: CurveAggregate, statistic: str) -> Columns:
    steps = curve.index if curve.step is None else curve.step
    keep = _spread(len(steps))
    at = [int(steps[i]) for i in keep]
    parts = {
        statistic: curve.interval.estimate,
        "low": curve.interval.low,
        "high": curve.interval.high,
        "n": curve.count,
    }
    return {f"{name}/{part}": (at, [float(values[i]) for i in keep]) for part, values in parts.items()}


def _spread(size: int) -> list[int]:
    """At most `MOST_POINTS` evenly spaced indices, the last one among them."""
    if size <= MOST_POINTS:
        return list(range(size))
    return [round(i * (size - 1) / (MOST_POINTS - 1)) for i in range(MOST_POINTS)]


def _intervals(prefix: str, group: Any) -> Columns:
    """`prefix/field/estimate`, `/low`, `/high` of every Interval in a group, and its plain numbers."""
    if group is None:
        return {}
    if isinstance(group, Interval):
        return {f"{prefix}/{part}": ([0], [float(getattr(group, part))]) for part in ("estimate", "low", "high")}
    if hasattr(group, "__dataclass_fields__"):
        fields = {name: getattr(group, name) for name in group.__dataclass_fields__}
    elif isinstance(group, dict):
        fields = group
    else:
        return {prefix: ([0], [float(group)])} if getattr(group, "size", 0) == 1 else {}
    return {k: v for name, value in fields.items() for k, v in _intervals(f"{prefix}/{name}", value).items()}
