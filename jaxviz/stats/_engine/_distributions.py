"""Student's t and the normal distribution, accurate in float32 too.

`jax.scipy.special.betainc` loses 1e-5 … 1e-1 in float32 as the degrees of freedom grow and has no gradient in them,
so the tail of t is integrated: with t = √ν·sinh y its density is proportional to cosh(y)^−ν, smooth and without the
gamma function, and double-exponential nodes reach 1e-13 in float64 and 1e-6 in float32.
"""

import math

import jax
import jax.numpy as jnp
from jax.scipy.special import ndtri

from ... import _masked
from ..._types import Array, ArrayLike, Float, Num

NODE_STEP = 0.06
NODE_REACH = 55
"""Nodes on either side. At the last one the weights have fallen to e⁻⁴², below the rounding of float64."""
LOG_CUT = 40.0
"""The integrand is followed down to e⁻⁴⁰ of its first value."""
NEWTON_STEPS = 12
"""Six reach 1e-14 for ν from 1 to 10⁶ and α from 1e-8 to 0.99; the others are a margin for smaller ν."""


def normal_quantile(q: Float[Array, "..."]) -> Float[Array, "..."]:
    """z_q, the q-quantile of the standard normal distribution; q outside (0, 1) → NaN."""
    inside = (q > 0) & (q < 1)
    return _masked.undefined_unless(inside, ndtri(jnp.where(inside, q, jnp.full_like(q, 0.5))))


def _nodes(dtype: jnp.dtype) -> tuple[Float[Array, " node"], Float[Array, " node"]]:
    """Positions in (0, 1) and weights of the tanh-sinh rule."""
    k = NODE_STEP * jnp.arange(-NODE_REACH, NODE_REACH + 1, dtype=dtype)
    s = jnp.pi * jnp.sinh(k)
    position = jax.nn.sigmoid(s)
    return position, NODE_STEP * jnp.pi * jnp.cosh(k) * position * jax.nn.sigmoid(-s)


def _log_density(y: Float[Array, "..."], nu: Float[Array, ""]) -> Float[Array, "..."]:
    """−ν log cosh y."""
    return -nu * jnp.log1p(2 * jnp.square(jnp.sinh(y / 2)))


def _mills_ratio(y: Float[Array, ""], nu: Float[Array, ""]) -> Float[Array, ""]:
    """∫_y^∞ cosh(u)^−ν du / cosh(y)^−ν, which neither over- nor underflows."""
    position, weight = _nodes(y.dtype)
    reach = LOG_CUT / nu + jnp.log1p(jnp.sqrt(-jnp.expm1(-2 * LOG_CUT / nu)))
    fall = _log_density(y + reach * position, nu) - _log_density(y, nu)
    return reach * jnp.sum(weight * jnp.exp(fall))


@jax.jit
def t_two_sided(t: Float[Array, ""], nu: Float[Array, ""]) -> Float[Array, ""]:
    """P(|T| ≥ |t|) for T of Student's t distribution with ν > 0 degrees of freedom, else NaN."""
    defined = nu > 0
    nu = jnp.where(defined, nu, jnp.ones_like(nu))
    finite = jnp.isfinite(t)
    y = jnp.arcsinh(jnp.abs(jnp.where(finite, t, jnp.zeros_like(t))) / jnp.sqrt(nu))
    share = jnp.exp(_log_density(y, nu)) * _mills_ratio(y, nu) / _mills_ratio(jnp.zeros_like(y), nu)
    share = jnp.where(jnp.isinf(t), jnp.zeros_like(share), share)
    return _masked.undefined_unless(defined & ~jnp.isnan(t), share)


@jax.jit
def t_cdf(t: Float[Array, ""], nu: Float[Array, ""]) -> Float[Array, ""]:
    """F_ν(t) = P(T ≤ t) of Student's t distribution."""
    half = t_two_sided(t, nu) / 2
    return jnp.where(t > 0, 1 - half, half)


@jax.jit
def t_critical(alpha: Float[Array, ""], nu: Float[Array, ""]) -> Float[Array, ""]:
    """t_{1−α/2, ν}: P(|T| ≥ t) = α for ν ≥ 1, by Newton steps on the log-concave tail, which overshoot only once."""
    defined = (alpha > 0) & (alpha < 1) & (nu > 0)
    nu = jnp.where(defined, nu, jnp.ones_like(nu))
    alpha = jnp.where(defined, alpha, 0.5)
    log_target = jnp.log(alpha * _mills_ratio(jnp.zeros_like(nu), nu))

    def newton(_, y):
        ratio = _mills_ratio(y, nu)
        return y + (_log_density(y, nu) + jnp.log(ratio) - log_target) * ratio

    y = jax.lax.stop_gradient(jax.lax.fori_loop(0, NEWTON_STEPS, newton, jnp.zeros_like(nu)))
    return _masked.undefined_unless(defined, jnp.sqrt(nu) * jnp.sinh(newton(0, y)))


def t_by_freedom(alpha: Float[Array, ""], nu: Num[Array, " _"], most: int) -> Float[Array, " _"]:
    """t_{1−α/2, ν} of many ν: whole ones, at most `most` of them different, are looked up."""
    every = jax.vmap(t_critical, in_axes=(None, 0))
    if not jnp.issubdtype(nu.dtype, jnp.integer) or nu.size <= most:
        return every(alpha, nu.astype(alpha.dtype))
    table = every(alpha, jnp.arange(most + 1, dtype=alpha.dtype))
    return table[jnp.clip(nu, 0, most)]


def level_z(level: ArrayLike, dtype: jnp.dtype) -> Float[Array, ""]:
    """z_{1−α/2} of a two-sided level 1 − α."""
    return math.sqrt(2) * jax.lax.erf_inv(jnp.asarray(level, dtype))
