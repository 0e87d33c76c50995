"""The columns of the frame of each result: name → one value a row."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import jax

from ..._kinds import refusal
from ...aggregation import Aggregate
from ...analysis import Analysis
from ...comparison import VERDICTS, Comparison, Curves
from ...host import to_host
from ...stats import Interval
from ...study import Manifest, ManifestRow, Study, StudyAnalysis
from ...study._directions import better

Row = dict[str, Any]
Columns = dict[str, list[Any]]
_ENDS = ("estimate", "low", "high")
_WANTED = "a Study, an Analysis, an Aggregate, an Interval, a Comparison or Curves"
_ALL = "all"
"""The task of what is about all common tasks."""


def columns_of(result: Any, part: str) -> Columns:
    """The columns of a result. TypeError for something else."""
    for kind, rows in _ROWS.items():
        if isinstance(result, kind):
            return _columns(list(rows(result)))
    if isinstance(result, Comparison):
        return _columns(list(_PARTS[part](to_host(result))))
    raise TypeError(refusal("result", result, _WANTED, "Analysis"))


def _columns(rows: Sequence[Row]) -> Columns:
    """Rows as columns, in the order in which names come first; None where a row lacks one."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    return {name: [row.get(name) for row in rows] for name in names}


def _of_interval(interval: Interval) -> Iterator[Row]:
    """One row a component."""
    for place in _places(interval.estimate.shape):
        yield {**_numbered(place, "component"), **_ends(interval, place)}


def _ends(interval: Interval, place: tuple[int, ...]) -> Row:
    """An interval at a place, with what is one for all of it."""
    n, level = (x[place] if x.shape == interval.estimate.shape else x.ravel()[-1] for x in (interval.n, interval.level))
    ends = {name: float(getattr(interval, name)[place]) for name in _ENDS}
    about = {"statistic": interval.estimator, "method": interval.method, "resampled": interval.unit}
    return {**ends, "n": int(n), "level": round(float(level), 6), **about}


