"""A store in this process's memory, with those methods of MLflow's client that the drainer calls."""

import itertools
from pathlib import Path
from types import SimpleNamespace

import requests
from mlflow.entities import RunStatus

from jaxviz.tracking._names import KEY_TAG
from jaxviz.tracking.drain._runs import PARENT_TAG
from jaxviz.tracking.store._failures import RefusedError


class MemoryStore:
    """What a reader would find."""

    def __init__(self):
        self.experiments, self.runs, self.models = {}, {}, {}
        self.refuses = False
        """Whether parameters and files are refused."""
        self.is_late = False
        """Whether the next creation of a run is not answered, and carried out by `finish`, or at the end of a run."""
        self._late = []
        self._ids = map(str, itertools.count(1))
        self._tracking_client = SimpleNamespace(store=self)

    def get_experiment_by_name(self, name):
        found = self.experiments.get(name)
        return None if found is None else self.get_experiment(found)

    def get_experiment(self, number):
        return SimpleNamespace(experiment_id=number, lifecycle_stage="active", artifact_location="file:///nowhere")

    def create_experiment(self, name, artifact_location=None, tags=None):
        self.experiments[name] = next(self._ids)
        return self.experiments[name]

    def create_run(self, experiment, time, tags, name):
        if self.is_late:
            self.is_late = False
            self._late.append((experiment, time, tags, name))
            raise requests.ReadTimeout("Read timed out. (read timeout=10)")
        number = f"run-{next(self._ids)}"
        self.runs[number] = SimpleNamespace(
            info=SimpleNamespace(run_id=number, status="RUNNING", run_name=name),
            data=SimpleNamespace(tags=dict(tags), params={}, metrics={}),
            points=set(), files={}, outputs=None,
        )  # fmt: skip
        return self.runs[number]

    def finish(self):
        """Carry out what is late."""
        while self._late:
            self.create_run(*self._late.pop())

    def delete_run(self, number):
        del self.runs[number]

    def _check(self, refused):
        if self.refuses and refused:
            raise RefusedError("not now")

    def search_runs(self, experiments, filter_string, max_results=100, page_token=None):
        tag = PARENT_TAG if PARENT_TAG in filter_string else KEY_TAG
        wanted = filter_string.split("'")[1]
        return _Page(run for run in self.runs.values() if run.data.tags.get(tag) == wanted)

    def get_run(self, number):
        return self.runs[number]

    def log_batch(self, number, metrics=(), params=(), tags=()):
        self._check(params)
        run = self.runs[number]
        run.points |= {(one.key, one.step, one.timestamp, one.value) for one in metrics}
        run.data.metrics |= {one.key: one.value for one in metrics}
        run.data.params |= {one.key: one.value for one in params}
        run.data.tags |= {one.key: one.value for one in tags}

    def update_run_info(self, number, status, end_time, name):
        info = self.runs[number].info
        info.status = RunStatus.to_string(status)
        self.finish()
        return info

    def log_artifact(self, number, path, folder=None):
        self._check(path)
        self.runs[number].files["/".join(filter(None, (folder, Path(path).name)))] = Path(path).read_bytes()

    def search_logged_models(self, experiments, filter_string):
        wanted = filter_string.split("'")[1]
        return [model for model in self.models.values() if model.tags[KEY_TAG] == wanted]

    def create_logged_model(self, experiment, name, source_run_id, model_type, tags, params):
        number = f"m-{next(self._ids)}"
        self.models[number] = SimpleNamespace(
            model_id=number, name=name, tags=dict(tags), source_run_id=source_run_id, files={},
            artifact_location="nowhere", status=SimpleNamespace(name="PENDING"),
        )  # fmt: skip
        return self.models[number]

    def log_model_artifacts(self, number, folder):
        paths = [Path(folder, "MLmodel"), *Path(folder, "data").iterdir()]
        self.models[number].files |= {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}

    def list_logged_model_artifacts(self, number, folder=None):
        return []

    def list_artifacts(self, number, folder=None):
        return []

    def finalize_logged_model(self, number, status):
        self.models[number].status.name = status
        return self.models[number]

    def log_outputs(self, number, models):
        self.runs[number].outputs = SimpleNamespace(model_outputs=list(models))


class _Page(list):
    token = None
