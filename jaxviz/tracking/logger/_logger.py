"""`MLflowLogger`: hand the results of a training to MLflow without ever stopping it."""

import importlib.util
import os
import sys
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from ..._explained import explained
from ..._printable import printable
from ...host import host_array
from .. import _values
from ..journal import _spare
from ..journal._forks import ForkedLock
from ..store._store import Store, journal_root, resolve_store
from . import _columns, _datasets, _provenance, _session, _summaries
from ._comparison_methods import ComparisonMethods
from ._figure_methods import FigureMethods
from ._model_methods import Checkpoint, ModelMethods
from ._run_methods import RunMethods
from ._session import Session

STATUSES = ("FINISHED", "FAILED", "KILLED")
EVALUATION = "eval"
_one_thread = ForkedLock()


def _journals() -> Path:
    """The folder of all journals, as of now: the current folder may become another one."""
    try:
        return journal_root()
    except ValueError as why:
        spare = next(iter(_spare.roots()), None)
        if spare is None:
            raise
        warnings.warn(f"journals are in {spare}: {why}", stacklevel=3)
        return spare


class MLflowLogger(FigureMethods, ComparisonMethods, ModelMethods, RunMethods):
    """Logs to MLflow through explicit run ids; a context manager that ends its run.

    `experiment_name`: created if it does not exist. `tracking_uri`: where to write; else MLFLOW_TRACKING_URI, else
    a server on port 5000 that answers, else the local store MLFLOW_BACKEND_STORE_URI (default
    `sqlite:///data/mlflow.db`). The choice is said in one line on standard error.

    Every call writes to a journal on disk (`data/mlflow-journal`, or JAXVIZ_JOURNAL) and returns; a process of its own
    sends the journal to MLflow. A store that is unreachable, slow or refusing never raises and holds the training for
    half a second at most, in all: there is one warning, and pending records are sent when the store answers again, in
    the background, at the next start, or by `jaxviz sync`. (That process takes some three seconds to load MLflow, which
    the first `flush`, `run_id` or `end_run` waits for.) Arguments of the wrong kind raise ValueError.
    """

    def __init__(
        self, experiment_name: str, tracking_uri: str | os.PathLike[str] | None = None, *, quiet: bool = False
    ) -> None:
        if not isinstance(experiment_name, str) or not experiment_name:
            raise ValueError(f"`experiment_name` must be a name, a text that is not empty; got {experiment_name!r:.60}")
        if importlib.util.find_spec("mlflow") is None:
            raise ModuleNotFoundError("MLflowLogger needs MLflow: install jaxviz with its extra `mlflow`")
        self.experiment_name = _values.line(experiment_name)
        self.store: Store = resolve_store(tracking_uri).absolute()
        self._journals = _journals()
        self._quiet = quiet
        self._session: Session | None = None
        self._episodes = 0
        if not quiet:
            print(printable(f"jaxviz logs to {self.store.address} ({self.store.reason})"), file=sys.stderr)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.end_run("FINISHED" if kind is None else "KILLED" if kind is KeyboardInterrupt else "FAILED")

    @property
    def run_id(self) -> str | None:
        """MLflow's id of the active run; None without one, or while its store does not answer."""
        return self._session and self._session.id_of(self._session.run)

    @explained
    def start_run(self, run_name: str | None = None, *, tags: Mapping[str, Any] | None = None) -> None:
        """Start a run; a run that is still active is ended first."""
        self.end_run()
        keys = _values.Keys()
        every = {**_values.tags(_provenance.tags(), keys), **_values.tags(tags or {}, keys)}
        name = None if run_name is None else _values.line(str(run_name))
        self._episodes = 0
        self._session = Session(
            self.store, self.experiment_name, name, every, quiet=self._quiet, journals=self._journals
        )
        self._session.recorder.tag_keys = keys

    @explained
    def end_run(self, status: str = "FINISHED") -> None:
        """End the active run and wait, within bounds, until the store has it; without an active run, nothing."""
        if status not in STATUSES:
            raise ValueError(f"`status` must be one of {', '.join(STATUSES)}; got {status!r}")
        if self._session is not None:
            self._session.finish(status)
        self._session = None

    @explained
    def flush(self, timeout: float = _session.DRAIN_SECONDS) -> bool:
        """Wait until the store has everything; False if it is away or slow, or the timeout is over."""
        return self._session is None or self._session.flush(timeout)

    @explained
    def log_hyperparameters(self, params: Mapping[str, Any]) -> None:
        """Parameters of the run: a mapping, dataclass, NamedTuple or Namespace; see `tracking/_values.py`."""
        recorder = self._active().recorder
        recorder.params(recorder.run, _values.params(params, recorder.param_keys))

    @explained
    def log_training_metrics(
        self,
        metrics: Mapping[str, Any],
        step: int | None = None,
        model_id: str | Checkpoint | None = None,
        dataset: Any = None,
    ) -> None:
        """Numbers at one step, e.g. the environment steps taken.

        Numbers, arrays, nested mappings: see `tracking/_values.py` for how they are stored; text becomes tags.
        `model_id`: the model they were measured on, a checkpoint or MLflow's id; `dataset`: the data, a name, a mapping
        with a `name`, or a dataset of MLflow.
        """
        session = None if model_id is not None or dataset is not None else self._session
        if session is not None and session.recorder.plain_points(metrics, step):
            return
        at = _values.step_of(step)
        described = None if dataset is None else _datasets.describe(dataset)
        if self._session is None:
            _values.split_metrics(metrics)  # before a run is started for them
        session = self._active()
        recorder = session.recorder
        numbers, texts = _values.split_metrics(metrics, recorder.metrics, recorder.tag_keys)
        model = model_id.key if isinstance(model_id, Checkpoint) else None if model_id is None else str(model_id)
        experiment = model_id.elsewhere(session) if isinstance(model_id, Checkpoint) else None
        if numbers and model is None and described is None:
            recorder.points(recorder.run, numbers, at)
        elif numbers:
            links = {"model": model, "dataset": described, "experiment": experiment}
            recorder.linked_points(recorder.run, numbers, at, **links)
        if texts:
            recorder.tags(recorder.run, texts)

    @explained
    def log_evaluation_metrics(
        self,
        eval_metrics: Mapping[str, Any],
        step: int | None = None,
        model_id: str | Checkpoint | None = None,
        dataset: Any = None,
    ) -> None:
        """Numbers of an evaluation at one step, under `eval/`; otherwise as `log_training_metrics`."""
        named = _values.under(EVALUATION, eval_metrics, "eval_metrics")
        self.log_training_metrics(named, step, model_id, dataset)

    @explained
    def log_episode_data(self, episode_rewards: Any, episode_lengths: Any = None, step: int | None = None) -> None:
        """Finished episodes: each one under its index, and their mean, spread and range at `step`.

        `episode_rewards`, `episode_lengths`: a number or a series; the index counts on over calls.
        """
        columns = {"episode/return": _columns.series(episode_rewards, "episode_rewards")}
        size = len(columns["episode/return"])
        if episode_lengths is not None:
            columns["episode/length"] = lengths = _columns.series(episode_lengths, "episode_lengths")
            if len(lengths) != size:
                raise ValueError(f"`episode_lengths` has {len(lengths)} entries, `episode_rewards` {size}")
        recorder = self._active().recorder
        with _one_thread:
            first = self._episodes
            self._episodes += size
        recorder.columns(recorder.run, host_array(range(first, first + size)), columns)
        if step is not None and size:
            self.log_training_metrics({f"{name}_at_step": values for name, values in columns.items()}, step)

    @explained
    def create_dashboard_data(
        self,
        training_results: Any,
        *,
        window: int | None = None,
        target: float | None = None,
        labels: Sequence[str] | None = None,
    ) -> dict[str, Any]:
        """Every number and curve of every configuration, as data; logged as `dashboard.json` and returned.

        `training_results`: as in `log_comprehensive_analysis`, or an Analysis or Aggregate. Undefined → None.
        """
        data = _summaries.dashboard(_summaries.summary_of(training_results, window=window, target=target), labels)
        recorder = self._active().recorder
        recorder.artifact(recorder.run, "dashboard.json", _summaries.as_json(data))
        return data

    @explained
    def create_performance_report(
        self,
        training_results: Any,
        *,
        window: int | None = None,
        target: float | None = None,
        labels: Sequence[str] | None = None,
    ) -> str:
        """The table of every configuration in Markdown; logged as `performance_report.md` and returned.

        `training_results`: as in `create_dashboard_data`. A whole page with figures: `jaxviz.report.write`.
        """
        text = _summaries.report(_summaries.summary_of(training_results, window=window, target=target), labels)
        recorder = self._active().recorder
        recorder.artifact(recorder.run, "performance_report.md", text.encode())
        return text

    @explained
    def log_artifact(self, path: str | os.PathLike[str], folder: str = "") -> None:
        """A file, under `folder` among the run's artifacts. It is copied first, so the file may change or go."""
        source = Path(path)
        if not source.is_file():
            raise ValueError(f"`path` must be a file, got {printable(str(source))}")
        recorder = self._active().recorder
        recorder.artifact(recorder.run, source.name, source, folder)

    def _active(self) -> Session:
        """The active run; it is started if there is none."""
        if self._session is None:
            with _one_thread:
                if self._session is None:
                    self.start_run()
        session = self._session
        assert session is not None
        return session
