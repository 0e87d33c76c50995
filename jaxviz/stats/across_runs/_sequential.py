"""Group-sequential plans: at which level to test at each of several looks at a growing number of runs."""

from collections.abc import Sequence
from itertools import pairwise

import jax
import jax.numpy as jnp
from jax.scipy.special import erfc

from ... import _levels, _masked
from ..._explained import explained
from ..._types import Array, ArrayLike, Float
from ..._whole import whole
from .._engine._distributions import normal_quantile

_NODES = 513
"""Points at which the density of the sum is kept, for Simpson's rule: α to six digits."""
_HALVINGS = 40
_FARTHEST = 13.0
"""Normal quantile beyond which float32 knows no probability."""


@explained
def sequential_alphas(looks: Sequence[int], *, level: ArrayLike = 0.95) -> Float[Array, " look"]:
    """Two-sided level αₖ of the test at each look, so that all looks together reject with 1 − level.

    P(|Z₁| < c₁, …, |Zₖ₋₁| < cₖ₋₁, |Zₖ| ≥ cₖ) = α(tₖ) − α(tₖ₋₁),  αₖ = 2 − 2Φ(cₖ),  α(t) = 2 − 2Φ(z/√t),  tₖ = nₖ/n_K

    with z = Φ⁻¹(1 − (1 − level)/2) and Z√t a Brownian motion. `looks`: numbers of runs n₁ < … < n_K, static. Shapes:
    → [look]. Pure numbers in [0, 1], direction: neither. O'Brien and Fleming's shape: hardly anything is spent early,
    so the last look is tested nearly at 1 − level. Right for statistics that are normal with independent increments;
    for others, of few runs, an approximation. ValueError: no look, looks that do not ascend, or one below 2.
    Source: Lan & DeMets 1983; Armitage, McPherson & Rowe 1969.

        >>> [round(float(a), 4) for a in sequential_alphas([3, 5, 8, 12, 20])]
        [0.0, 0.0001, 0.0019, 0.0107, 0.0455]
    """
    numbers = ascending(looks)
    level = _levels.level(level, jnp.result_type(float))
    t = jnp.asarray([n / numbers[-1] for n in numbers], level.dtype)
    z = normal_quantile((1 + level) / 2)
    spent = erfc(z / jnp.sqrt(2 * t))
    increments = jnp.diff(spent, prepend=0)
    alphas = _alphas(jnp.sqrt(t), jnp.sqrt(jnp.diff(t, prepend=0)), increments)
    return _masked.undefined_unless(~jnp.isnan(level), alphas)


def ascending(looks: Sequence[int]) -> tuple[int, ...]:
    """The looks as numbers of Python. ValueError if they are none, or do not ascend from 2 on."""
    numbers = tuple(whole(look, "looks") for look in looks)
    if not numbers or numbers[0] < 2 or any(a >= b for a, b in pairwise(numbers)):
        raise ValueError(f"`looks` must be numbers of runs that ascend, the first at least 2, got {looks!r}")
    return numbers


@jax.jit
def _alphas(
    root: Float[Array, " look"], step: Float[Array, " look"], increments: Float[Array, " look"]
) -> Float[Array, " look"]:
    """The recursion over looks: the density of the sum is carried where no look has rejected yet."""
    unit = jnp.linspace(-1, 1, _NODES, dtype=root.dtype)
    simpson = jnp.where(jnp.arange(_NODES) % 2 == 1, 4, 2).at[jnp.asarray([0, -1])].set(1).astype(root.dtype) / 3

    def look(
        state: tuple[Float[Array, " node"], Float[Array, " node"]], now: tuple[Array, Array, Array]
    ) -> tuple[tuple[Float[Array, " node"], Float[Array, " node"]], Float[Array, ""]]:
        place, mass = state
        root, step, wanted = now

        def crossed(c: Float[Array, ""]) -> Float[Array, ""]:
            above, below = (c * root - place) / step, (c * root + place) / step
            return jnp.sum(mass * (_tail(above) + _tail(below)))

        def halve(_: Array, ends: tuple[Array, Array]) -> tuple[Array, Array]:
            low, high = ends
            middle = (low + high) / 2
            more = crossed(middle) > wanted
            return jnp.where(more, middle, low), jnp.where(more, high, middle)

        ends = (jnp.zeros_like(root), jnp.full_like(root, _FARTHEST))
        c = jax.lax.fori_loop(0, _HALVINGS, halve, ends)[1]
        ahead = c * root * unit
        apart = (ahead[:, None] - place[None]) / step
        density = jnp.exp(-apart * apart / 2) @ mass / (step * jnp.sqrt(2 * jnp.pi).astype(root.dtype))
        return (ahead, density * simpson * (c * root * 2 / (_NODES - 1))), 2 * _tail(c)

    start = (jnp.zeros_like(unit), jnp.zeros_like(unit).at[0].set(1))
    return jax.lax.scan(look, start, (root, step, increments))[1]


def _tail(x: Float[Array, "..."]) -> Float[Array, "..."]:
    """1 − Φ(x), to its own digits."""
    return erfc(x / jnp.sqrt(2.0).astype(x.dtype)) / 2
