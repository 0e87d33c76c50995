"""All pairs of algorithms: differences, tests, verdicts."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp

from .._soon_compiled import jit_lightly
from .._types import Array, Bool, Float, Int, PRNGKeyArray
from ..stats.across_runs import benjamini_hochberg, benjamini_yekutieli, bonferroni, holm
from ..stats.across_runs._improvement import improvement_ends
from ..stats.across_runs._moderated import moderated_welch
from ..stats.resampling import Interval
from ..stats.resampling._algorithms import AGGREGATES, Replicated
from ..stats.resampling._differences import Bounds, Differences, differences_apart, differences_of
from ..stats.resampling._estimators import difference_in
from ..stats.resampling._relabelled import relabelled
from ..stats.resampling._sign_flips import sign_flipped
from ._influence import without_tasks
from ._results import BETTER, EQUAL, UNDECIDED, WORSE, Pairs
from ._seeds import further_seeds
from ._settings import ESTIMATORS, Correction, Estimator, Population, Settings
from ._task_differences import differences_by_task

ADJUST: dict[Correction, Callable[[Float[Array, " pair"]], Float[Array, " pair"]]] = {
    "holm": holm,
    "bonferroni": bonferroni,
    "benjamini_hochberg": benjamini_hochberg,
    "benjamini_yekutieli": benjamini_yekutieli,
    "none": lambda p: p,
}


class Levels(NamedTuple):
    """What is asked of intervals and verdicts."""

    level: Float[Array, ""]
    """Of the intervals that are not adjusted."""
    alpha: Float[Array, ""]
    """Share of experiments with equal algorithms in which any verdict may be false, at this look."""
    margin: Float[Array, ""]
    """NaN if none was named."""


def compared_pairs(
    keys: tuple[PRNGKeyArray, PRNGKeyArray],
    x: Float[Array, "algorithm run task"],
    ranked: Float[Array, "algorithm run task"],
    present: Bool[Array, "algorithm run task"],
    found: Replicated,
    levels: Levels,
    settings: Settings,
) -> Pairs:
    """Every pair. Higher is better in `x`; `ranked` is x with −∞ for runs that diverged; `keys`: for differences, p."""
    pairs = jnp.asarray(settings.pairs or ((0, 0),), jnp.int32)
    aggregate = AGGREGATES.index(settings.estimator)
    if settings.complete:
        differences = differences_of(found, aggregate, pairs, settings.population)
    else:
        differences = differences_apart(
            keys[0], x, present, aggregate, pairs, population=settings.population, reps=settings.reps
        )
    by_task = differences_by_task(x, present, pairs)
    p = _p_values(keys[1], x, present, by_task, pairs, settings)
    chosen = _Chosen(settings.estimator, settings.correction, settings.population, settings.reps)
    judged = _judged(x, ranked, present, pairs, differences, by_task, p, levels, chosen)
    return judged if settings.pairs else jax.tree.map(lambda leaf: leaf[:0] if leaf.ndim else leaf, judged)


class _Chosen(NamedTuple):
    """What of the settings verdicts depend on."""

    estimator: Estimator
    correction: Correction
    population: Population
    reps: int


@jit_lightly(static_argnames="chosen")
def _judged(
    x: Float[Array, "algorithm run task"],
    ranked: Float[Array, "algorithm run task"],
    present: Bool[Array, "algorithm run task"],
    pairs: Int[Array, "pair 2"],
    differences: Differences,
    by_task: Float[Array, "pair task"],
    p: Float[Array, " pair"],
    levels: Levels,
    chosen: _Chosen,
) -> Pairs:
    """The verdicts from differences and p-values."""
    level, alpha, margin = levels
    adjusted_p = ADJUST[chosen.correction](p)
    own_level = 1 - alpha * _share_of_alpha(p, chosen.correction, alpha)
    plain_level = jnp.broadcast_to(level, p.shape)
    plain, own, short = differences.bounds_at(jnp.stack([plain_level, own_level, 2 * own_level - 1]))
    interval = _interval(differences.estimate, plain, plain_level, present, pairs, chosen)
    adjusted = _interval(differences.estimate, own, own_level, present, pairs, chosen)
    verdict = _verdicts(own, adjusted_p <= alpha, short, margin)
    improvement = _improvement(ranked, present, pairs, level)
    without = without_tasks(x, present, pairs, chosen.estimator)
    both = ~jnp.isnan(by_task)
    return Pairs(
        first=pairs[:, 0],
        second=pairs[:, 1],
        difference=interval,
        adjusted=adjusted,
        improvement=improvement,
        cliffs_delta=2 * improvement.estimate - 1,
        p_value=p,
        adjusted_p=adjusted_p,
        wins=jnp.sum(both & (by_task > 0), axis=1, dtype=jnp.int32),
        losses=jnp.sum(both & (by_task < 0), axis=1, dtype=jnp.int32),
        ties=jnp.sum(both & (by_task == 0), axis=1, dtype=jnp.int32),
        by_task=by_task,
        without=without,
        hangs_on=_hangs_on(adjusted, without, verdict),
        further_seeds=further_seeds(differences, own_level, interval.n, margin, verdict),
        verdict=verdict,
    )


def _p_values(
    key: PRNGKeyArray,
    x: Float[Array, "algorithm run task"],
    present: Bool[Array, "algorithm run task"],
    by_task: Float[Array, "pair task"],
    pairs: Int[Array, "pair 2"],
    settings: Settings,
) -> Float[Array, " pair"]:
    if settings.population == "tasks like these":
        return sign_flipped(key, by_task, ~jnp.isnan(by_task), reps=settings.relabellings)
    if settings.few:
        return moderated_welch(x[..., 0], present[..., 0], pairs)
    return relabelled(
        key, x, present, pairs, trimmed=settings.estimator == "iqm", alike=settings.alike, exact=settings.exact,
        reps=settings.relabellings,
    )  # fmt: skip


def _share_of_alpha(p: Float[Array, " pair"], correction: Correction, alpha: Float[Array, ""]) -> Float[Array, " pair"]:
    """The part of α at which each pair is tested: for Holm 1/(m − i + 1) for the i-th smallest p."""
    known = ~jnp.isnan(p)
    m = jnp.maximum(jnp.sum(known), 1).astype(p.dtype)
    if correction == "none":
        return jnp.ones_like(p)
    if correction == "bonferroni":
        return jnp.broadcast_to(1 / m, p.shape)
    if correction == "holm":
        smaller = jnp.sum(known[None] & (p[None] < p[:, None]), axis=1).astype(p.dtype)
        return 1 / jnp.maximum(m - smaller, 1)
    rejected = jnp.sum(ADJUST[correction](p) <= alpha).astype(p.dtype)  # false coverage of what is selected (FCR)
    penalty = 1 if correction == "benjamini_hochberg" else jnp.sum(1 / jnp.arange(1, p.shape[0] + 1, dtype=p.dtype))
    return jnp.broadcast_to(jnp.maximum(rejected, 1) / (m * penalty), p.shape)


def _interval(
    estimate: Float[Array, " pair"],
    bounds: Bounds,
    level: Float[Array, " pair"],
    present: Bool[Array, "algorithm run task"],
    pairs: Int[Array, "pair 2"],
    chosen: _Chosen,
) -> Interval:
    runs, tasks = _counts(present, pairs)
    unit = "cell" if chosen.population == "these tasks" else "task+run"
    return Interval(
        estimate, *bounds, runs, tasks, level, jnp.zeros((), jnp.int32), "scaled", unit, chosen.reps,
        difference_in(ESTIMATORS[chosen.estimator]),
    )  # fmt: skip


def _verdicts(
    adjusted: Bounds,
    significant: Bool[Array, " pair"],
    equal: Bounds,
    margin: Float[Array, ""],
) -> Int[Array, " pair"]:
    """A difference is told from 0 if the interval and the test agree; inside the margin it does not matter."""
    better, worse = significant & (adjusted[0] > 0), significant & (adjusted[1] < 0)
    same = (equal[0] > -margin) & (equal[1] < margin)
    verdict = jnp.where(better, BETTER, jnp.where(worse, WORSE, UNDECIDED))
    return jnp.where(same, EQUAL, verdict).astype(jnp.int32)


def _counts(
    present: Bool[Array, "algorithm run task"], pairs: Int[Array, "pair 2"]
) -> tuple[Int[Array, " pair"], Int[Array, " pair"]]:
    """Runs of that one of each pair that has fewer, and the tasks that both have."""
    both = jnp.all(jnp.any(present[pairs], axis=2), axis=1)
    runs = jnp.sum(present[pairs] & both[:, None, None], axis=2, dtype=jnp.int32)
    return jnp.min(jnp.max(runs, axis=2), axis=1), jnp.sum(both, axis=1, dtype=jnp.int32)


def _improvement(
    ranked: Float[Array, "algorithm run task"],
    present: Bool[Array, "algorithm run task"],
    pairs: Int[Array, "pair 2"],
    level: Float[Array, ""],
) -> Interval:
    def ends(pair: Int[Array, "2"]) -> tuple[Float[Array, ""], Float[Array, ""], Float[Array, ""]]:
        a, b = pair
        return improvement_ends(ranked[a], ranked[b], present[a], present[b], level)

    p, low, high = jax.lax.map(ends, pairs)
    runs, tasks = _counts(present, pairs)
    zero = jnp.zeros((), jnp.int32)
    return Interval(p, low, high, runs, tasks, level, zero, "score", "none", 0, "probability of improvement")


def _hangs_on(
    adjusted: Interval, without: Float[Array, "pair task"], verdict: Int[Array, " pair"]
) -> Int[Array, " pair"]:
    """The task that moves the difference most, if what is left is within the arm of the interval that reaches 0."""
    d = adjusted.estimate
    arm = jnp.where(d > 0, d - adjusted.low, adjusted.high - d)[:, None]
    left = jnp.where(jnp.isnan(without), jnp.inf, jnp.sign(d)[:, None] * without)
    most = jnp.argmin(left, axis=1).astype(jnp.int32)
    told = (verdict == BETTER) | (verdict == WORSE)
    lost = jnp.min(left, axis=1, initial=jnp.inf) <= arm[:, 0]
    return jnp.where(told & lost & (without.shape[1] > 1), most, -1)
