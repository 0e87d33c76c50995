"""`analyze`: every statistic of a training run in one jitted call."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Literal, NamedTuple, Protocol, TypedDict, TypeVar, get_args, overload

import jax
import jax.numpy as jnp

from .. import _masked
from .._explained import explained
from .._joining import stack_runs
from .._run import BaseStudy, TrainingRun
from .._soon_compiled import SoonCompiled
from .._steps import ExactSteps
from .._types import Array, ArrayLike, Float, Int, PyTree
from .._whole import whole
from ..host import is_traced
from ..stats.one_run._change_points import ChangePoints
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
from ._convergence import Convergence
from ._curve import Curve, learning_curve
from ._diagnostics import Diagnostics
from ._diverged import Diverged
from ._drawdown import Drawdown
from ._episodes import EpisodeStatistics
from ._evaluation import EvaluationStatistics
from ._performance import Performance
from ._policies import PolicyCourse
from ._policy import GaussianEntropy, PolicyEntropy
from ._reliability import Reliability
from ._results import Analysis
from ._stability import Stability
from ._streams import Stream, Window, lengths_stream, own_window, primary_stream, stream_kind, trailing_mean
from ._trend import Trend
from ._windows import AUTO, Windows, WindowStatistics

Tree = TypeVar("Tree", bound=PyTree)
Result = TypeVar("Result", covariant=True)
Extra = Callable[[TrainingRun], PyTree]
"""A statistic of the caller's own: a function of one run, without batch axes."""

Group = Literal[
    "episodes", "windows", "performance", "stability", "drawdown", "reliability", "convergence", "trend",
    "change_points", "entropy", "policies", "evaluation", "diagnostics",
]  # fmt: skip
GROUPS: tuple[Group, ...] = get_args(Group)
"""The groups of statistics that `analyze(groups=...)` can switch."""
_ON_REQUEST: tuple[Group, ...] = ("drawdown", "reliability", "trend", "change_points")
"""Groups that take longer to compile than all others together."""
DEFAULT_GROUPS: tuple[Group, ...] = tuple(name for name in GROUPS if name not in _ON_REQUEST)
"""The groups that `analyze` computes unless it is told otherwise."""


class _Settings(NamedTuple):
    """How to analyse. Static: other settings compile again."""

    windows: tuple[int, ...] | None
    """None: the default window of each run."""
    estimand: Estimand
    groups: tuple[Group, ...]
    extra: tuple[tuple[str, Extra], ...]


class _Parts(TypedDict):
    """The fields of an Analysis that are made of each run by itself."""

    curve: Curve
    windows: Windows[WindowStatistics] | None
    total_steps: ExactSteps
    entries: Int[Array, ""]
    window: Int[Array, ""]
    diverged: Diverged
    episodes: EpisodeStatistics | None
    performance: Performance | None
    stability: Stability | None
    drawdown: Drawdown | None
    reliability: Reliability | None
    convergence: Convergence | None
    trend: Trend | None
    change_points: ChangePoints | None
    entropy: PolicyEntropy | GaussianEntropy | None
    policies: PolicyCourse | None
    evaluation: EvaluationStatistics | None
    diagnostics: Diagnostics | None
    extra: dict[str, PyTree] | None


class Studied(Protocol[Result]):
    """A study, whose results are its own kind of object."""

    def analyze_with(self, analyze: Callable[[TrainingRun], Analysis]) -> Result: ...


