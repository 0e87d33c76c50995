"""What users hand to `compare` -> scores [algorithm, run, task] with what exists and what diverged."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import jax.numpy as jnp

from .. import _masked
from .._run import BaseStudy
from .._types import Array, Bool, Float
from ..host import to_host
from ..study import StudyAnalysis, _directions
from ..study._analysis import RunScore
from ..study._measures import sounds_lower
from ._times import TIME, Target, times_of

PATHS = {
    "final": "performance/final",
    "auc": "performance/area_under_curve",
    "best": "performance/best",
    "absolute": "evaluation/best",
}
"""Name of a score → its path in an Analysis."""
_SIZES = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 18, 22, 27, 33, 40, 50, 62, 77, 96, 120)
"""Numbers of runs that tables are padded to, at most a quarter more: other numbers share their programs."""


class Table(NamedTuple):
    """Scores with their names, as the runs have them."""

    algorithms: tuple[str, ...]
    tasks: tuple[str, ...]
    raw: Float[Array, "algorithm run task"]
    valid: Bool[Array, "algorithm run task"]
    diverged: Bool[Array, "algorithm run task"]
    score: str
    metric: str
    minimize: bool
    normal: bool
    """Whether the score is a level of the metric, which reference scores can normalise."""
    missing: int
    """Runs without such a number."""
    doubtful: bool = False
    """Whether the larger count as better, of a metric that is called like a loss, and nobody said so."""
    bases: tuple[str, ...] = ()
    """The algorithms without hyper-parameters; none for scores without configurations."""
    configurations: tuple[Mapping[str, Any], ...] = ()
    """The hyper-parameters of each."""
    budgets: tuple[float, ...] = ()
    """Of each task: up to how many steps times to a target count; none for other scores."""
    remarks: tuple[str, ...] = ()
    """What is to be said of times to a target."""


class One(NamedTuple):
    """The score of one run."""

    algorithm: str
    task: str
    value: float
    diverged: bool = False


def table_of(given: Any, score: str, minimize: bool | None, target: Target | None = None) -> Table:
    """Scores of a study, of its analysis, or of a mapping: algorithm → [run] or [run, task], or → task → [run]."""
    if target is not None and score != TIME:
        raise ValueError(f"`target` is for score={TIME!r}, got score={score!r}")
    if score == TIME and isinstance(given, BaseStudy | StudyAnalysis):
        return _of_times(given, target, minimize)
    if isinstance(given, BaseStudy):
        from ..analysis import analyze

        given = analyze(given, groups=("evaluation",) if score == "absolute" else ("performance",))
    if isinstance(given, StudyAnalysis):
        return _of_analysis(given, score, minimize)
    if isinstance(given, Mapping) and given:
        return _table(_of_mapping(given), score if score != "final" else "score", "score", bool(minimize), True)
    raise TypeError(type(given).__name__)  # in words: see `explained`


def _of_times(given: BaseStudy | StudyAnalysis, target: Target | None, minimize: bool | None) -> Table:
    if minimize is False:
        raise ValueError(f"`minimize` cannot be False for {TIME!r}: fewer steps are better")
    times = times_of(given, target)
    _one_measure(times.runs)
    table = _named(times.runs, TIME, minimize=True, level=False)
    return table._replace(budgets=tuple(times.budgets[task] for task in table.tasks), remarks=times.remarks)


def _of_analysis(analysis: StudyAnalysis, score: str, minimize: bool | None) -> Table:
    runs = analysis.scores(PATHS.get(score, score))
    _one_measure(runs)
    level, metric = score in PATHS, runs[0].metric
    turned = _turned(PATHS.get(score, score), runs[0].minimize) if minimize is None else minimize
    doubtful = minimize is None and level and not turned and sounds_lower(metric)
    return _named(runs, score, minimize=turned, level=level)._replace(doubtful=doubtful)


def _one_measure(runs: Sequence[RunScore]) -> None:
    """ValueError if runs measure other things."""
    metrics = sorted({run.metric for run in runs})
    if len(metrics) > 1:
        raise ValueError(f"the runs measure other things ({', '.join(metrics)}): study.select(metric=...) one of them")
    if len({run.minimize for run in runs}) > 1:
        raise ValueError("for some runs lower is better, for others higher: select those of one direction")
    kinds: dict[tuple[str, str], set[str]] = {}
    for run in runs:
        kinds.setdefault((run.algorithm, run.task), set()).add(run.variant)
    for (algorithm, task), variants in kinds.items():
        if len(variants) > 1:
            raise ValueError(
                f"{algorithm} on {task} has runs of several kinds ({'; '.join(sorted(variants))}): "
                "study.select(kind=...) one of them; see jv.doctor(study)"
            )


def _named(runs: Sequence[RunScore], score: str, *, minimize: bool, level: bool) -> Table:
    """The table of runs of one metric, with the configurations of its algorithms."""
    ones = [One(run.algorithm, run.task, run.value, run.diverged) for run in runs]
    rows = {run.algorithm: run for run in runs}
    table = _table(ones, score, runs[0].metric, minimize, level)
    found = [rows[name] for name in table.algorithms]
    bases, configurations = tuple(row.base for row in found), tuple(row.configuration for row in found)
    return table._replace(bases=bases, configurations=configurations)


def _turned(path: str, minimize: bool) -> bool:
    """Whether lower values of a number are better. ValueError for one of which nobody knows."""
    if path.startswith(_directions.CENSORED):
        instead = f": take score={TIME!r}" if path.startswith("convergence/crossing") else ""
        raise ValueError(
            f"`score` {path!r} is missing in runs that did not get there: leaving them out flatters{instead}"
        )
    found = _directions.better(path, minimize)
    if found is None:
        raise ValueError(f"`score` {path!r} is neither good nor bad by itself: say minimize=True if lower is better")
    return found == "lower"


def _of_mapping(given: Mapping[Any, Any]) -> list[One]:
    ones = list[One]()
    for algorithm, scores in given.items():
        by_task = scores if isinstance(scores, Mapping) else _columns(algorithm, scores)
        for task, runs in by_task.items():
            values = to_host(_masked.as_float(runs))
            if values.ndim != 1:
                raise ValueError(f"scores of {algorithm} on {task} must be [run], got shape {values.shape}")
            ones += [One(str(algorithm), str(task), float(x), math.isnan(x)) for x in values.tolist()]
    return ones


def _columns(algorithm: Any, scores: Any) -> dict[str, Any]:
    """Task → [run] of scores [run] or [run, task]."""
    table = _masked.as_float(scores)
    if table.ndim not in (1, 2):
        raise ValueError(f"scores of {algorithm} must be [run] or [run, task], got shape {table.shape}")
    if table.ndim == 1:
        return {"task": table}
    width = len(str(table.shape[1]))
    return {f"task {i + 1:0{width}}": table[:, i] for i in range(table.shape[1])}


def _table(ones: Sequence[One], score: str, metric: str, minimize: bool, normal: bool) -> Table:
    known = [one for one in ones if one.diverged or one.value == one.value]
    if not known:
        raise ValueError(f"no run has the score {score!r}")
    algorithms = tuple(sorted({one.algorithm for one in ones}))
    tasks = tuple(sorted({one.task for one in ones}))
    cells: dict[tuple[str, str], list[One]] = {}
    for one in known:
        cells.setdefault((one.algorithm, one.task), []).append(one)
    runs = padded(max(map(len, cells.values())))

    def column(get: Any, fill: Any) -> Any:
        rows = [
            [[get(one) for one in cells.get((a, t), ())] + [fill] * (runs - len(cells.get((a, t), ()))) for t in tasks]
            for a in algorithms
        ]
        return jnp.swapaxes(jnp.asarray(rows), 1, 2)

    diverged = column(lambda one: one.diverged or abs(one.value) == float("inf"), False)
    raw = column(lambda one: one.value, float("nan"))
    valid = column(lambda _: True, False)
    return Table(algorithms, tasks, raw, valid, diverged, score, metric, minimize, normal, len(ones) - len(known))


def padded(runs: int) -> int:
    """The number of runs that a table has room for."""
    return next((size for size in _SIZES if size >= runs), -(-runs // 32) * 32)
