"""`analyze`: every statistic of a training run in one jitted call."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Literal, NamedTuple, TypedDict, TypeVar, get_args

import jax
import jax.numpy as jnp

from .._joining import stack_runs
from .._run import LossSeries, TrainingRun
from .._types import Array, ArrayLike, Float, PyTree
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
from ._streams import lengths_stream, primary_stream, trailing_mean
from ._trend import Trend
from ._windows import WindowStatistics

Tree = TypeVar("Tree", bound=PyTree)
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

    windows: tuple[int, ...]
    estimand: Estimand
    groups: tuple[Group, ...]
    extra: tuple[tuple[str, Extra], ...]


class _Series(TypedDict):
    """The fields of an Analysis that have a value at every point of a series."""

    curve: Curve
    windows: dict[str, WindowStatistics] | None
    losses: LossSeries | None


class _Numbers(TypedDict):
    """The fields of an Analysis that reduce a run to numbers."""

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


def analyze(
    run: TrainingRun | Sequence[TrainingRun],
    *,
    windows: Iterable[int] = (100,),
    target: ArrayLike | None = None,
    estimand: Estimand = "episode",
    groups: Iterable[Group] = DEFAULT_GROUPS,
    extra: Mapping[str, Extra] | None = None,
) -> Analysis:
    """Every statistic of a run, or of any batch of runs, as one jitted composite; a list of runs is one batch.

    `windows`: sizes, in episodes, of the trailing statistics; the longest is the one that scalar statistics read
    (shortened to the stream if that is shorter).
    `target`: the return that counts as solved; a number, traced: another target does not compile again.
    `estimand`: which return the learning curve shows: "episode" (each run's mean over the episodes that ended in the
    update), "pooled" (the same, weighted by episodes across runs), "hold" (latest finished return of every
    environment). See `stats.update_statistics`.
    `groups`: names from `GROUPS`, default `DEFAULT_GROUPS`; a group left out costs nothing.
    `extra`: name → function of one run (no batch axes) that returns arrays; pass the same function objects again, or
    it compiles again.

    Works under jit and vmap too. Bad structure raises ValueError; NaN in the data gives NaN in every number that reads
    it, and a flag in `diverged`.
    """
    run = run if isinstance(run, TrainingRun) else stack_runs(run)
    settings = _Settings(tuple(windows), estimand, tuple(groups), tuple((extra or {}).items()))
    _check(settings)
    if target is not None:
        target = jnp.asarray(target, jnp.result_type(float))
        if target.ndim:
            raise ValueError(f"`target` must be one number, got shape {target.shape}")
    return _analyze(run, target, settings, runs_together(run))


def _check(settings: _Settings) -> None:
    windows, estimand, groups, _ = settings
    if not windows or any(not isinstance(w, int) or w < 1 for w in windows):
        raise ValueError(f"`windows` must be positive integers, at least one; got {windows}")
    unknown = [name for name in groups if name not in GROUPS]
    if unknown:
        raise ValueError(f"`groups` must be among {', '.join(GROUPS)}; got {', '.join(map(repr, unknown))}")
    if estimand not in ESTIMANDS:
        raise ValueError(f"`estimand` must be one of {', '.join(ESTIMANDS)}; got {estimand!r}")


@partial(jax.jit, static_argnums=(2, 3))
def _analyze(run: TrainingRun, target: Float[Array, ""] | None, settings: _Settings, together: int | None) -> Analysis:
    series_of = partial(_series, target=target, settings=settings)
    numbers_of = partial(_numbers, target=target, settings=settings)
    shape = run.batch_shape
    if not shape:
        series, numbers = series_of(run), numbers_of(run)
    else:
        runs = jax.tree.map(lambda leaf: leaf.reshape(math.prod(shape), *leaf.shape[len(shape) :]), run)
        series = _unflattened(jax.vmap(series_of)(runs), shape)
        numbers = _unflattened(map_in_chunks(jax.vmap(numbers_of), runs, together), shape)
    return Analysis(**series, **numbers, target=target, window=_window(run, series["curve"], settings))


def _unflattened(results: Tree, shape: tuple[int, ...]) -> Tree:
    """Results of runs along one axis, with the batch axes of the runs."""
    return jax.tree.map(lambda leaf: leaf.reshape(*shape, *leaf.shape[1:]), results)


def _window(run: TrainingRun, curve: Curve, settings: _Settings) -> int:
    """The longest window, shortened to the stream if that is shorter."""
    return max(1, min(max(settings.windows), primary_stream(run, curve).x.shape[-1]))


def _series(run: TrainingRun, *, target: Float[Array, ""] | None, settings: _Settings) -> _Series:
    """The series of one run. Apart from `_numbers`: one pass writes them, so they need no chunks."""
    curve = learning_curve(run, estimand=settings.estimand, window=max(settings.windows))
    trailing = None
    if "windows" in settings.groups:
        stream, lengths = primary_stream(run, curve), lengths_stream(run)
        trailing = _windows.window_statistics(stream, lengths, settings.windows, target)
    return {"curve": curve, "windows": trailing, "losses": run.losses}


def _numbers(run: TrainingRun, *, target: Float[Array, ""] | None, settings: _Settings) -> _Numbers:
    """The numbers of one run, made in many passes over its series."""
    groups = settings.groups
    curve = learning_curve(run, estimand=settings.estimand, window=max(settings.windows))
    stream, window = primary_stream(run, curve), _window(run, curve, settings)
    smooth = trailing_mean(stream, window)
    reliability = _reliability.reliability(stream) if "reliability" in groups else None
    curve_range = None if reliability is None else reliability.curve_range

    def wanted(group: Group, make: Callable[[], Tree]) -> Tree | None:
        return make() if group in groups else None

    return {
        "diverged": _diverged.diverged(run, curve),
        "episodes": wanted("episodes", lambda: _episodes.episode_statistics(run)),
        "performance": wanted(
            "performance", lambda: _performance.performance(stream, smooth, curve, window=window, target=target)
        ),
        "stability": wanted("stability", lambda: _stability.stability(stream, smooth, window=window, target=target)),
        "drawdown": wanted("drawdown", lambda: _drawdown.drawdown(smooth)),
        "reliability": reliability,
        "convergence": wanted("convergence", lambda: _convergence.convergence(stream, smooth, target=target)),
        "trend": wanted("trend", lambda: _trend.trend(stream, window=window, curve_range=curve_range)),
        "change_points": wanted("change_points", lambda: _change_points.change_points(stream)),
        "entropy": wanted("entropy", lambda: _policy.policy_entropy(run.policy)),
        "policies": wanted("policies", lambda: _policies.policy_course(run.policies)),
        "evaluation": wanted("evaluation", lambda: _evaluation.evaluation_statistics(run.evaluation)),
        "diagnostics": wanted("diagnostics", lambda: _diagnostics.diagnostics(run.losses)),
        "extra": {name: statistic(run) for name, statistic in settings.extra} or None,
    }
