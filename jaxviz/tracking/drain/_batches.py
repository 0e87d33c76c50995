"""Metrics, parameters and tags in large batches, and what metrics are linked to."""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from ..journal._reader import Reader
from ..journal._records import DatasetInfo, DatasetRecord, LinkRecord, Metrics, PointsRecord
from ..store._connection import Connection
from ..store._failures import RefusedError
from . import _models
from ._entities import Kind, batch_size, metric_entities, refused_part
from ._identities import Identities
from ._points import MetricPoint, lanes, points


class Batches:
    """What is logged with `log-batch`, and the inputs of runs. Parts that are refused are handed to the reader."""

    def __init__(self, connection: Connection, reader: Reader, ids: Identities) -> None:
        self._connection, self._reader, self._ids = connection, reader, ids
        self._datasets: set[tuple[str, str, str]] = set()

    def send_metrics(self, records: Sequence[Metrics]) -> None:
        """All points, key after key: batches of few keys are far faster than batches of one step."""
        runs: dict[str, dict[str, list[MetricPoint]]] = defaultdict(lambda: defaultdict(list))
        for record in records:
            by_name = runs[record.run]
            for point in self._linked(record):
                by_name[point.name].append(point)
        for run in runs:
            try:
                self._ids.run(run)
            except RefusedError as refusal:
                self._refuse(
                    run, "metrics", metric_entities(p for series in runs[run].values() for p in series), refusal
                )
        jobs = [
            (run, [p for series in lane for p in series])
            for run, by_name in runs.items()
            if run in self._reader.progress.ids
            for lane in lanes(list(by_name.values()), self._connection.lanes)
        ]
        list(self._connection.pool.map(lambda job: self.log(job[0], "metrics", metric_entities(job[1])), jobs))

    def _linked(self, record: Metrics) -> Iterator[MetricPoint]:
        """The points of a record, with the model and the dataset that they belong to."""
        if not isinstance(record, PointsRecord) or (record.model is None and record.dataset is None):
            yield from points(record)
            return
        model, dataset = self._linked_model(record), record.dataset
        link = None if dataset is None else (dataset.name, dataset.digest)
        if dataset is not None:
            self.link_dataset(record.run, dataset)
        for point in points(record):
            yield point._replace(model=model if math.isfinite(point.value) else None, dataset=link)

    def _linked_model(self, record: PointsRecord) -> str | None:
        """MLflow's id of the model that metrics were measured on; if it was refused, they stay with the run."""
        if record.model is None:
            return None
        why = f"the checkpoint {record.model} of these metrics does not exist"
        try:
            name, place = record.model, record.experiment
            if (model := self._connection.twice(lambda: self._ids.model(name, place))) is not None:
                return model
        except RefusedError as refusal:
            why = str(refusal)
        self._reader.refuse(LinkRecord(run=record.run, names=record.names, step=record.step), why)
        return None

    def link_dataset(self, run: str, dataset: DatasetInfo) -> None:
        """Make a dataset an input of a run, which the store does once however often it is asked."""
        link = (run, dataset.name, dataset.digest)
        if link in self._datasets:
            return
        try:
            log = self._connection.client.log_inputs
            self._connection.twice(lambda: log(self._ids.run(run), _models.inputs(dataset)))
        except RefusedError as refusal:
            self._reader.refuse(DatasetRecord(run=run, about=dataset), str(refusal))
        self._datasets.add(link)

    def log(self, run: str, kind: Kind, entities: list[Any]) -> None:
        """Log metrics, parameters or tags in as large batches as MLflow accepts."""
        size = batch_size(kind, entities)
        for start in range(0, len(entities), size):
            self._log_batch(run, kind, entities[start : start + size])
            self._connection.beat()

    def _log_batch(self, run: str, kind: Kind, entities: list[Any]) -> None:
        """Log a batch; if it is refused, halve it down to the entries that are wrong."""
        try:
            log = self._connection.client.log_batch
            self._connection.twice(lambda: log(self._ids.run(run), **{kind: entities}))
        except RefusedError as refusal:
            if len(entities) == 1 or refusal.whole:
                self._refuse(run, kind, entities, refusal)
                return
            half = len(entities) // 2
            self._log_batch(run, kind, entities[:half])
            self._log_batch(run, kind, entities[half:])

    def _refuse(self, run: str, kind: Kind, entities: list[Any], refusal: RefusedError) -> None:
        self._reader.refuse(refused_part(run, kind, entities), str(refusal))
