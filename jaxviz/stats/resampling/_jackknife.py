"""The statistic with each unit left out once: its standard error, and the acceleration of BCa intervals."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp

from ... import _masked
from ..._types import Array, Bool, Float, Int
from ._units import Sample, batch_of, positions, with_trailing_axes

ROUNDING = 2
"""If no influence exceeds so many units of rounding of the statistic, no unit changes it: all are 0. Left in, they
would make its acceleration.
"""


class LeftOut(eqx.Module):
    """The statistic with each unit left out once."""

    values: Float[Array, "unit stratum component"]
    live: Bool[Array, "unit stratum"]
    """False for places that hold no unit."""


def leave_one_out(evaluate: Callable[[Sample], Float[Array, "*component"]], sample: Sample) -> LeftOut:
    """Jackknife in the sample's unit: cells within tasks, tasks for `task+run`, else runs."""
    live = sample.live()
    if live.ndim == 2 and sample.unit == "cell":
        without, live = _without_cell, live
    elif sample.unit == "task+run":
        without, live = _without_task, jnp.any(live, axis=0)[:, None]
    else:
        without, live = _without_run, jnp.any(live.reshape(live.shape[0], -1), axis=1)[:, None]

    def one(unit: Int[Array, ""]) -> Float[Array, " component"]:
        return evaluate(without(sample, unit)).ravel()

    values = jax.lax.map(one, jnp.arange(live.size, dtype=jnp.int32), batch_size=batch_of(sample, live.size))
    return LeftOut(values.reshape(*live.shape, -1), live)


def _others(size: int, unit: Int[Array, ""]) -> Int[Array, " other"]:
    other = jnp.arange(size - 1, dtype=jnp.int32)
    return other + (other >= unit).astype(jnp.int32)


def _without_run(sample: Sample, unit: Int[Array, ""]) -> Sample:
    runs = sample.arrays[0].shape[0]
    if sample.present is None:
        return Sample(tuple(x[_others(runs, unit)] for x in sample.arrays), None, sample.unit)
    kept = jnp.arange(runs, dtype=jnp.int32) != unit
    return Sample(sample.arrays, sample.present & with_trailing_axes(kept, sample.present.ndim), sample.unit)


def _without_task(sample: Sample, unit: Int[Array, ""]) -> Sample:
    others = _others(sample.arrays[0].shape[1], unit)
    present = None if sample.present is None else sample.present[:, others]
    return Sample(tuple(x[:, others] for x in sample.arrays), present, sample.unit)


def _without_cell(sample: Sample, unit: Int[Array, ""]) -> Sample:
    live = sample.live()
    kept = positions((live.size,), 0).reshape(live.shape) != unit
    present = live if sample.present is None else sample.present
    return Sample(sample.arrays, present & with_trailing_axes(kept, present.ndim), sample.unit)


def _influences(group: LeftOut) -> tuple[Float[Array, "unit stratum component"], Float[Array, "stratum _"]]:
    """θ̄₍ⱼ₎ − θ₍ⱼᵢ₎ of the units that exist, 0 if all of a component are rounding, and the size of each stratum."""
    live = group.live[:, :, None]
    n = jnp.sum(live, axis=0).astype(group.values.dtype)
    centre = jax.vmap(jax.vmap(_masked.mean, in_axes=(1, None)), in_axes=(1, 1))(group.values, group.live)
    influence = _masked.blank(centre[None] - group.values, jnp.broadcast_to(live, group.values.shape))
    rounding = ROUNDING * jnp.finfo(influence.dtype).eps * jnp.max(jnp.abs(jnp.where(n > 0, centre, 0)), axis=0)
    still = jnp.max(jnp.abs(influence), axis=(0, 1)) <= rounding
    return jnp.where(still, 0, influence), n


def _errors(groups: list[LeftOut]) -> tuple[Float[Array, "stratum component"], Float[Array, "stratum _"]]:
    """√vⱼ, vⱼ = (nⱼ − 1)/nⱼ Σᵢ (θ₍ⱼᵢ₎ − θ̄₍ⱼ₎)², and νⱼ = nⱼ − 1 of all strata."""
    parts, freedoms = [], []
    for group in groups:
        influence, n = _influences(group)
        parts.append(_masked.safe_sqrt((n - 1) / jnp.maximum(n, 1)) * _masked.root_of_squares(influence))
        freedoms.append(jnp.maximum(n - 1, 0))
    return jnp.concatenate(parts), jnp.concatenate(freedoms)


def jackknife_error(groups: list[LeftOut]) -> Float[Array, " component"]:
    """Standard error √(Σⱼ (nⱼ − 1)/nⱼ Σᵢ (θ₍ⱼᵢ₎ − θ̄₍ⱼ₎)²); for a mean of n runs exactly s/√n."""
    return _masked.root_of_squares(_errors(groups)[0])


def jackknife_freedom(groups: list[LeftOut]) -> Float[Array, " component"]:
    """Degrees of freedom of the standard error over strata; of one n − 1 (Welch 1947, Satterthwaite 1946)."""
    errors, freedoms = _errors(groups)
    return welch_freedom(errors, jnp.broadcast_to(freedoms, errors.shape))


def welch_freedom(errors: Float[Array, "stratum _"], freedoms: Float[Array, "stratum _"]) -> Float[Array, " _"]:
    """(Σⱼ vⱼ)² / Σⱼ vⱼ²/νⱼ from the √vⱼ; without any variance Σⱼ νⱼ."""
    largest = jnp.max(errors, axis=0)
    flat = largest == 0
    share = jnp.square(errors / jnp.where(flat, 1, largest)[None])
    varies = share > 0
    squares = jnp.sum(jnp.where(varies, share * share, 0) / jnp.where(varies, freedoms, 1), axis=0)
    return jnp.where(flat, jnp.sum(freedoms, axis=0), jnp.square(jnp.sum(share, axis=0)) / jnp.where(flat, 1, squares))


def acceleration(groups: list[LeftOut]) -> Float[Array, " component"]:
    """Acceleration of BCa, one per component, from leave-one-unit-out values in strata j of sizes nⱼ.

    a = (1/6) · Σⱼ(Σᵢ U³/nⱼ³) / (Σⱼ Σᵢ U²/nⱼ²)^{3/2},  U_ji = (nⱼ − 1)(θ̄₍ⱼ₎ − θ₍ⱼᵢ₎);  0/0 → 0

    Every component is centred on its own mean; bashtage/arch centres all on the grand mean.
    """
    shares = []
    for group in groups:
        influence, n = _influences(group)
        shares.append((influence * ((n - 1) / jnp.maximum(n, 1))[None]).reshape(-1, influence.shape[-1]))
    u = jnp.concatenate(shares)
    largest = jnp.max(jnp.abs(u), axis=0)
    u = u / jnp.where(largest > 0, largest, 1)[None]
    cubes, squares = jnp.sum(u**3, axis=0), jnp.sum(u**2, axis=0)
    flat = squares == 0
    return jnp.where(flat, 0, cubes / (6 * jnp.where(flat, 1, squares) ** 1.5))
