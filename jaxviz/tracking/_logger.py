"""`MLflowLogger`: what training produces, handed to MLflow without ever stopping the training."""

import os
import platform
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import jax

from .. import _host
from .._aggregate import Aggregate, aggregate
from .._analysis import Analysis, analyze
from .._run import TrainingRun
from ..inputs import from_training_data
from . import _columns, _values
from ._delivery import Delivery, deliver_left_behind
from ._store import Store, resolve_store

_STATUSES = ("FINISHED", "FAILED", "KILLED")
_SEED = 0


class MLflowLogger:
    """Logs to MLflow through explicit run ids; a context manager that ends its run.

    `experiment_name`: created where it does not exist. `tracking_uri`: where to write; else MLFLOW_TRACKING_URI, else
    a server on port 5000 that answers, else the local store MLFLOW_BACKEND_STORE_URI (default
    `sqlite:///data/mlflow.db`). The choice is said in one line on standard error.

    Everything is written to a journal on disk first (`data/mlflow-journal`, or JAXVIZ_JOURNAL). A store that is away
    or fails never raises into the caller: there is one warning, and what waits is sent when the store answers again,
    at `end_run`, or when the next logger starts.
    """

    def __init__(self, experiment_name: str, tracking_uri: str | None = None, *, quiet: bool = False) -> None:
        if not experiment_name:
            raise ValueError("`experiment_name` must be a name, got an empty text")
        os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")  # MLflow's default blocks for four minutes
        os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "10")
        self.experiment_name = experiment_name
        self.store: Store = resolve_store(tracking_uri)
        self._quiet = quiet
        self._folder = Path(os.environ.get("JAXVIZ_JOURNAL", "data/mlflow-journal"))
        self._delivery: Delivery | None = None
        self._run: str | None = None
        self._episodes = 0
        if not quiet:
            print(f"jaxviz logs to {self.store.uri} ({self.store.reason})", file=sys.stderr)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.end_run("FINISHED" if kind is None else "FAILED")

    @property
    def run_id(self) -> str | None:
        """MLflow's id of the active run; None before it is started, or while its store has not answered yet."""
        delivery = self._delivery
        if delivery is None or self._run is None or delivery.sink is None or not delivery.flush():
            return None
        return delivery.sink.run_id(self._run)

    def start_run(self, run_name: str | None = None, *, tags: Mapping[str, Any] | None = None) -> None:
        """Start a run; a run that is still active is ended first."""
        self.end_run()
        if deliver_left_behind(self.store, self._folder) and not self._quiet:
            print("jaxviz sent what an earlier run had kept", file=sys.stderr)
        self._delivery = Delivery(self.store, self.experiment_name, self._folder, quiet=self._quiet)
        self._run, self._episodes = self._start(run_name, tags or {}, parent=None), 0

    def end_run(self, status: str = "FINISHED") -> None:
        """End the active run, and send what is waiting; without an active run, nothing."""
        if status not in _STATUSES:
            raise ValueError(f"`status` must be one of {', '.join(_STATUSES)}; got {status!r}")
        if self._delivery is None:
            return
        self._send("end", status=status, time=_now())
        self._delivery.close()
        self._delivery = self._run = None

    def log_hyperparameters(self, params: Mapping[str, Any]) -> None:
        """Parameters of the run; nested mappings become `a/b`, everything becomes text."""
        self._send("params", values=_values.params(params))

    def log_training_metrics(self, metrics: Mapping[str, Any], step: int | None = None) -> None:
        """Numbers at one step, e.g. the environment steps taken.

        Numbers, arrays, nested mappings: see `tracking/_values.py` for what becomes of what; text becomes tags.
        """
        numbers, texts = _values.split_metrics(metrics)
        at = 0 if step is None else int(step)
        if numbers:
            self._send("metrics", columns={name: ([at], [value]) for name, value in numbers.items()}, time=_now())
        if texts:
            self._send("tags", values=texts)

    def log_episode_data(self, episode_rewards: Any, episode_lengths: Any = None, step: int | None = None) -> None:
        """Finished episodes: each one under its index, and their mean, spread and range at `step`.

        `episode_rewards`, `episode_lengths`: a number or a series; the index counts on over calls.
        """
        returns = _columns.series(episode_rewards, "episode_rewards")
        lengths = None if episode_lengths is None else _columns.series(episode_lengths, "episode_lengths")
        if lengths is not None and len(lengths) != len(returns):
            raise ValueError(f"`episode_lengths` has {len(lengths)} entries, `episode_rewards` {len(returns)}")
        index = list(range(self._episodes, self._episodes + len(returns)))
        self._episodes += len(returns)
        columns = {"episode/return": (index, returns)}
        if lengths is not None:
            columns["episode/length"] = (index, lengths)
        self._send("metrics", columns=columns, time=_now())
        if step is not None and returns:
            summary = {"episode/return_at_step": returns, "episode/length_at_step": lengths}
            self.log_training_metrics({k: jax.numpy.asarray(v) for k, v in summary.items() if v}, step)

    def log_comprehensive_analysis(
        self,
        training_data: Any,
        *,
        window: int = 100,
        target: float | None = None,
        labels: Sequence[str] | None = None,
    ) -> None:
        """Analyse a training, and log its numbers, its figures and the run itself.

        `training_data`: a mapping with `rewards` (or `episode_rewards`) and, where known, `episode_lengths`, `losses`,
        `eval_rewards`, `action_probs`, `observations`; or a TrainingRun of one run, many, or configurations × runs.
        """
        run = from_training_data(training_data)
        self.log_analysis(analyze(run, windows=(window,), target=target), labels=labels)
        self._log_figures(run, window=window, target=target, labels=labels)
        self.log_run(run)

    def log_run(self, run: TrainingRun) -> None:
        """The data of all seeds as one artifact, `run.npz`: `jaxviz.load_run` reads it back."""
        path = self._journal_stage("run.npz")
        self._send("artifact", path=str(_host.save_run(path, run).resolve()), folder="")

    def log_analysis(self, analysis: Analysis | Aggregate, *, labels: Sequence[str] | None = None) -> None:
        """The numbers of an analysis: estimate, low, high and n of every statistic, and the curves by step.

        One configuration goes to the run itself; several to child runs, one each, named by `labels`.
        """
        summary = analysis if isinstance(analysis, Aggregate) else aggregate(analysis, jax.random.key(_SEED))
        configurations = _columns.configurations(summary, labels)
        for label, one in configurations:
            run = None
            if len(configurations) > 1:
                run = self._start(label, {"jaxviz.configuration": label}, parent=self._active())
            self._send("metrics", run=run, columns=_columns.of_aggregate(one), time=_now())
            if run is not None:
                self._send("end", run=run, status="FINISHED", time=_now())

    def log_artifact(self, path: str | os.PathLike[str], folder: str = "") -> None:
        """A file, under `folder` among the run's artifacts. It is copied first, so the file may change or go."""
        source = Path(path)
        if not source.is_file():
            raise ValueError(f"`path` must be a file, got {source}")
        staged = self._journal_stage(f"files/{uuid4().hex}/{source.name}")
        shutil.copyfile(source, staged)
        self._send("artifact", path=str(staged.resolve()), folder=folder)

    def _log_figures(self, run: TrainingRun, **options: Any) -> None:
        from ..plots import create_comprehensive_analysis

        folder = self._journal_stage("figures")
        for path in create_comprehensive_analysis(run, folder, **options).values():
            self._send("artifact", path=str(Path(path).resolve()), folder="figures")

    def _journal_stage(self, name: str) -> Path:
        self._active()
        assert self._delivery is not None
        return self._delivery.journal.stage(name)

    def _active(self) -> str:
        """The key of the active run; starts one where there is none."""
        if self._run is None:
            self.start_run()
        assert self._run is not None
        return self._run

    def _start(self, name: str | None, tags: Mapping[str, Any], *, parent: str | None) -> str:
        key = uuid4().hex
        assert self._delivery is not None
        every = {"jax": jax.__version__, "backend": jax.default_backend(), "python": platform.python_version()}
        texts = {**{f"jaxviz.{k}": v for k, v in every.items()}, **{str(k): str(v) for k, v in tags.items()}}
        self._delivery.send({"op": "start", "run": key, "name": name, "tags": texts, "parent": parent, "time": _now()})
        return key

    def _send(self, op: str, *, run: str | None = None, **fields: Any) -> None:
        run = run or self._active()
        assert self._delivery is not None
        self._delivery.send({"op": op, "run": run, **fields})


def _now() -> int:
    """Milliseconds since the epoch."""
    return int(time.time() * 1000)