@overload
def analyze(
    run: TrainingRun | Sequence[TrainingRun],
    *,
    windows: int | Iterable[int] | None = None,
    target: ArrayLike | None = None,
    estimand: Estimand = "episode",
    groups: Iterable[Group] = DEFAULT_GROUPS,
    extra: Mapping[str, Extra] | None = None,
) -> Analysis: ...
@overload
def analyze(
    run: Studied[Result],
    *,
    windows: int | Iterable[int] | None = None,
    target: ArrayLike | None = None,
    estimand: Estimand = "episode",
    groups: Iterable[Group] = DEFAULT_GROUPS,
    extra: Mapping[str, Extra] | None = None,
) -> Result: ...
@explained
def analyze(
    run: TrainingRun | Sequence[TrainingRun] | BaseStudy,
    *,
    windows: int | Iterable[int] | None = None,
    target: ArrayLike | None = None,
    estimand: Estimand = "episode",
    groups: Iterable[Group] = DEFAULT_GROUPS,
    extra: Mapping[str, Extra] | None = None,
) -> Any:
    """Every statistic of a run, or of any batch of runs, as one jitted composite; a list of runs is one batch.

    Of a Study a `StudyAnalysis`: an Analysis for each of its cells, made in few programs whatever the lengths of runs.

    `windows`: sizes, in entries, of the trailing statistics, one or several; the longest is the one that scalar
    statistics read. A run that is shorter than a window has NaN there. Default: for episodes a tenth of each run's
    own, at most 100; 1 for updates and evaluations, which are means already.
    `target`: the level that counts as solved; a number, traced: another target does not compile again.
    `estimand`: which return the learning curve shows: "episode" (each run's mean over the episodes that ended in the
    update), "pooled" (the same, weighted by episodes across runs), "hold" (latest finished return of every
    environment). See `stats.update_statistics`.
    `groups`: names from `GROUPS`, default `DEFAULT_GROUPS`; a group left out costs nothing.
    `extra`: name → function of one run (no batch axes) that returns arrays; pass the same function objects again, or
    it compiles again.

    Works under jit and vmap too. Bad structure raises ValueError; NaN in the data gives NaN in every number that reads
    it, and a flag in `diverged`.

    >>> run = jv.from_arrays(np.arange(18.0).reshape(3, 6), step=np.arange(10, 70, 10))
    >>> analysis = jv.analyze(run, groups=("performance",))
    >>> np.asarray(analysis.performance.final)
    array([ 2.5,  8.5, 14.5], dtype=float32)
    """
    if not isinstance(run, TrainingRun | BaseStudy):
        run = stack_runs(_runs(run))
    if isinstance(groups, str):
        raise ValueError(f"`groups` must be a list of names, got {groups!r}: give ({groups!r},)")
    settings = _Settings(_sizes(windows), estimand, tuple(groups), tuple((extra or {}).items()))
    _check(settings)
    if target is not None:
        target = jnp.asarray(target, jnp.result_type(float))
        if target.ndim:
            raise ValueError(f"`target` must be one number, got shape {target.shape}")
        if not is_traced(target) and bool(jnp.isnan(target)):
            raise ValueError("`target` must be a number, got nan: give None if there is none")
    if isinstance(run, BaseStudy):
        return run.analyze_with(lambda batch: _of_any_metric(_analyze_batch, batch, target, settings))
    return _of_any_metric(_analyze, run, target, settings)


def _of_any_metric(
    program: Callable[..., Analysis], run: TrainingRun, target: Float[Array, ""] | None, settings: _Settings
) -> Analysis:
    """The name of the metric is no part of the program, so that another one does not compile again; functions of the
    caller may read it."""
    if settings.extra:
        return program(run, target, settings, runs_together(run))
    return replace(program(replace(run, metric=""), target, settings, runs_together(run)), metric=run.metric)


def _runs(given: Sequence[TrainingRun]) -> Sequence[TrainingRun]:
    """A list of runs; TypeError for other objects, which the decorator puts in words."""
    if not isinstance(given, list | tuple) or not all(isinstance(one, TrainingRun) for one in given):
        raise TypeError(type(given).__name__)
    return given


def _sizes(windows: int | Iterable[int] | None) -> tuple[int, ...] | None:
    """The windows that the caller named; None: none."""
    if windows is None:
        return None
    sizes: tuple[object, ...] = (windows,)
    if isinstance(windows, Iterable) and not isinstance(windows, str) and getattr(windows, "ndim", 1):
        sizes = tuple(windows)
    wanted = "positive integers, at least one, or None for each run's own"
    if not sizes:
        raise ValueError(f"`windows` must be {wanted}; got none")
    return tuple(whole(size, "windows", wanted=wanted) for size in sizes)


def _check(settings: _Settings) -> None:
    _, estimand, groups, _ = settings
    unknown = [name for name in groups if name not in GROUPS]
    if unknown:
        raise ValueError(f"`groups` must be among {', '.join(GROUPS)}; got {', '.join(map(repr, unknown))}")
    if estimand not in ESTIMANDS:
        raise ValueError(f"`estimand` must be one of {', '.join(ESTIMANDS)}; got {estimand!r}")


