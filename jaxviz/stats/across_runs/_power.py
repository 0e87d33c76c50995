"""Power: how many seeds it takes to tell two algorithms apart."""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from ... import _levels, _masked
from ..._explained import explained
from ..._half import computed_in_single
from ..._types import Array, ArrayLike, Bool, Float, Int, PRNGKeyArray
from .._engine._distributions import t_cdf, t_critical
from .._engine._draws import draw_ranks, replicate_words
from ._significance import MaskX, MaskY, RunsX, RunsY, welch_test

REPLICATES_AT_ONCE = 256
"""Simulated experiments under one `vmap`: enough for the vector lanes, few enough for the cache."""


@explained
@computed_in_single(narrow=False)
def power(s_x: ArrayLike, s_y: ArrayLike, effect: ArrayLike, n: ArrayLike, level: ArrayLike = 0.95) -> Float[Array, ""]:
    """Power of Welch's test with n runs per algorithm.

    1 − F_ν(t_{1−α/2, ν} − t_ε),  t_ε = |effect|/√((s²ₓ + s²_y)/n),  ν = (s²ₓ + s²_y)²(n − 1)/(s⁴ₓ + s⁴_y)

    Shapes: scalars → []. `s_x`, `s_y` standard deviations over runs, `effect` the difference of means, in units of the
    score. Pure number in [0, 1], ↑. n < 2 or no spread → NaN. The critical value is two-sided; a shifted central t
    stands for the noncentral one (β 0.755 against 0.714 at n = 5, 0.447 against 0.438 at n = 10, equal from n = 17 on
    at s = effect = 1). flowersteam/rl-difference-testing puts a one-sided critical value under a two-sided test.

    >>> round(float(stats.power(1.0, 1.0, 2.0, 5)), 3)
    0.792
    """
    n = _masked.as_float(n)
    s_x, s_y, effect = (jnp.asarray(v, n.dtype) for v in (s_x, s_y, effect))
    unit = _masked.power_of_two(s_x, s_y)
    s_x, s_y, effect = s_x / unit, s_y / unit, effect / unit
    variance = s_x * s_x + s_y * s_y
    share = _masked.ratio(s_x * s_x, variance)
    nu = (n - 1) / (share * share + (1 - share) * (1 - share))
    t = _masked.ratio(jnp.abs(effect), _masked.safe_sqrt(variance / jnp.maximum(n, 1)))
    missed = t_cdf(t_critical(1 - _levels.level(level, n.dtype), nu) - t, nu)
    return _masked.undefined_unless(n >= 2, 1 - missed)


@explained
@computed_in_single(narrow=False)
def seeds_needed(
    s_x: ArrayLike,
    s_y: ArrayLike,
    effect: ArrayLike,
    *,
    power: ArrayLike = 0.8,
    level: ArrayLike = 0.95,
    n_max: int = 1000,
) -> Float[Array, ""]:
    """Least number of runs per algorithm, at most `n_max`, with which Welch's test has the wanted power.

    min{n : power(s_x, s_y, effect, n) ≥ power}. Shapes: scalars → []. Unit runs, ↓. Not reached, or no effect, → NaN.

    >>> round(float(stats.seeds_needed(1.0, 1.0, 1.0)), 3)
    17.0
    """
    if n_max < 2:
        raise ValueError(f"`n_max` must be at least 2, got {n_max}")
    n = jnp.arange(2, n_max + 1, dtype=_masked.as_float(s_x).dtype)
    level, power = _levels.level(level, n.dtype), _levels.level(power, n.dtype, name="power")
    reached = jax.vmap(lambda n: _power(s_x, s_y, effect, n, level))(n) >= power
    return _masked.undefined_unless(jnp.any(reached) & (_masked.as_float(effect) != 0), n[jnp.argmax(reached)])


_power = power  # `power` is also the name of an argument


@explained
@computed_in_single(narrow=False)
def simulated_power(
    key: PRNGKeyArray,
    x: RunsX,
    y: RunsY,
    n: int,
    *,
    test: Callable[..., Any] = welch_test,
    level: ArrayLike = 0.95,
    reps: int = 2000,
    valid_x: MaskX | None = None,
    valid_y: MaskY | None = None,
) -> Float[Array, ""]:
    """Share of simulated experiments, n runs drawn from each pilot sample, in which the test rejects.

    Shapes: [run], [run], static n → []. Pure number in [0, 1], ↑. `test(x, y)` returns a Module with a `p_value`. An
    experiment whose test is undefined does not reject; no valid run in a pilot → NaN. A small pilot understates the
    tails, so the power is optimistic.

    >>> x, y = np.array([3.0, 4.0, 5.0, 6.0]), np.array([1.0, 2.0, 3.0, 4.0])
    >>> round(float(stats.simulated_power(jax.random.key(0), x, y + 100, 4, reps=100)), 3)
    1.0
    """
    if n < 1 or reps < 1:
        raise ValueError(f"`n` and `reps` must be at least 1, got {n} and {reps}")
    pilots = [_present_first(*_masked.stream(z, v, name=k)) for k, z, v in (("x", x, valid_x), ("y", y, valid_y))]
    if not all(runs.shape[0] for runs, _ in pilots):
        return jnp.full((), jnp.nan, pilots[0][0].dtype)
    alpha = 1 - _levels.level(level, pilots[0][0].dtype)
    rejected = _simulate(key, pilots, alpha, n, test, reps)
    some = (pilots[0][1] > 0) & (pilots[1][1] > 0)
    return _masked.undefined_unless(
        some & ~jnp.isnan(alpha), _masked.part_of(jnp.sum(rejected, dtype=alpha.dtype), rejected.size)
    )


@partial(jax.jit, static_argnames=("n", "test", "reps"))
def _simulate(
    key: PRNGKeyArray,
    pilots: list[tuple[Float[Array, " run"], Int[Array, ""]]],
    alpha: Float[Array, ""],
    n: int,
    test: Callable[..., Any],
    reps: int,
) -> Bool[Array, " replicate"]:
    def one(b: Int[Array, ""]) -> Bool[Array, ""]:
        words = replicate_words(key, b)
        x, y = (
            runs[draw_ranks(words, n, size[None], first_stream=stream)[:, 0]]
            for stream, (runs, size) in enumerate(pilots)
        )
        return test(x, y).p_value < alpha

    return jax.lax.map(one, jnp.arange(reps, dtype=jnp.int32), batch_size=min(reps, REPLICATES_AT_ONCE))


def _present_first(
    x: Float[Array, " run"], present: Bool[Array, " run"]
) -> tuple[Float[Array, " run"], Int[Array, ""]]:
    """The runs with those that exist in front, and how many these are."""
    return x[jnp.argsort(~present, stable=True)], _masked.count(present)
