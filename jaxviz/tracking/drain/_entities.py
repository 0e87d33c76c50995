"""MLflow's own objects for metrics, parameters and tags, and records made of them again if they are refused."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from ..journal._records import ParamsRecord, Record, RowsRecord, TagsRecord
from ._points import MetricPoint

Kind = Literal["metrics", "params", "tags"]
_LIMITS = {"metrics": 1000, "params": 100, "tags": 100}
"""The largest batches that MLflow accepts."""
_MOST_LINKED = 100
"""MLflow refuses a repeated batch of more metrics that have a model."""


def batch_size(kind: Kind, entities: list[Any]) -> int:
    """The size of the batches that entities are logged in."""
    linked = kind == "metrics" and any(entity.model_id for entity in entities)
    return _MOST_LINKED if linked else _LIMITS[kind]


def refused_part(run: str, kind: Kind, entities: list[Any]) -> Record:
    """The part of a batch that a store refused, as a record."""
    if kind == "metrics":
        return RowsRecord(
            run=run,
            names=[one.key for one in entities],
            steps=[one.step for one in entities],
            times=[one.timestamp for one in entities],
            numbers=[one.value for one in entities],
        )
    values = {one.key: one.value for one in entities}
    return ParamsRecord(run=run, values=values) if kind == "params" else TagsRecord(run=run, values=values)


def metric_entities(points: Iterable[MetricPoint]) -> list[Any]:
    """Points as metrics."""
    from mlflow.entities import Metric

    return [
        Metric(p.name, p.value, p.time, p.step)
        if p.model is None and p.dataset is None
        else Metric(p.name, p.value, p.time, p.step, p.model, *(p.dataset or (None, None)))
        for p in points
    ]


def entities_of(kind: Literal["params", "tags"], values: Mapping[str, str]) -> list[Any]:
    """Parameters or tags."""
    from mlflow.entities import Param, RunTag

    entity = Param if kind == "params" else RunTag
    return [entity(name, value) for name, value in values.items()]