def _places(shape: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    return itertools.product(*map(range, shape))


def _numbered(place: tuple[int, ...], *names: str) -> Row:
    """Places along axes: those without a name of their own are `axis 0`, …"""
    named = [f"axis {i}" for i in range(len(place) - len(names))] + list(names[: len(place)])
    return dict(zip(named, place, strict=True))


def _paths(result: Any, leaf_kind: type | None = None) -> Iterator[tuple[str, Any]]:
    """Path → leaf."""
    leaves = jax.tree_util.tree_leaves_with_path(
        result, is_leaf=None if leaf_kind is None else lambda x: isinstance(x, leaf_kind)
    )
    for path, leaf in leaves:
        yield "/".join(str(getattr(part, "name", getattr(part, "key", ""))) for part in path), leaf


def _of_analysis(analysis: Analysis) -> Iterator[Row]:
    """One row a number of a run."""
    for place, name, value in _numbers(analysis):
        yield {**_numbered(place, "run"), "name": name, "value": value, "better": better(name, analysis.minimize) or ""}


def _numbers(analysis: Analysis) -> Iterator[tuple[tuple[int, ...], str, float]]:
    """Every number of every run: place, name, value."""
    shape = analysis.batch_shape
    leaves = [(name, leaf) for name, leaf in _paths(to_host(analysis)) if name != "target" and leaf.shape == shape]
    for place in _places(shape):
        yield from ((place, name, float(leaf[place])) for name, leaf in leaves)


def _of_study_analysis(analysis: StudyAnalysis) -> Iterator[Row]:
    rows = iter(list(analysis.manifest))
    for results in analysis.cells.values():
        own = [next(rows) for _ in range(results.batch_shape[0])]
        for (run,), name, value in _numbers(results):
            yield {**_labels(own[run]), "name": name, "value": value, "better": better(name, results.minimize) or ""}


def _labels(row: ManifestRow) -> Row:
    return {"algorithm": row.algorithm, "task": row.task, **_settings(row), "seed": row.seed, "source": row.source}


def _settings(row: ManifestRow) -> Row:
    """Hyper-parameters under their names; those that are called as another column under `config/`."""
    taken = {"name", "value", "better", *ManifestRow._fields}
    return {f"config/{name}" if name in taken else name: value for name, value in row.configuration.items()}


_IN_WORDS = ("configuration", "guessed", "notes")
"""Columns of a manifest that are no single value."""


def _of_manifest(rows: Sequence[ManifestRow]) -> Iterator[Row]:
    for row in rows:
        plain = {
            name: value for name, value in row._asdict().items() if name not in ("configuration", "guessed", "notes")
        }
        guessed = "; ".join(f"{column}: {why}" for column, why in row.guessed.items())
        first = {"algorithm": plain.pop("algorithm"), "task": plain.pop("task")}
        yield {**first, **_settings(row), **plain, "guessed": guessed, "notes": "; ".join(row.notes)}


def _of_aggregate(summary: Aggregate) -> Iterator[Row]:
    """One row an interval; curves are left to `summary.curve`."""
    shape = summary.batch_shape
    for name, interval in _paths(to_host(summary), Interval):
        if not isinstance(interval, Interval) or interval.estimate.shape != shape:
            continue
        for place in _places(shape):
            good = better(name, summary.minimize) or ""
            yield {**_numbered(place), "name": name, **_ends(interval, place), "better": good}


def _of_curves(curves: Curves) -> Iterator[Row]:
    """One row a point."""
    c: Curves = to_host(curves)
    lower = c.minimize and c.scale.name == "raw"
    for a, point in _places(c.iqm.estimate.shape):
        band = {f"whole_curve_{end}": float(getattr(c.band, end)[a, point]) for end in ("low", "high")}
        row = {"algorithm": c.algorithms[a], "task": _ALL, "share": float(c.share[point])}
        yield {**row, **_ends(c.iqm, (a, point)), **band, "better": "lower" if lower else "higher"}
    for a, t, point in _places(c.by_task.estimate.shape):
        if not int(c.runs[a, t, point]):
            continue
        share = float(c.share[point])
        row = {
            "algorithm": c.algorithms[a],
            "task": c.task_names[t],
            "share": share,
            "step": share * float(c.budget[t]),
        }
        yield {**row, **_ends(c.by_task, (a, t, point)), "better": "lower" if c.minimize else "higher"}


def _intervals(c: Comparison) -> Iterator[Row]:
    """Algorithms over the tasks that all have, then on each task."""
    good = {"better": "lower" if c.minimize else "higher"}
    for a, algorithm in enumerate(c.algorithms):
        for name in ("iqm", "mean", "median", "optimality_gap"):
            interval = getattr(c.aggregate, name)
            if interval is not None:
                own = {"better": "lower"} if name == "optimality_gap" else good
                yield {"algorithm": algorithm, "task": _ALL, "tier": int(c.tier[a]), **_ends(interval, (a,)), **own}
        for t, task in enumerate(c.task_names):
            lost = {"diverged": int(c.tasks.diverged[a, t])}
            for interval in (c.tasks.iqm, c.tasks.mean):
                yield {"algorithm": algorithm, "task": task, **_ends(interval, (a, t)), **lost, **good}


def _pairs(c: Comparison) -> Iterator[Row]:
    """One row a pair."""
    p = c.pairs
    for i in range(p.first.size):
        improvement = {f"improvement_{end}": float(getattr(p.improvement, end)[i]) for end in _ENDS}
        yield {
            "first": c.algorithms[int(p.first[i])], "second": c.algorithms[int(p.second[i])],
            "verdict": VERDICTS[int(p.verdict[i])], **_ends(p.difference, (i,)),
            "adjusted_low": float(p.adjusted.low[i]), "adjusted_high": float(p.adjusted.high[i]), **improvement,
            "cliffs_delta": float(p.cliffs_delta[i]), "p_value": float(p.p_value[i]),
            "adjusted_p": float(p.adjusted_p[i]), "wins": int(p.wins[i]), "losses": int(p.losses[i]),
            "ties": int(p.ties[i]), "further_seeds": float(p.further_seeds[i]),
            "better": "lower" if c.minimize else "higher",
        }  # fmt: skip


def _scores(c: Comparison) -> Iterator[Row]:
    """One row a run."""
    for a, run, t in _places(c.scores.shape):
        if bool(c.valid[a, run, t]):
            yield {
                "algorithm": c.algorithms[a], "task": c.task_names[t], "run": run, "name": c.score,
                "value": float(c.raw[a, run, t]), "normalised": float(c.scores[a, run, t]),
                "diverged": bool(c.diverged[a, run, t]), "better": "lower" if c.minimize else "higher",
            }  # fmt: skip


def _profile(c: Comparison) -> Iterator[Row]:
    """One row a threshold of an algorithm."""
    for a, i in _places(c.profile.share.estimate.shape):
        threshold = {"threshold": float(c.profile.threshold[i])}
        yield {"algorithm": c.algorithms[a], **threshold, **_ends(c.profile.share, (a, i)), "better": "higher"}


def _findings(c: Comparison) -> Iterator[Row]:
    """One row a finding of the doctor."""
    for finding in c.findings:
        where = {name: "; ".join(map(str, getattr(finding, name))) for name in ("cells", "runs")}
        yield {**finding._asdict(), **where}


_PARTS: Mapping[str, Callable[[Comparison], Iterator[Row]]] = {
    "intervals": _intervals,
    "pairs": _pairs,
    "scores": _scores,
    "profile": _profile,
    "findings": _findings,
}
_ROWS: Mapping[type, Callable[[Any], Iterator[Row]]] = {
    Interval: lambda interval: _of_interval(to_host(interval)),
    Analysis: _of_analysis,
    StudyAnalysis: _of_study_analysis,
    Aggregate: _of_aggregate,
    Curves: _of_curves,
    Study: lambda study: _of_manifest(list(study.manifest)),
    Manifest: lambda manifest: _of_manifest(list(manifest)),
}
