"""Score distributions over runs and tasks: performance profiles, and numbers read from them."""

import jax.numpy as jnp

from ... import _levels, _masked
from ..._explained import explained
from ..._half import computed_in_single
from ..._types import Array, ArrayLike, Bool, Float, Int
from .._engine._distributions import level_z
from .._engine._sorting import sort
from ._scores import CellMask, scores_and_validity, task_means


@explained
@computed_in_single("thresholds")
def performance_profile(
    scores: ArrayLike, thresholds: ArrayLike, *, valid: CellMask | None = None
) -> Float[Array, "*threshold"]:
    """Share of runs that score more than each threshold; runs within each task first, so that tasks weigh equally.

    F(τ) = (1/M) Σ_t (1/N_t) Σ_n 1[X_{nt} > τ], strict

    Shapes: [run] or [run, task], thresholds of any shape → the shape of the thresholds. Pure number in [0, 1], ↑,
    non-increasing in τ. A task without a valid run or a NaN score → NaN. Source: rliable (equal).

    >>> scores = np.array([[0.5, 1.0], [0.7, 2.0], [0.9, 3.0], [1.1, 4.0]])  # [run, task]
    >>> print(stats.performance_profile(scores[:, 0], np.array([0.0, 0.8, 2.5])))
    [1.  0.5 0. ]
    """
    x, present = _table(scores, valid)
    above = _exceeds(x, thresholds)
    share = _masked.part_of(
        jnp.sum(_masked.blank(above, jnp.broadcast_to(present[..., None], above.shape)), axis=0),
        jnp.sum(present, axis=0, dtype=jnp.int32)[:, None],
    )
    return _defined(_masked.part_of(jnp.sum(share, axis=0), share.shape[0]), x, thresholds)


@explained
@computed_in_single("thresholds")
def average_score_profile(
    scores: ArrayLike, thresholds: ArrayLike, *, valid: CellMask | None = None
) -> Float[Array, "*threshold"]:
    """Share of tasks whose mean score is more than each threshold.

    F(τ) = (1/M) Σ_t 1[(1/N_t) Σ_n X_{nt} > τ], strict

    Shapes: [run] or [run, task], thresholds of any shape → the shape of the thresholds. Pure number in [0, 1], ↑. It
    hides the spread over runs. A task without a valid run or a NaN score → NaN. Source: rliable (equal).

    >>> scores = np.array([[0.5, 1.0], [0.7, 2.0], [0.9, 3.0], [1.1, 4.0]])  # [run, task]
    >>> print(stats.average_score_profile(scores, np.array([0.0, 0.8, 2.5])))
    [1.  0.5 0. ]
    """
    x, present = _table(scores, valid)
    means = task_means(x, present)
    above = jnp.sum(_exceeds(means, thresholds), axis=0)
    return _defined(_masked.part_of(above, means.shape[0]), means, thresholds)


@explained
def superhuman_share(
    scores: ArrayLike, *, of_task_means: bool = False, valid: CellMask | None = None
) -> Float[Array, ""]:
    """Share of runs (or, `of_task_means`, of tasks) that score more than 1 on the human-normalised scale.

    `performance_profile`, or `average_score_profile`, at τ = 1: a score, or a task mean, of exactly 1 does not count.
    Shapes: [run] or [run, task] → []. Pure number in [0, 1], ↑. A task without a valid run → NaN.

    >>> scores = np.array([[0.5, 1.0], [0.7, 2.0], [0.9, 3.0], [1.1, 4.0]])  # [run, task]
    >>> round(float(stats.superhuman_share(scores)), 3)
    0.5
    """
    profile = average_score_profile if of_task_means else performance_profile
    return profile(scores, 1.0, valid=valid)


@explained
@computed_in_single()
def difficulty_progress(scores: ArrayLike, share: ArrayLike, *, valid: CellMask | None = None) -> Float[Array, ""]:
    """Mean of the hardest share of the cells.

    (1/k) Σ_{i≤k} x₍ᵢ₎,  k = ⌊share·n⌋ of n valid cells

    Shapes: [run] or [run, task] → []. Unit: score, ↑. k = 0 or a NaN score → NaN. share must be in [0, 1].

    >>> scores = np.array([[0.5, 1.0], [0.7, 2.0], [0.9, 3.0], [1.1, 4.0]])  # [run, task]
    >>> round(float(stats.difficulty_progress(scores, 0.5)), 3)
    0.775
    """
    x, present = _table(scores, valid)
    share = _levels.level(share, x.dtype, name="share", within="[0, 1]")
    ordered = sort(_masked.blank(x, present, jnp.inf).ravel())
    k = jnp.floor(share * _masked.count(present).astype(x.dtype)).astype(jnp.int32)
    lowest = _masked.mean_of_part(ordered, jnp.zeros_like(k), k)
    return _masked.undefined_unless((share <= 1) & ~jnp.isnan(ordered[-1:]).any(), lowest)


def profile_ends(
    above: Int[Array, "algorithm task threshold"],
    runs: Int[Array, "algorithm task"],
    tasks: Bool[Array, " task"],
    level: Float[Array, ""],
) -> tuple[Float[Array, "algorithm threshold"], ...]:
    """F(τ) of each algorithm over some tasks, and both ends of Wilson's interval of n/ρ runs (see `comparison`)."""
    k, n, there = above.astype(level.dtype), runs.astype(level.dtype)[..., None], tasks[None, :, None]
    number = jnp.sum(tasks).astype(level.dtype)

    def mean(a: Float[Array, "algorithm task _"]) -> Float[Array, "algorithm _"]:
        return _masked.ratio(jnp.sum(_masked.blank(a, jnp.broadcast_to(there, a.shape)), axis=1), number)

    each = 1 / jnp.maximum(n, 1)
    share, drawn_in = mean(k * each), (k + 0.5) / (n + 1)
    middle, inverse = mean(drawn_in), mean(each)
    narrowed = jnp.minimum(mean(drawn_in * (1 - drawn_in) * each) / (middle * (1 - middle) * inverse), 1)
    z = level_z(level, level.dtype)
    wide = z * z * narrowed * inverse / number
    centre = (share + wide / 2) / (1 + wide)
    half = jnp.sqrt(wide * share * (1 - share) + wide * wide / 4) / (1 + wide)
    low, high = jnp.maximum(centre - half, 0), jnp.minimum(centre + half, 1)
    return share, jnp.where(share <= 0, 0, low), jnp.where(share >= 1, 1, high)


def _table(scores: ArrayLike, valid: CellMask | None) -> tuple[Float[Array, "run task"], Bool[Array, "run task"]]:
    x, present = scores_and_validity(scores, valid)
    if x.ndim != 2:
        raise ValueError(f"`scores` must be [run] or [run, task], got shape {x.shape}: batch with jax.vmap")
    return x, present


def _exceeds(x: Float[Array, "..."], thresholds: ArrayLike) -> Float[Array, "... threshold"]:
    """1[x > τ] as numbers, with all thresholds along a last axis."""
    thresholds = jnp.asarray(thresholds, x.dtype).ravel()
    return (x[..., None] > thresholds.reshape((1,) * x.ndim + (-1,))).astype(x.dtype)


def _defined(
    profile: Float[Array, " threshold"], x: Float[Array, "..."], thresholds: ArrayLike
) -> Float[Array, "*threshold"]:
    return _masked.undefined_unless(~jnp.any(jnp.isnan(x)), profile).reshape(jnp.shape(thresholds))
