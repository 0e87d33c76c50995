"""`analyze`: every statistic of a training run in one jitted call, and `Analysis`, its result."""

import math
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from . import _groups, _policy_groups, _results, _trend_groups
from ._chunks import map_in_chunks, runs_together
from ._run import LossSeries, TrainingRun
from ._types import ArrayLike, Float, PyTree
from .stats.one_run._change_points import ChangePoints
from .stats.one_run._episodes import ESTIMANDS, Estimand

GROUPS: tuple[str, ...] = (
    "episodes",
    "windows",
    "performance",
    "stability",
    "drawdown",
    "reliability",
    "convergence",
    "trend",
    "change_points",
    "entropy",
    "policies",
    "evaluation",
    "diagnostics",
)
"""The groups of statistics that `analyze(groups=...)` can switch."""

_ON_REQUEST = ("drawdown", "reliability", "trend", "change_points")
DEFAULT_GROUPS: tuple[str, ...] = tuple(name for name in GROUPS if name not in _ON_REQUEST)
"""What `analyze` computes unless it is told otherwise: the others take longer to compile than all of these."""


class Analysis(eqx.Module):
    """The statistics of one run, or of a batch of runs: every array carries the run's leading batch axes.

    Paths through the fields are the metric names: `stability/max_drawdown`. Groups that the run has no data for, or
    that were switched off, are None.
    """

    curve: _results.Curve
    diverged: _results.Diverged
    losses: LossSeries | None
    """The losses and diagnostics as they came."""
    episodes: _results.EpisodeStatistics | None = None
    windows: dict[str, _results.WindowStatistics] | None = None
    performance: _results.Performance | None = None
    stability: _results.Stability | None = None
    drawdown: _results.Drawdown | None = None
    reliability: _results.Reliability | None = None
    convergence: _results.Convergence | None = None
    trend: _trend_groups.Trend | None = None
    change_points: ChangePoints | None = None
    """Where the level of the raw stream changed, as first entries: an optimal fit of constants to 512 bin means."""
    entropy: _results.PolicyEntropy | _results.GaussianEntropy | None = None
    policies: _results.PolicyCourse | None = None
    evaluation: _results.EvaluationStatistics | None = None
    diagnostics: _trend_groups.Diagnostics | None = None
    extra: dict[str, PyTree] | None = None
    """What the caller's own functions returned."""
    target: Float[Any, ""] | None = None
    window: int = eqx.field(static=True, default=1)
    """The longest window: the one that `performance`, `stability` and `convergence` read."""

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the leading batch axes: () for one run."""
        return tuple(self.diverged.returns.shape)

    def __getitem__(self, index: Any) -> "Analysis":
        """The analysis of some runs of the batch."""
        target = self.target
        picked = jax.tree.map(lambda leaf: leaf[index], eqx.tree_at(lambda a: a.target, self, None, is_leaf=_is_none))
        return eqx.tree_at(lambda a: a.target, picked, target, is_leaf=_is_none)


def _is_none(x: Any) -> bool:
    return x is None


def analyze(
    run: TrainingRun,
    *,
    windows: Iterable[int] = (100,),
    target: ArrayLike | None = None,
    estimand: Estimand = "episode",
    groups: Iterable[str] = DEFAULT_GROUPS,
    extra: Mapping[str, Callable[[TrainingRun], PyTree]] | None = None,
) -> Analysis:
    """Every statistic of a run, or of any batch of runs, as one jitted composite.

    `windows`: sizes, in episodes, of the trailing statistics; the longest is the one that scalar statistics read
    (shortened to the stream where the stream is shorter).
    `target`: the return that counts as solved; a number, traced: another target does not compile again.
    `estimand`: which return the learning curve shows: "episode" (each run's mean over the episodes that ended in the
    update), "pooled" (the same, weighted by episodes across runs), "hold" (latest finished return of every
    environment). See `stats.update_statistics`.
    `groups`: names from `GROUPS`, default `DEFAULT_GROUPS`; a group left out costs nothing.
    `extra`: name → function of one run (no batch axes) that returns arrays; pass the same function objects again, or
    it compiles again.

    Works under jit and vmap too. Bad structure raises ValueError; NaN in the data gives NaN where it is read, and a
    flag in `diverged`.
    """
    windows = tuple(windows)
    groups = tuple(groups)
    _check(windows, groups, estimand)
    if target is not None:
        target = jnp.asarray(target, jnp.result_type(float))
        if target.ndim:
            raise ValueError(f"`target` must be one number, got shape {target.shape}")
    named = tuple((extra or {}).items())
    together = runs_together(run)
    return _analyze(run, target, windows=windows, estimand=estimand, groups=groups, extra=named, together=together)


def _check(windows: tuple[int, ...], groups: tuple[str, ...], estimand: str) -> None:
    if not windows or any(not isinstance(w, int) or w < 1 for w in windows):
        raise ValueError(f"`windows` must be positive integers, at least one; got {windows}")
    unknown = [name for name in groups if name not in GROUPS]
    if unknown:
        raise ValueError(f"`groups` must be among {', '.join(GROUPS)}; got {', '.join(map(repr, unknown))}")
    if estimand not in ESTIMANDS:
        raise ValueError(f"`estimand` must be one of {', '.join(ESTIMANDS)}; got {estimand!r}")


@partial(jax.jit, static_argnames=("windows", "estimand", "groups", "extra", "together"))
def _analyze(run: TrainingRun, target: Any, *, windows, estimand, groups, extra, together) -> Analysis:
    settings = {"target": target, "windows": windows, "estimand": estimand, "groups": groups}
    series_of, numbers_of = partial(_series, **settings), partial(_numbers, **settings, extra=extra)
    shape, runs = run.batch_shape, run
    if shape:
        runs = jax.tree.map(lambda leaf: leaf.reshape(math.prod(shape), *leaf.shape[len(shape) :]), run)
        series_of, numbers_of = jax.vmap(series_of), partial(map_in_chunks, jax.vmap(numbers_of), together=together)
    results = series_of(runs) | numbers_of(runs)
    if shape:
        results = jax.tree.map(lambda leaf: leaf.reshape(*shape, *leaf.shape[1:]), results)
    return Analysis(**results, target=target, window=_window(run, results["curve"], windows))


def _window(run: TrainingRun, curve: _results.Curve, windows: tuple[int, ...]) -> int:
    """The longest window, shortened to the stream where that is shorter."""
    return max(1, min(max(windows), _groups.primary_stream(run, curve).x.shape[-1]))


def _series(run: TrainingRun, *, target: Any, windows, estimand, groups) -> dict[str, Any]:
    """The fields with a value at every point of a series: what they read is soon written."""
    curve = _groups.learning_curve(run, estimand=estimand, window=max(windows))
    stream = _groups.primary_stream(run, curve)
    trailing = None
    if "windows" in groups:
        trailing = _groups.window_statistics(stream, _groups.lengths_stream(run), windows, target)
    return {"curve": curve, "windows": trailing, "losses": run.losses}


def _numbers(run: TrainingRun, *, target: Any, windows, estimand, groups, extra) -> dict[str, Any]:
    """The fields that reduce a run to numbers, in many passes over its series."""
    curve = _groups.learning_curve(run, estimand=estimand, window=max(windows))
    stream, window = _groups.primary_stream(run, curve), _window(run, curve, windows)
    smooth = _groups.trailing_mean(stream, window)
    reliability = _groups.reliability(stream) if "reliability" in groups else None
    curve_range = None if reliability is None else reliability.curve_range
    made = {
        "episodes": lambda: _groups.episode_statistics(run),
        "performance": lambda: _groups.performance(stream, smooth, curve, window=window, target=target),
        "stability": lambda: _groups.stability(stream, smooth, window=window, target=target),
        "drawdown": lambda: _groups.drawdown(smooth),
        "reliability": lambda: reliability,
        "convergence": lambda: _groups.convergence(stream, smooth, target=target),
        "trend": lambda: _trend_groups.trend(stream, window=window, curve_range=curve_range),
        "change_points": lambda: _trend_groups.change_points(stream),
        "entropy": lambda: _policy_groups.policy_entropy(run.policy),
        "policies": lambda: _policy_groups.policy_course(run.policies),
        "evaluation": lambda: _groups.evaluation_statistics(run.evaluation),
        "diagnostics": lambda: _trend_groups.diagnostics(run.losses),
    }
    return {
        "diverged": _groups.diverged(run, curve),
        "extra": {name: fn(run) for name, fn in extra} or None,
        **{name: make() if name in groups else None for name, make in made.items()},
    }
