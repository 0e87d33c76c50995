"""Journal records of metrics as single points."""

from collections.abc import Iterator
from typing import NamedTuple

from ..journal._records import Metrics, PointsRecord, RowsRecord


class MetricPoint(NamedTuple):
    """One value of a metric."""

    name: str
    value: float
    time: int
    step: int
    model: str | None = None
    """MLflow's id of the model it was measured on."""
    dataset: tuple[str, str] | None = None
    """Name and digest of the dataset it was measured on."""


def points(record: Metrics) -> Iterator[MetricPoint]:
    """The points of a record of metrics."""
    if isinstance(record, PointsRecord):
        time, step = record.time, record.step
        yield from (MetricPoint(n, v, time, step) for n, v in zip(record.names, record.numbers, strict=True))
    elif isinstance(record, RowsRecord):
        yield from map(MetricPoint, record.names, record.numbers, record.times, record.steps)
    else:
        time = record.time
        for name, steps, values in record.series():
            yield from (MetricPoint(name, v, time, s) for v, s in zip(values, steps, strict=True))


def lanes(series: list[list[MetricPoint]], count: int) -> list[list[list[MetricPoint]]]:
    """The series of a run in at most `count` parts of like size: a name is sent by one connection only."""
    total = sum(map(len, series))
    parts: list[list[list[MetricPoint]]] = [[]]
    size = 0
    for points in series:
        if size >= total * len(parts) / count and parts[-1]:
            parts.append([])
        parts[-1].append(points)
        size += len(points)
    return parts