def _analyzed(run: TrainingRun, target: Float[Array, ""] | None, settings: _Settings, together: int | None) -> Analysis:
    parts_of = partial(_parts, target=target, settings=settings)
    shape = run.batch_shape
    if not shape:
        parts = parts_of(run)
    else:
        runs = jax.tree.map(lambda leaf: leaf.reshape(math.prod(shape), *leaf.shape[len(shape) :]), run)
        parts = _unflattened(map_in_chunks(jax.vmap(parts_of), runs, together), shape)
    named = settings.windows is not None
    words = {"metric": run.metric, "minimize": run.minimize, "kind": stream_kind(run), "window_named": named}
    return Analysis(**parts, losses=run.losses, target=target, **words)


_analyze_batch = SoonCompiled(_analyzed, (2, 3))
_analyze = _analyze_batch.plain


def _unflattened(results: Tree, shape: tuple[int, ...]) -> Tree:
    """Results of runs along one axis, with the batch axes of the runs."""
    return jax.tree.map(lambda leaf: leaf.reshape(*shape, *leaf.shape[1:]), results)


def _window(stream: Stream, settings: _Settings) -> Window:
    """The window that scalar statistics read: the longest that the caller named, or the run's own."""
    return own_window(stream) if settings.windows is None else max(settings.windows)


def _longest(settings: _Settings) -> int | None:
    return None if settings.windows is None else max(settings.windows)


def _named(window: Window, settings: _Settings) -> dict[str, Window]:
    """The windows of the trailing statistics by their names."""
    if settings.windows is None:
        return {AUTO: window}
    return {str(size): size for size in settings.windows}


def _parts(run: TrainingRun, *, target: Float[Array, ""] | None, settings: _Settings) -> _Parts:
    """The statistics of one run, made in many passes over its series."""
    groups, minimize = settings.groups, run.minimize
    curve, stream = learning_curve(run, estimand=settings.estimand), primary_stream(run, settings.estimand)
    window = _window(stream, settings)
    smooth = trailing_mean(stream, window)
    better, better_smooth = stream.oriented(minimize), smooth.oriented(minimize)
    goal = -target if minimize and target is not None else target
    reliability = _reliability.reliability(stream, minimize=minimize) if "reliability" in groups else None
    curve_range = None if reliability is None else reliability.curve_range

    def wanted(group: Group, make: Callable[[], Tree]) -> Tree | None:
        return make() if group in groups else None

    return {
        "curve": curve,
        "windows": wanted(
            "windows",
            lambda: _windows.window_statistics(
                stream, smooth, lengths_stream(run, stream), _named(window, settings), target, minimize=minimize
            ),
        ),
        "total_steps": stream.total,
        "entries": _masked.count(stream.valid),
        "window": jnp.asarray(window, jnp.int32),
        "diverged": _diverged.diverged(run, stream),
        "episodes": wanted("episodes", lambda: _episodes.episode_statistics(run)),
        "performance": wanted(
            "performance",
            lambda: _performance.performance(stream, smooth, curve, window=window, target=target, minimize=minimize),
        ),
        "stability": wanted("stability", lambda: _stability.stability(better, better_smooth, target=goal)),
        "drawdown": wanted("drawdown", lambda: _drawdown.drawdown(better_smooth)),
        "reliability": reliability,
        "convergence": wanted("convergence", lambda: _convergence.convergence(better, better_smooth, target=goal)),
        "trend": wanted("trend", lambda: _trend.trend(stream, window=_longest(settings), curve_range=curve_range)),
        "change_points": wanted("change_points", lambda: _change_points.change_points(stream)),
        "entropy": wanted("entropy", lambda: _policy.policy_entropy(run.policy)),
        "policies": wanted("policies", lambda: _policies.policy_course(run.policies)),
        "evaluation": wanted("evaluation", lambda: _evaluation.evaluation_statistics(run)),
        "diagnostics": wanted("diagnostics", lambda: _diagnostics.diagnostics(run.losses)),
        "extra": {name: statistic(run) for name, statistic in settings.extra} or None,
    }
