"""Journal records applied to an MLflow store. Applying a record again changes nothing."""

import math
import struct
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from .._names import KEY_TAG, MODEL_PREFIXES, MODEL_URI
from ..journal._reader import Reader
from ..journal._record import Record
from ..store._connection import Connection, given
from ..store._failures import RefusedError, UnavailableError, translated
from . import _models
from ._points import Point, is_linked, lanes, points

_LIMITS = {"metrics": 1000, "params": 100, "tags": 100}
_MOST_LINKED = 100
_FIRST = ("open", "start", "params", "tags", "model")
_METRICS = ("points", "columns", "rows")


class Sink:
    """The one place that writes to MLflow, through explicit run ids: nobody's active run is touched."""

    def __init__(self, connection: Connection, reader: Reader, experiment: str) -> None:
        self._connection, self._reader, self._experiment = connection, reader, experiment
        self.unsure = True
        """What comes next may have been applied before."""
        self.others_wait: Callable[[], bool] = lambda: False
        """Whether other journals have records to send, perhaps the one that a run starts with."""
        self._datasets: set[tuple[str, str, str]] = set()
        self._operations: dict[str, Callable[[Record], None]] = {
            "open": lambda record: None,
            "start": self._start,
            "params": self._params,
            "tags": self._tags,
            "artifact": self._artifact,
            "model": self._model,
            "export": self._export,
            "register": self._register,
            "end": self._end,
        }

    def apply(self, records: Sequence[Record]) -> None:
        """Do what the records say: starts and parameters, then metrics in bulk, then the rest.

        What the store refuses is handed to the reader. `UnavailableError` where the store takes nothing now.
        """
        metrics = [record for record in records if record.header["op"] in _METRICS]
        rest = [record for record in records if record.header["op"] not in _METRICS]
        for record in (r for r in rest if r.header["op"] in _FIRST):
            self._apply_one(record)
        self._send_metrics(metrics)
        for record in (r for r in rest if r.header["op"] not in _FIRST):
            self._apply_one(record)

    def end_killed(self) -> None:
        """End the runs whose process ended without doing so, at the time of its last record."""
        for run in list(self._reader.progress.active):
            self._log(run, "tags", _entities("tags", {"jaxviz.ended": "its process ended without end_run"}))
            ending = {"op": "end", "run": run, "status": "KILLED", "time": self._reader.progress.time}
            self._apply_one(Record(ending, b"", 0, 0))

    def _apply_one(self, record: Record) -> None:
        operation = self._operations.get(record.header["op"])
        try:
            if operation is None:
                raise RefusedError(f"this jaxviz does not know the record {record.header['op']!r}")
            with translated():
                operation(record)
        except RefusedError as refusal:
            self._reader.refuse(record.header, record.blob, str(refusal))
        self._connection.beat()

    def _run_id(self, key: str) -> str:
        """MLflow's id of a run; one that another journal has started is searched for."""
        ids = self._reader.progress.ids
        if key not in ids:
            found = self._find(key)
            if found is None:
                raise (UnavailableError if self.others_wait() else RefusedError)(
                    f"run {key} not found: it was never started"
                )
            ids[key] = found
        return ids[key]

    def _find(self, key: str) -> str | None:
        experiment = self._connection.experiment(self._experiment)
        with translated():
            found = self._connection.client.search_runs([experiment], f"tags.`{KEY_TAG}` = '{key}'", max_results=1)
        return found[0].info.run_id if found else None

    def _start(self, record: Record) -> None:
        header, progress = record.header, self._reader.progress
        key = header["run"]
        if key not in progress.ids:
            progress.ids[key] = (self._find(key) if self.unsure else None) or self._create(header)
        if key not in progress.active:
            progress.active.append(key)

    def _create(self, header: dict[str, Any]) -> str:
        tags = {**header["tags"], KEY_TAG: header["run"]}
        if header.get("parent"):
            tags["mlflow.parentRunId"] = self._run_id(header["parent"])
        experiment, about = self._connection.experiment(self._experiment), (header["time"], tags, header["name"])
        try:
            with translated():
                return given(self._connection.client.create_run(experiment, *about).info.run_id)
        except RefusedError:
            self._connection.forget(self._experiment)
            if self._connection.experiment(self._experiment) == experiment:  # raises where it is deleted
                raise
            return self._create(header)

    def _end(self, record: Record) -> None:
        header, progress = record.header, self._reader.progress
        self._connection.client.set_terminated(self._run_id(header["run"]), header["status"], end_time=header["time"])
        if header["run"] in progress.active:
            progress.active.remove(header["run"])
        if header.get("child"):
            progress.ids.pop(header["run"], None)

    def _params(self, record: Record) -> None:
        self._log(record.header["run"], "params", _entities("params", record.header["values"]))

    def _tags(self, record: Record) -> None:
        self._log(record.header["run"], "tags", _entities("tags", record.header["values"]))

    def _artifact(self, record: Record) -> None:
        header = record.header
        path = self._reader.path / header["file"] if "file" in header else Path(header["path"])
        self._connection.client.log_artifact(self._run_id(header["run"]), str(path), header["folder"] or None)

    def _model(self, record: Record) -> None:
        header, ids = record.header, self._reader.progress.ids
        if header["model"] in ids:
            return
        experiment = self._connection.experiment(self._experiment)
        run_id, files = self._run_id(header["run"]), self._files(header)
        model = _models.log_model(self._connection.client, experiment, run_id, header, files)
        ids[header["model"]] = given(model)

    def _export(self, record: Record) -> None:
        model = self._model_of(record.header["model"])
        if model is None:
            raise RefusedError("the checkpoint of the exported function was refused")
        _models.add_files(self._connection.client, model, self._files(record.header))

    def _files(self, header: dict[str, Any]) -> dict[str, Path]:
        return {
            name: self._reader.path / kept["file"] if "file" in kept else Path(kept["path"])
            for name, kept in header["files"].items()
        }

    def _register(self, record: Record) -> None:
        header, ids = record.header, self._reader.progress.ids
        model = self._model_of(header["source"], header.get("experiment"))
        if model is None:
            raise RefusedError("the checkpoint to register was refused")
        ids[header["version"]] = _models.register(self._connection.client, self._connection.store, header, model)

    def _send_metrics(self, records: Sequence[Record]) -> None:
        """All points, key after key: batches of few keys are far faster than batches of one step."""
        runs: dict[str, dict[str, list[Point]]] = defaultdict(lambda: defaultdict(list))
        for record in records:
            by_name = runs[record.header["run"]]
            for point in self._linked(record) if is_linked(record) else points(record):
                by_name[point.name].append(point)
        for run in runs:
            try:
                self._run_id(run)
            except RefusedError as refusal:
                self._refuse(run, "metrics", _metrics(p for series in runs[run].values() for p in series), refusal)
        jobs = [
            (run, [p for series in lane for p in series])
            for run, by_name in runs.items()
            if run in self._reader.progress.ids
            for lane in lanes(list(by_name.values()), self._connection.lanes)
        ]
        list(self._connection.pool.map(lambda job: self._log(job[0], "metrics", _metrics(job[1])), jobs))

    def _linked(self, record: Record) -> Iterator[Point]:
        """The points of a record with the model and the dataset that they belong to."""
        header = record.header
        model, dataset = self._linked_model(header), header.get("dataset")
        link = None if dataset is None else (dataset["name"], dataset["digest"])
        if dataset is not None:
            self._link_dataset(header["run"], dataset)
        for point in points(record):
            yield point._replace(model=model if math.isfinite(point.value) else None, dataset=link)

    def _linked_model(self, header: dict[str, Any]) -> str | None:
        """MLflow's id of the model that metrics were measured on; where it was refused, they stay with the run."""
        if "model" not in header:
            return None
        why = f"the checkpoint {header['model']} of these metrics does not exist"
        try:
            if (model := self._model_of(header["model"], header.get("experiment"))) is not None:
                return model
        except RefusedError as refusal:
            why = str(refusal)
        link = {"op": "link", "run": header["run"], "names": header["names"], "step": header["step"]}
        self._reader.refuse(link, b"", why)
        return None

    def _link_dataset(self, run: str, dataset: dict[str, str]) -> None:
        """Make a dataset an input of a run, which the store does once however often it is asked."""
        link = (run, dataset["name"], dataset["digest"])
        if link in self._datasets:
            return
        try:
            with translated():
                self._connection.client.log_inputs(self._run_id(run), _models.inputs(dataset))
        except RefusedError as refusal:
            self._reader.refuse({"op": "dataset", "run": run, **dataset}, b"", str(refusal))
        self._datasets.add(link)

    def _model_of(self, name: str, experiment: str | None = None) -> str | None:
        """MLflow's id of a model by its key or id, also one of another journal or experiment; None where it was
        refused."""
        if name.startswith(MODEL_PREFIXES):
            return name.removeprefix(MODEL_URI)
        ids = self._reader.progress.ids
        if name not in ids:
            place = self._connection.experiment(experiment or self._experiment)
            with translated():
                found = _models.find(self._connection.client, place, name)
            if found is None and self.others_wait():
                raise UnavailableError(f"the checkpoint {name} is not there yet")
            if found is None:
                return None
            ids[name] = found.model_id
        return ids[name]

    def _log(self, run: str, kind: str, entities: list[Any]) -> None:
        """Log metrics, parameters or tags in as large batches as MLflow takes."""
        linked = kind == "metrics" and any(entity.model_id for entity in entities)
        size = _MOST_LINKED if linked else _LIMITS[kind]  # MLflow refuses a repeated batch of more that have a model
        for start in range(0, len(entities), size):
            self._log_batch(run, kind, entities[start : start + size])
            self._connection.beat()

    def _log_batch(self, run: str, kind: str, entities: list[Any]) -> None:
        """Log a batch; where it is refused, halve it down to what is wrong with it."""
        try:
            with translated():
                self._connection.client.log_batch(self._run_id(run), **{kind: entities})
        except RefusedError as refusal:
            if len(entities) == 1 or refusal.whole:
                self._refuse(run, kind, entities, refusal)
                return
            half = len(entities) // 2
            self._log_batch(run, kind, entities[:half])
            self._log_batch(run, kind, entities[half:])

    def _refuse(self, run: str, kind: str, entities: list[Any], refusal: RefusedError) -> None:
        header: dict[str, Any] = {"op": kind, "run": run}
        blob = b""
        if kind == "metrics":
            blob = struct.pack(f"<{len(entities)}d", *(e.value for e in entities))
            header |= {"op": "rows", "names": [e.key for e in entities]}
            header |= {"steps": [e.step for e in entities], "times": [e.timestamp for e in entities]}
        else:
            header["values"] = {e.key: e.value for e in entities}
        self._reader.refuse(header, blob, str(refusal))


def _metrics(points: Any) -> list[Any]:
    from mlflow.entities import Metric

    return [
        Metric(p.name, p.value, p.time, p.step)
        if p.model is None and p.dataset is None
        else Metric(p.name, p.value, p.time, p.step, p.model, *(p.dataset or (None, None)))
        for p in points
    ]


def _entities(kind: str, values: dict[str, str]) -> list[Any]:
    from mlflow.entities import Param, RunTag

    entity = Param if kind == "params" else RunTag
    return [entity(name, value) for name, value in values.items()]
