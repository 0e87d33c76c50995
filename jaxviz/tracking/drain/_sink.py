"""Journal records applied to an MLflow store. Applying a record again changes nothing."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from .._names import EXPERIMENT_KEY, KEY_TAG
from ..journal._reader import Reader
from ..journal._records import (
    ArtifactRecord,
    DatasetRecord,
    EndRecord,
    ExportRecord,
    Kept,
    Metrics,
    ModelRecord,
    OpenRecord,
    ParamsRecord,
    Record,
    RegisterRecord,
    StartRecord,
    TagsRecord,
    UnknownRecord,
)
from ..store._connection import Connection, given
from ..store._failures import RefusedError, UnavailableError, translated
from . import _models, _runs
from ._batches import Batches
from ._doubts import Doubts
from ._entities import entities_of
from ._identities import Identities
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
        self._tried = reader.end
        """Where the journal ended when this sink was opened: a sink before it may have applied anything up to there."""
        self._doubts = Doubts(connection, reader)
        self._uploads = Uploads(connection, experiment)
        self._ids = Identities(connection, reader, experiment, others_pending)
        self._batches = Batches(connection, reader, self._ids)

    def apply(self, records: Sequence[Record]) -> None:
        """Apply records and persist that: starts and parameters, then metrics in bulk, then the rest.

        Records that the store refuses are handed to the reader. `UnavailableError` if the store is not accepting data.
        """
        rest = [record for record in records if not isinstance(record, Metrics)]
        for record in (one for one in rest if isinstance(one, _FIRST)):
            self._apply_one(record)
        self._batches.send_metrics([record for record in records if isinstance(record, Metrics)])
        for record in (one for one in rest if not isinstance(one, _FIRST)):
            self._apply_one(record)
        self._persist()

    def finish(self) -> None:
        """End the runs whose process ended without doing so, at the time of its last record; delete spare ones."""
        active = list(self._reader.progress.active)
        for run in active:
            self._batches.log(run, "tags", entities_of("tags", {"jaxviz.ended": "its process ended without end_run"}))
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
                self._batches.log(record.run, "params", entities_of("params", record.values))
            case TagsRecord():
                self._batches.log(record.run, "tags", entities_of("tags", record.values))
            case ArtifactRecord():
                path = record.kept.within(self._reader.path, own=self._reader.is_written)
                self._uploads.to_run(self._ids.run(record.run), path, record.folder)
            case ModelRecord():
                self._model(record)
            case ExportRecord():
                self._export(record)
            case RegisterRecord():
                self._register(record)
            case DatasetRecord():
                self._batches.link_dataset(record.run, record.about)
            case EndRecord():
                self._end(record)
            case UnknownRecord():
                raise RefusedError(record.reason)
            case _:
                raise RefusedError(f"the record {record.op!r} is only of refused ones")

    def _start(self, record: StartRecord) -> None:
        key, progress = record.run, self._reader.progress
        if key not in progress.ids:
            progress.ids[key] = (None if self._is_sure else self._ids.started(record)) or self._create(record)
            progress.ids[EXPERIMENT_KEY] = self._connection.experiment(self._experiment)
        if key not in progress.active:
            progress.active.append(key)

    def _create(self, record: StartRecord) -> str:
        with self._doubts.creating("run", record.run):
            return self._created(record)

    def _created(self, record: StartRecord) -> str:
        tags = {**record.tags, KEY_TAG: record.run}
        if record.parent:
            tags[_runs.PARENT_TAG] = self._ids.run(record.parent)
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
        _runs.end(self._connection.client, self._ids.run(record.run), record.status, record.time)
        if record.run in progress.active:
            progress.active.remove(record.run)
        if record.child:
            progress.ids.pop(record.run, None)

    def _model(self, record: ModelRecord) -> None:
        ids = self._reader.progress.ids
        if record.model in ids:
            return
        experiment = self._connection.experiment(self._experiment)
        run_id, files = self._ids.run(record.run), self._files(record.files)
        creating, client = self._doubts.creating("model", record.model), self._connection.client
        model = _models.adopted(client, experiment, run_id, record, creating)
        ids[record.model] = given(_models.complete(client, self._uploads, model, run_id, record.step, files))

    def _export(self, record: ExportRecord) -> None:
        model = self._ids.model(record.model)
        if model is None:
            raise RefusedError("the checkpoint of the exported function was refused")
        _models.add_files(self._connection.client, self._uploads, model, self._files(record.files))

    def _files(self, files: Mapping[str, Kept]) -> dict[str, Path]:
        return {name: kept.within(self._reader.path, own=self._reader.is_written) for name, kept in files.items()}

    def _register(self, record: RegisterRecord) -> None:
        model = self._ids.model(record.source, record.experiment)
        if model is None:
            raise RefusedError("the checkpoint to register was refused")
        creating = self._doubts.creating("version", record.version)
        version = _models.register(self._connection.client, self._connection.store, record, model, creating)
        self._reader.progress.ids[record.version] = version
