"""Differences of an aggregate between pairs of algorithms, with bounds at any level."""

from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp

from ... import _masked
from ..._soon_compiled import jit_lightly
from ..._types import Array, Bool, Float, Int, PRNGKeyArray
from .._engine._distributions import level_z, t_critical
from .._engine._intervals import Bounds as Bounds
from .._engine._intervals import minus, quantile_of_sorted, stretched
from ._algorithms import Population, Replicated, replicated
from ._jackknife import welch_freedom

POWER_Z = 0.8416212335729143
"""z of a power of 0.8."""


class Differences(eqx.Module):
    """Estimate of the first of each pair less that of the second; or of single algorithms, which then are the pairs."""

    estimate: Float[Array, " pair"]
    ordered: Float[Array, "pair replicate"]
    """Replicates, ascending."""
    error: Float[Array, " pair"]
    """Their standard deviation."""
    freedom: Float[Array, " pair"]
    """ν: Welch's, or tasks − 1 if tasks are drawn."""

    def bounds(self, level: Float[Array, " pair"]) -> Bounds:
        """θ̂ + (t_{1−α/2, ν}/z_{1−α/2})·(Q − θ̂), Q the quantiles α/2 and 1 − α/2 of the replicates."""
        factor = jax.vmap(t_critical)(1 - level, self.freedom) / jax.vmap(partial(level_z, dtype=level.dtype))(level)
        tails = ((1 - level) / 2, (1 + level) / 2)
        flat = self.ordered[:, 0] == self.ordered[:, -1]
        defined = (self.freedom > 0) & ~jnp.isnan(self.estimate)
        low, high = (stretched(quantile_of_sorted(self.ordered.T, q), self.estimate, factor) for q in tails)
        low, high = (jnp.where(flat, self.estimate, bound) for bound in (low, high))
        return _masked.undefined_unless(defined, low), _masked.undefined_unless(defined, high)

    def bounds_at(self, levels: Float[Array, "level pair"]) -> tuple[Bounds, ...]:
        """The bounds at each of several levels: in one loop, so that they are compiled once."""
        return tuple(zip(*jax.lax.map(self.bounds, levels), strict=True))

    def needed(
        self, runs: Int[Array, " pair"], distance: Float[Array, " pair"], level: Float[Array, " pair"]
    ) -> Float[Array, " pair"]:
        """n·((t + z₀.₈)·se/distance)²: runs with which an interval shorter than the distance has a power of 0.8."""
        reach = jax.vmap(t_critical)(1 - level, self.freedom) + POWER_Z
        some = distance > 0
        share = reach * self.error / jnp.where(some, distance, 1)
        return jnp.where(some, runs.astype(share.dtype) * jnp.square(share), jnp.inf)


def spread_of(found: Replicated, aggregate: Int[Array, ""] | int) -> Differences:
    """One aggregate of each algorithm."""
    values = found.values[:, aggregate]
    ordered = jax.lax.map(jnp.sort, values)
    return Differences(found.estimate[:, aggregate], ordered, jax.vmap(_spread)(values), found.freedom)


@jit_lightly(static_argnames=("aggregate", "population"))
def differences_of(
    found: Replicated, aggregate: int, pairs: Int[Array, "pair 2"], population: Population
) -> Differences:
    """The differences of one aggregate from replicates that were drawn of all algorithms over the same tasks."""
    estimate, values = found.estimate[:, aggregate], found.values[:, aggregate]
    errors = jax.vmap(_spread)(values)

    def one(pair: Int[Array, "2"]) -> tuple[Array, Array, Array, Array]:
        first, second = pair
        ordered = jnp.sort(minus(values[first], values[second]))
        freedom = found.freedom[first]
        if population == "these tasks":
            freedom = welch_freedom(errors[pair][:, None], found.freedom[pair][:, None])[0]
        return minus(estimate[first], estimate[second]), ordered, _spread(ordered), freedom

    return Differences(*jax.lax.map(one, pairs))


@jit_lightly(static_argnames=("aggregate", "population", "reps"))
def differences_apart(
    key: PRNGKeyArray,
    x: Float[Array, "algorithm run task"],
    present: Bool[Array, "algorithm run task"],
    aggregate: int,
    pairs: Int[Array, "pair 2"],
    *,
    population: Population,
    reps: int,
) -> Differences:
    """The differences of one aggregate, each pair over the tasks that both have."""

    def one(pair: Int[Array, "2"]) -> Differences:
        tasks = jnp.ones(x.shape[2], bool)
        found = replicated(key, x[pair], present[pair], tasks, population=population, reps=reps)
        return jax.tree.map(
            lambda leaf: leaf[0], differences_of(found, aggregate, jnp.asarray([[0, 1]], jnp.int32), population)
        )

    return jax.lax.map(one, pairs)


def _spread(values: Float[Array, " replicate"]) -> Float[Array, ""]:
    """Standard deviation of the replicates that are finite."""
    return _masked.std(values, jnp.isfinite(values))
