"""`analyze`: every statistic of a training run in one jitted call."""

import math
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Literal, get_args

import jax
import jax.numpy as jnp

from .._run import TrainingRun
from .._types import ArrayLike, PyTree
from ..stats.one_run._episodes import ESTIMANDS, Estimand
from . import (
    _change_points,
    _convergence,
    _diagnostics,
    _diverged,
    _drawdown,
    _episodes,
    _evaluation,
    _performance,
    _policies,
    _policy,
    _reliability,
    _stability,
    _trend,
    _windows,
)
from ._chunks import map_in_chunks, runs_together
from ._curve import Curve, learning_curve
from ._results import Analysis
from ._streams import lengths_stream, primary_stream, trailing_mean

Group = Literal[
    "episodes", "windows", "performance", "stability", "drawdown", "reliability", "convergence", "trend",
    "change_points", "entropy", "policies", "evaluation", "diagnostics",
]  # fmt: skip
GROUPS: tuple[Group, ...] = get_args(Group)
"""The groups of statistics that `analyze(groups=...)` can switch."""
_ON_REQUEST = ("drawdown", "reliability", "trend", "change_points")
DEFAULT_GROUPS: tuple[Group, ...] = tuple(name for name in GROUPS if name not in _ON_REQUEST)
"""What `analyze` computes unless it is told otherwise: the others take longer to compile than all of these."""


def analyze(
    run: TrainingRun,
    *,
    windows: Iterable[int] = (100,),
    target: ArrayLike | None = None,
    estimand: Estimand = "episode",
    groups: Iterable[Group] = DEFAULT_GROUPS,
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


def _window(run: TrainingRun, curve: Curve, windows: tuple[int, ...]) -> int:
    """The longest window, shortened to the stream where that is shorter."""
    return max(1, min(max(windows), primary_stream(run, curve).x.shape[-1]))


def _series(run: TrainingRun, *, target: Any, windows, estimand, groups) -> dict[str, Any]:
    """The fields with a value at every point of a series: what they read is soon written."""
    curve = learning_curve(run, estimand=estimand, window=max(windows))
    stream = primary_stream(run, curve)
    trailing = None
    if "windows" in groups:
        trailing = _windows.window_statistics(stream, lengths_stream(run), windows, target)
    return {"curve": curve, "windows": trailing, "losses": run.losses}


def _numbers(run: TrainingRun, *, target: Any, windows, estimand, groups, extra) -> dict[str, Any]:
    """The fields that reduce a run to numbers, in many passes over its series."""
    curve = learning_curve(run, estimand=estimand, window=max(windows))
    stream, window = primary_stream(run, curve), _window(run, curve, windows)
    smooth = trailing_mean(stream, window)
    reliability = _reliability.reliability(stream) if "reliability" in groups else None
    curve_range = None if reliability is None else reliability.curve_range
    made = {
        "episodes": lambda: _episodes.episode_statistics(run),
        "performance": lambda: _performance.performance(stream, smooth, curve, window=window, target=target),
        "stability": lambda: _stability.stability(stream, smooth, window=window, target=target),
        "drawdown": lambda: _drawdown.drawdown(smooth),
        "reliability": lambda: reliability,
        "convergence": lambda: _convergence.convergence(stream, smooth, target=target),
        "trend": lambda: _trend.trend(stream, window=window, curve_range=curve_range),
        "change_points": lambda: _change_points.change_points(stream),
        "entropy": lambda: _policy.policy_entropy(run.policy),
        "policies": lambda: _policies.policy_course(run.policies),
        "evaluation": lambda: _evaluation.evaluation_statistics(run.evaluation),
        "diagnostics": lambda: _diagnostics.diagnostics(run.losses),
    }
    return {
        "diverged": _diverged.diverged(run, curve),
        "extra": {name: fn(run) for name, fn in extra} or None,
        **{name: make() if name in groups else None for name, make in made.items()},
    }
