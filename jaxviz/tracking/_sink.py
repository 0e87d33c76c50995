"""Journal records applied to an MLflow store. Applying a record again changes nothing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ._store import Store, open_client

KEY_TAG = "jaxviz.key"
_BATCH = 1000
_PARAM_BATCH = 100


class Sink:
    """The one place that talks to MLflow, through explicit run ids: the caller's active run is never touched."""

    def __init__(self, store: Store, experiment: str) -> None:
        self._client = open_client(store)
        self.experiment_id = self._experiment(experiment, store.artifacts)
        self._runs: dict[str, str] = {}
        self._operations: dict[str, Callable[[dict[str, Any]], None]] = {
            "open": lambda record: None,
            "start": self._start,
            "params": self._params,
            "metrics": self._metrics,
            "tags": self._tags,
            "artifact": self._artifact,
            "end": self._end,
        }

    def apply(self, record: dict[str, Any]) -> None:
        """Do what the record says. Raises what MLflow raises."""
        self._operations[record["op"]](record)

    def run_id(self, key: str) -> str:
        """MLflow's id of the run with this key, which a `start` record has created."""
        return self._runs[key]

    def _experiment(self, name: str, artifacts: str | None) -> str:
        from mlflow.exceptions import MlflowException

        found = self._client.get_experiment_by_name(name)
        if found is not None:
            return found.experiment_id
        location = None if artifacts is None else f"{artifacts}/{name.replace('/', '_')}"
        try:
            return self._client.create_experiment(name, artifact_location=location)
        except MlflowException:  # another process was faster
            found = self._client.get_experiment_by_name(name)
            if found is None:
                raise
            return found.experiment_id

    def _start(self, record: dict[str, Any]) -> None:
        key = record["run"]
        if key not in self._runs:
            self._runs[key] = self._find(key) or self._create(record)

    def _find(self, key: str) -> str | None:
        """A run that an earlier attempt has created."""
        found = self._client.search_runs([self.experiment_id], f"tags.`{KEY_TAG}` = '{key}'", max_results=1)
        return found[0].info.run_id if found else None

    def _create(self, record: dict[str, Any]) -> str:
        tags = {**record["tags"], KEY_TAG: record["run"]}
        if record.get("parent"):
            tags["mlflow.parentRunId"] = self._runs[record["parent"]]
        run = self._client.create_run(self.experiment_id, start_time=record["time"], tags=tags, run_name=record["name"])
        return run.info.run_id

    def _params(self, record: dict[str, Any]) -> None:
        from mlflow.entities import Param

        params = [Param(name, value) for name, value in record["values"].items()]
        for start in range(0, len(params), _PARAM_BATCH):
            self._client.log_batch(self.run_id(record["run"]), params=params[start : start + _PARAM_BATCH])

    def _metrics(self, record: dict[str, Any]) -> None:
        """Columns name → (steps, values), in batches of one key after the other: far faster than by step."""
        from mlflow.entities import Metric

        points = [
            Metric(name, value, record["time"], step)
            for name, (steps, values) in record["columns"].items()
            for step, value in zip(steps, values, strict=True)
        ]
        for start in range(0, len(points), _BATCH):
            self._client.log_batch(self.run_id(record["run"]), metrics=points[start : start + _BATCH])

    def _tags(self, record: dict[str, Any]) -> None:
        from mlflow.entities import RunTag

        tags = [RunTag(name, value) for name, value in record["values"].items()]
        for start in range(0, len(tags), _PARAM_BATCH):
            self._client.log_batch(self.run_id(record["run"]), tags=tags[start : start + _PARAM_BATCH])

    def _artifact(self, record: dict[str, Any]) -> None:
        path = Path(record["path"])
        self._client.log_artifact(self.run_id(record["run"]), str(path), record["folder"] or None)

    def _end(self, record: dict[str, Any]) -> None:
        self._client.set_terminated(self.run_id(record["run"]), record["status"], end_time=record["time"])
