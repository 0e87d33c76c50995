"""Runs that anybody logged to MLflow -> TrainingRun."""

import itertools
import os
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import jax

from .._explained import explained
from .._run import TrainingRun
from ..inputs import from_arrays
from ..inputs._parts import read_losses
from .store import _reading, _store

PAGE = 1000
_RUN_ID = re.compile("[0-9a-f]{32}")
History = list[tuple[int, float]]


class ReadBack(NamedTuple):
    """Runs of an MLflow store, stacked."""

    run: TrainingRun
    """Batch axes: one for each of `parameters`, then the runs that share their values."""
    parameters: dict[str, tuple[str, ...]]
    """Name → values along its axis, smallest first."""
    run_ids: Any
    """MLflow's ids, nested like the batch axes."""
    left_out: tuple[str, ...]
    """Ids of runs of the experiment that never logged the returns."""


@explained
def from_mlflow(
    source: str | Sequence[str],
    returns: str = "episode/return",
    *,
    losses: str | Sequence[str] = (),
    parameters: str | Sequence[str] = (),
    tracking_uri: str | os.PathLike[str] | None = None,
) -> ReadBack:
    """Histories of metrics, all points of them, as a TrainingRun to analyse across runs.

        found = jv.from_mlflow("ppo", "return", losses=["loss/kl"], parameters=["lr"])
        analysis = jv.analyze(found.run, target=475)          # [lr, run]

    `source`: the name of an experiment, or ids of runs. `returns`: the metric that holds a return; its step is the x
    axis. `losses`: metrics kept beside it; all runs must have as many points of them. `parameters`: hyper-parameters
    that become axes; every combination of their values must have the same number of runs. `tracking_uri`: see
    `MLflowLogger`. Points logged twice at a step are kept in the order of their times.

    ValueError if the experiment or a run does not exist, none has the metric, or runs do not fit the axes: it says
    which. ConnectionError if the store does not answer.

    >>> import mlflow, tempfile
    >>> uri = "sqlite:///" + tempfile.mkdtemp() + "/mlflow.db"
    >>> client = mlflow.MlflowClient(uri)
    >>> run_id = client.create_run(client.create_experiment("ppo")).info.run_id
    >>> for step, value in ((100, 1.0), (200, 3.0)):
    ...     client.log_metric(run_id, "return", value, step=step)
    >>> jv.from_mlflow("ppo", "return", tracking_uri=uri).run
    TrainingRun: 1 run
      episodes: 2 per run, 2 in all
    """
    losses, parameters = ([one] if isinstance(one, str) else list(one) for one in (losses, parameters))
    client = _reading.open_reader(_store.resolve_store(tracking_uri))
    runs = list(_runs(client, source))
    having = [run for run in runs if returns in run.data.metrics]
    missing = tuple(run.info.run_id for run in runs if returns not in run.data.metrics)
    if not having:
        known = sorted({name for run in runs for name in run.data.metrics})
        raise ValueError(f"no run of {source!r} has the metric `returns`={returns!r}; metrics there: {known}")
    if missing and not isinstance(source, str):
        raise ValueError(f"these runs have no metric `returns`={returns!r}: {', '.join(missing)}")
    axes = {name: _values(having, name) for name in parameters}
    cells = _cells(having, axes)
    shape = (*(len(values) for values in axes.values()), len(cells[0]))
    ordered = [run for cell in cells for run in cell]
    run = _stacked(client, ordered, returns, losses)
    return ReadBack(_shaped(run, shape), axes, _nested([r.info.run_id for r in ordered], shape), missing)


def _runs(client: Any, source: str | Sequence[str]) -> Iterator[Any]:
    """The runs of an experiment in the order they were started, or the runs with these ids."""
    from mlflow.exceptions import MlflowException

    if not isinstance(source, str):
        for run_id in source:
            try:
                yield client.get_run(run_id)
            except MlflowException as error:
                raise ValueError(f"`source` names the run {run_id!r}, which cannot be read: {error.message}") from None
        return
    experiment = client.get_experiment_by_name(source)
    if experiment is None and _RUN_ID.fullmatch(source):
        yield from _runs(client, [source])
        return
    if experiment is None:
        raise ValueError(f"`source` must be an experiment's name or ids of runs; there is no experiment {source!r}")
    token = None
    while token != "":
        page = client.search_runs(
            [experiment.experiment_id], max_results=PAGE, order_by=["attributes.start_time ASC"], page_token=token
        )
        yield from page
        token = page.token or ""


