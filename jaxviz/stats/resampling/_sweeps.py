"""What hyper-parameters do to the mean score of a configuration, from replicates of all configurations."""

from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.scipy.special import gammaln

from ... import _masked
from ..._types import Array, Bool, Float, PRNGKeyArray
from .._engine._intervals import percentile_bounds, tails
from ._algorithms import Replicated

TOGETHER = 1 << 20
"""Runs that are held at once."""


class BestOf(eqx.Module):
    """Expected score of the best of k configurations that are tried at random, k = 1 … n."""

    honest: Float[Array, " k"]
    """On runs that did not choose."""
    naive: Float[Array, " k"]
    """On the runs that chose."""


@jax.jit
def grouped(found: Replicated, members: Float[Array, "group configuration"]) -> Replicated:
    """The mean of each group of configurations, as if it were one: of an aggregate that is one number."""
    weight = members / jnp.sum(members, axis=1, keepdims=True)
    freedom = (members > 0).astype(members.dtype) @ found.freedom
    estimate, values = weight @ found.estimate[:, 0], weight @ found.values[:, 0]
    return Replicated(estimate[:, None], values[:, None], freedom, found.ranks)


def main_effect(
    means: Float[Array, " configuration"],
    error: Float[Array, ""],
    members: Float[Array, "group configuration"],
    crossed: bool,
) -> Float[Array, ""]:
    """Share of the variance between configurations that the groups alone explain, without what noise adds; 0 to 1.

        V_J / V,  V_J = Σ_g (n_g/n)·(m̄_g − m̄)² − (G − 1)/n·e,  V = Σ_c (m_c − m̄)²/n − (n − 1)/n·e

    of n means m_c with mean squared error e, in G groups: a main effect of a functional analysis of variance (Hutter et
    al. 2014, of the configurations that were run). Where the hyper-parameters are not crossed, groups take a part
    (G − 1)/(n − 1) of the variance of all others by chance, and V_J is reduced by it, as R² by its adjustment.
    """
    n, groups = means.shape[0], members.shape[0]
    count = jnp.sum(members, axis=1)
    of_group = members @ means / count
    centre = jnp.mean(means)
    all_of_it = jnp.mean(jnp.square(means - centre)) - (n - 1) / n * error
    between = jnp.sum(count / n * jnp.square(of_group - centre)) - (groups - 1) / n * error
    if not crossed and groups < n:
        between = between - (groups - 1) / (n - groups) * (all_of_it - between)
    return jnp.where(all_of_it > 0, jnp.clip(between / jnp.where(all_of_it > 0, all_of_it, 1), 0, 1), jnp.nan)


@partial(jax.jit, static_argnames="crossed")
def main_effects(
    found: Replicated, members: Float[Array, "group configuration"], level: Float[Array, ""], crossed: bool
) -> tuple[Float[Array, ""], Float[Array, ""], Float[Array, ""]]:
    """`main_effect` of the means, and percentile bounds from replicates, which have the noise of means twice."""
    means, values = found.estimate[:, 0], found.values[:, 0]
    error = jnp.mean(jnp.var(values, axis=1, ddof=1))
    replicates = jax.lax.map(lambda x: main_effect(x, 2 * error, members, crossed), values.T, batch_size=256)
    replicates = jnp.where(jnp.isnan(replicates), 0, replicates)[:, None]
    estimate = main_effect(means, error, members, crossed)
    low, high = percentile_bounds(replicates, *tails(level, values.dtype))
    known = ~jnp.isnan(estimate)
    return estimate, _masked.undefined_unless(known, low[0]), _masked.undefined_unless(known, high[0])


@partial(jax.jit, static_argnames="reps")
def best_of(
    key: PRNGKeyArray,
    x: Float[Array, "configuration run task"],
    present: Bool[Array, "configuration run task"],
    *,
    reps: int,
) -> BestOf:
    """Σ_i w_k(i)·m₍ᵢ₎ over configurations from the best to the worst, w_k(i) = C(n − i, k − 1)/C(n, k).

    w_k(i) is the probability that the i-th is the best of k drawn without replacement (Tang et al. 2020; Dodge et al.
    2019 draw with it). Honest: two thirds of the runs of every configuration and task, at random, give the order, and
    the others the scores, which is repeated; of single runs there is nothing to report.
    """
    weights = _weights(x.shape[0], x.dtype)
    x, count = _masked.blank(x, present), jnp.sum(present, axis=1, keepdims=True, dtype=jnp.int32)
    chosen = count - jnp.maximum(count // 3, 1)

    def once(key: PRNGKeyArray) -> Float[Array, " k"]:
        luck = jnp.where(present, jax.random.uniform(key, present.shape), jnp.inf)
        choosing = present & (jnp.argsort(jnp.argsort(luck, axis=1), axis=1) < chosen)
        order = jnp.argsort(-_means(x, choosing))
        return weights @ _means(x, present & ~choosing)[order]

    honest = jax.lax.map(once, jax.random.split(key, reps), batch_size=max(1, TOGETHER // x.size))
    return BestOf(jnp.mean(honest, axis=0), weights @ -jnp.sort(-_means(x, present)))


def _means(
    x: Float[Array, "configuration run task"], present: Bool[Array, "configuration run task"]
) -> Float[Array, " configuration"]:
    """Over runs, then over tasks."""
    total, count = jnp.sum(jnp.where(present, x, 0), axis=1), jnp.sum(present, axis=1).astype(x.dtype)
    return jnp.mean(_masked.ratio(total, count), axis=1)


def _weights(n: int, dtype: jnp.dtype) -> Float[Array, "k rank"]:
    k, i = jnp.arange(1, n + 1, dtype=dtype)[:, None], jnp.arange(1, n + 1, dtype=dtype)[None]
    k, i = jnp.broadcast_arrays(k, i)
    fits = n - i >= k - 1

    def log_choose(a: Array, b: Array) -> Array:
        return gammaln(a + 1) - gammaln(b + 1) - gammaln(a - b + 1)

    log_share = log_choose(jnp.where(fits, n - i, 0), jnp.where(fits, k - 1, 0)) - log_choose(jnp.full_like(k, n), k)
    return jnp.where(fits, jnp.exp(log_share), 0)
