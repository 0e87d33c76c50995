"""Journal records applied to an MLflow store. Applying a record again changes nothing."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from .._names import EXPERIMENT_KEY, KEY_TAG, MODEL_PREFIXES, MODEL_URI
from ..journal._reader import Reader
from ..journal._records import (
    ArtifactRecord,
    DatasetInfo,
    DatasetRecord,
    EndRecord,
    ExportRecord,
    Kept,
    LinkRecord,
    Metrics,
    ModelRecord,
    OpenRecord,
    ParamsRecord,
    PointsRecord,
    Record,
    RegisterRecord,
    StartRecord,
    TagsRecord,
    UnknownRecord,
)
from ..store._connection import Connection, given
from ..store._failures import RefusedError, UnavailableError, translated
from . import _models, _runs
from ._doubts import Doubts
from ._entities import Kind, batch_size, entities_of, metric_entities, refused_part
from ._points import MetricPoint, lanes, points
from ._uploads import Uploads

_FIRST = OpenRecord | StartRecord | ParamsRecord | TagsRecord | ModelRecord
"""Records that others need, or that a reader of the store looks for first: sent before the metrics."""


class Sink:
    """The one place that writes to MLflow, through explicit run ids: nobody's active run is touched.

    `others_pending`: whether other journals have records to send, perhaps the one that a run starts with.
    """

    def __init__(
        self, connection: Connection, reader: Reader, experiment: str, others_pending: Callable[[], bool]
    ) -> None:
        self._connection, self._reader, self._experiment = connection, reader, experiment
        self._others_pending = others_pending
        self._tried = reader.end
        """Where the journal ended when this sink was opened: a sink before it may have applied anything up to there."""
        self._doubts = Doubts(connection, reader)
        self._uploads = Uploads(connection, experiment)
        self._children: dict[str, dict[str, str]] = {}
        """Runs that were there when they were looked for: by their parents' ids and their own keys."""
        self._datasets: set[tuple[str, str, str]] = set()

    def apply(self, records: Sequence[Record]) -> None:
        """Apply records and persist that: starts and parameters, then metrics in bulk, then the rest.

        Records that the store refuses are handed to the reader. `UnavailableError` if the store is not accepting data.
        """
        rest = [record for record in records if not isinstance(record, Metrics)]
        for record in (one for one in rest if isinstance(one, _FIRST)):
            self._apply_one(record)
        self._send_metrics([record for record in records if isinstance(record, Metrics)])
        for record in (one for one in rest if not isinstance(one, _FIRST)):
            self._apply_one(record)
        self._persist()

    def finish(self) -> None:
        """End the runs whose process ended without doing so, at the time of its last record; delete spare ones."""
        active = list(self._reader.progress.active)
        for run in active:
            self._log(run, "tags", entities_of("tags", {"jaxviz.ended": "its process ended without end_run"}))
            self._apply_one(EndRecord(run=run, time=self._reader.progress.time, status="KILLED"))
        if active:
            self._persist()
        self._doubts.finish(self._experiment)

    def _persist(self) -> None:
        """Persist the progress. If the disk does not take it, the records are sent again, without effect."""
        try:
            self._reader.acknowledge()
        except OSError as error:
            raise UnavailableError(
                f"the progress in {self._reader.path} cannot be written ({error.strerror})"
            ) from error

    @property
    def _is_sure(self) -> bool:
        """Whether none of the records of this window can have been applied before."""
        return self._reader.progress.position >= self._tried

    def _apply_one(self, record: Record) -> None:
        try:
            self._connection.twice(lambda: self._do(record))
        except RefusedError as refusal:
            self._reader.refuse(record, str(refusal))
        self._connection.beat()

    def _do(self, record: Record) -> None:
        match record:
            case OpenRecord():
                pass
            case StartRecord():
                self._start(record)
            case ParamsRecord():
                self._log(record.run, "params", entities_of("params", record.values))
            case TagsRecord():
                self._log(record.run, "tags", entities_of("tags", record.values))
            case ArtifactRecord():
                path = record.kept.within(self._reader.path, own=self._reader.is_written)
                self._uploads.to_run(self._run_id(record.run), path, record.folder)
            case ModelRecord():
                self._model(record)
            case ExportRecord():
                self._export(record)
            case RegisterRecord():
                self._register(record)
            case DatasetRecord():
                self._link_dataset(record.run, record.about)
            case EndRecord():
                self._end(record)
            case UnknownRecord():
                raise RefusedError(record.reason)
            case _:
                raise RefusedError(f"the record {record.op!r} is only of refused ones")

    def _run_id(self, key: str) -> str:
        """MLflow's id of a run; one that another journal has started is searched for."""
        ids = self._reader.progress.ids
        if key not in ids:
            found = self._find(key)
            if found is None:
                raise (UnavailableError if self._others_pending() else RefusedError)(
                    f"run {key} not found: it was never started"
                )
            ids[key] = found
        return ids[key]

    def _find(self, key: str) -> str | None:
        return _runs.find(self._connection.client, self._connection.experiment(self._experiment), key)

    def _start(self, record: StartRecord) -> None:
        key, progress = record.run, self._reader.progress
        if key not in progress.ids:
            progress.ids[key] = (None if self._is_sure else self._find_started(record)) or self._create(record)
            progress.ids[EXPERIMENT_KEY] = self._connection.experiment(self._experiment)
        if key not in progress.active:
            progress.active.append(key)

    def _find_started(self, record: StartRecord) -> str | None:
        """The run that an earlier attempt made. A search takes a server as long as many creations."""
        if record.parent is None:
            return self._find(record.run)
        if (parent := self._run_id(record.parent)) not in self._children:
            place = self._connection.experiment(self._experiment)
            self._children[parent] = _runs.children(self._connection.client, place, parent)
        return self._children[parent].get(record.run)

    def _create(self, record: StartRecord) -> str:
        with self._doubts.creating("run", record.run):
            return self._created(record)

    def _created(self, record: StartRecord) -> str:
        tags = {**record.tags, KEY_TAG: record.run}
        if record.parent:
            tags[_runs.PARENT_TAG] = self._run_id(record.parent)
        experiment, about = self._connection.experiment(self._experiment), (record.time, tags, record.name)
        try:
            with translated():
                return given(self._connection.client.create_run(experiment, *about).info.run_id)
        except RefusedError:
            self._connection.forget(self._experiment)
            if self._connection.experiment(self._experiment) == experiment:  # raises if it is deleted
                raise
            return self._created(record)

    def _end(self, record: EndRecord) -> None:
        progress = self._reader.progress
        _runs.end(self._connection.client, self._run_id(record.run), record.status, record.time)
        if record.run in progress.active:
            progress.active.remove(record.run)
        if record.child:
            progress.ids.pop(record.run, None)

    def _model(self, record: ModelRecord) -> None:
        ids = self._reader.progress.ids
        if record.model in ids:
            return
        experiment = self._connection.experiment(self._experiment)
        run_id, files = self._run_id(record.run), self._files(record.files)
        creating, client = self._doubts.creating("model", record.model), self._connection.client
        model = _models.adopted(client, experiment, run_id, record, creating)
        ids[record.model] = given(_models.complete(client, self._uploads, model, run_id, record.step, files))

    def _export(self, record: ExportRecord) -> None:
        model = self._model_of(record.model)
        if model is None:
            raise RefusedError("the checkpoint of the exported function was refused")
        _models.add_files(self._connection.client, self._uploads, model, self._files(record.files))

    def _files(self, files: Mapping[str, Kept]) -> dict[str, Path]:
        return {name: kept.within(self._reader.path, own=self._reader.is_written) for name, kept in files.items()}

    def _register(self, record: RegisterRecord) -> None:
        model = self._model_of(record.source, record.experiment)
        if model is None:
            raise RefusedError("the checkpoint to register was refused")
        creating = self._doubts.creating("version", record.version)
        version = _models.register(self._connection.client, self._connection.store, record, model, creating)
        self._reader.progress.ids[record.version] = version

    def _send_metrics(self, records: Sequence[Metrics]) -> None:
        """All points, key after key: batches of few keys are far faster than batches of one step."""
        runs: dict[str, dict[str, list[MetricPoint]]] = defaultdict(lambda: defaultdict(list))
        for record in records:
            by_name = runs[record.run]
            for point in self._linked(record):
                by_name[point.name].append(point)
        for run in runs:
            try:
                self._run_id(run)
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
        list(self._connection.pool.map(lambda job: self._log(job[0], "metrics", metric_entities(job[1])), jobs))

    def _linked(self, record: Metrics) -> Iterator[MetricPoint]:
        """The points of a record, with the model and the dataset that they belong to."""
        if not isinstance(record, PointsRecord) or (record.model is None and record.dataset is None):
            yield from points(record)
            return
        model, dataset = self._linked_model(record), record.dataset
        link = None if dataset is None else (dataset.name, dataset.digest)
        if dataset is not None:
            self._link_dataset(record.run, dataset)
        for point in points(record):
            yield point._replace(model=model if math.isfinite(point.value) else None, dataset=link)

    def _linked_model(self, record: PointsRecord) -> str | None:
        """MLflow's id of the model that metrics were measured on; if it was refused, they stay with the run."""
        if record.model is None:
            return None
        why = f"the checkpoint {record.model} of these metrics does not exist"
        try:
            name, place = record.model, record.experiment
            if (model := self._connection.twice(lambda: self._model_of(name, place))) is not None:
                return model
        except RefusedError as refusal:
            why = str(refusal)
        self._reader.refuse(LinkRecord(run=record.run, names=record.names, step=record.step), why)
        return None

    def _link_dataset(self, run: str, dataset: DatasetInfo) -> None:
        """Make a dataset an input of a run, which the store does once however often it is asked."""
        link = (run, dataset.name, dataset.digest)
        if link in self._datasets:
            return
        try:
            log = self._connection.client.log_inputs
            self._connection.twice(lambda: log(self._run_id(run), _models.inputs(dataset)))
        except RefusedError as refusal:
            self._reader.refuse(DatasetRecord(run=run, about=dataset), str(refusal))
        self._datasets.add(link)

    def _model_of(self, name: str, experiment: str | None = None) -> str | None:
        """MLflow's id of a model by its key or id, also one of another journal or experiment; None if it was
        refused."""
        if name.startswith(MODEL_PREFIXES):
            return name.removeprefix(MODEL_URI)
        ids = self._reader.progress.ids
        if name not in ids:
            place = self._connection.experiment(experiment or self._experiment)
            with translated():
                found = _models.find(self._connection.client, place, name)
            if found is None and self._others_pending():
                raise UnavailableError(f"the checkpoint {name} is not there yet")
            if found is None:
                return None
            ids[name] = found.model_id
        return ids[name]

    def _log(self, run: str, kind: Kind, entities: list[Any]) -> None:
        """Log metrics, parameters or tags in as large batches as MLflow accepts."""
        size = batch_size(kind, entities)
        for start in range(0, len(entities), size):
            self._log_batch(run, kind, entities[start : start + size])
            self._connection.beat()

    def _log_batch(self, run: str, kind: Kind, entities: list[Any]) -> None:
        """Log a batch; if it is refused, halve it down to the entries that are wrong."""
        try:
            log = self._connection.client.log_batch
            self._connection.twice(lambda: log(self._run_id(run), **{kind: entities}))
        except RefusedError as refusal:
            if len(entities) == 1 or refusal.whole:
                self._refuse(run, kind, entities, refusal)
                return
            half = len(entities) // 2
            self._log_batch(run, kind, entities[:half])
            self._log_batch(run, kind, entities[half:])

    def _refuse(self, run: str, kind: Kind, entities: list[Any], refusal: RefusedError) -> None:
        self._reader.refuse(refused_part(run, kind, entities), str(refusal))