def _values(runs: list[Any], name: str) -> tuple[str, ...]:
    """The values of a parameter over the runs, smallest first."""
    without = [run.info.run_id for run in runs if name not in run.data.params]
    if without:
        raise ValueError(f"`parameters` names {name!r}, which these runs do not have: {', '.join(without)}")
    return tuple(sorted({run.data.params[name] for run in runs}, key=_place))


def _place(value: str) -> tuple[int, float, str]:
    """Numbers by size, before texts."""
    try:
        return 0, float(value), value
    except ValueError:
        return 1, 0.0, value


def _cells(runs: list[Any], axes: dict[str, tuple[str, ...]]) -> list[list[Any]]:
    """The runs of every combination of values; all must have as many."""
    cells = [
        [run for run in runs if all(run.data.params[name] == v for name, v in zip(axes, combination, strict=True))]
        for combination in itertools.product(*axes.values())
    ]
    if len({len(cell) for cell in cells}) > 1:
        combinations = (", ".join(map("=".join, zip(axes, c, strict=True))) for c in itertools.product(*axes.values()))
        counts = "; ".join(f"{text}: {len(cell)}" for text, cell in zip(combinations, cells, strict=True))
        raise ValueError(f"every combination of `parameters` must have the same number of runs, got {counts}")
    return cells


def _stacked(client: Any, runs: list[Any], returns: str, losses: Sequence[str]) -> TrainingRun:
    """The runs along one axis."""
    values, steps = _columns([_history(client, run, returns) for run in runs])
    run = from_arrays(values, step=steps)
    if not losses:
        return run
    histories = {name: [_history(client, one, name) for one in runs] for name in losses}
    _check_alike(histories, runs)
    _, steps = _columns(histories[losses[0]])
    series = {name: _columns(history)[0] for name, history in histories.items()}
    return TrainingRun(episodes=run.episodes, losses=read_losses(series, (len(runs),), steps))


def _columns(histories: list[History]) -> tuple[list[list[float]], list[list[int]]]:
    """Values and steps of every run."""
    return [[value for _, value in points] for points in histories], [[step for step, _ in p] for p in histories]


def _check_alike(histories: dict[str, list[History]], runs: list[Any]) -> None:
    """ValueError if the losses do not share their steps, run by run, or runs have different numbers of points."""
    expected: list[History] = next(iter(histories.values()))
    for name, points in histories.items():
        sizes = [len(p) for p in points]
        alike = all([s for s, _ in p] == [s for s, _ in q] for p, q in zip(points, expected, strict=True))
        if len(set(sizes)) > 1 or not sizes[0] or not alike:
            counts = ", ".join(f"{one.info.run_id}: {size}" for one, size in zip(runs, sizes, strict=True))
            raise ValueError(
                f"`losses` names {name!r}: all of them must have the same steps, and all runs as many; points: {counts}"
            )


def _history(client: Any, run: Any, name: str) -> History:
    """All points of a metric, by step, then by time."""
    points = client.get_metric_history(run.info.run_id, name)
    return [(p.step, p.value) for p in sorted(points, key=lambda p: (p.step, p.timestamp))]


def _shaped(run: TrainingRun, shape: tuple[int, ...]) -> TrainingRun:
    return jax.tree.map(lambda leaf: leaf.reshape(*shape, *leaf.shape[1:]), run)


def _nested(flat: list[str], shape: tuple[int, ...]) -> Any:
    """A flat list as nested lists."""
    if len(shape) == 1:
        return flat
    size = len(flat) // shape[0] if shape[0] else 0
    return [_nested(flat[i * size : (i + 1) * size], shape[1:]) for i in range(shape[0])]
