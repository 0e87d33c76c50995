"""Units of a network that no longer respond.

Activations are [sample, …, unit] or a pytree of such layers; positions of feature maps count like samples. The output
layer is the caller's to leave out.
"""

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp

from ... import _masked
from ..._explained import explained
from ..._half import computed_in_single
from ..._types import Array, ArrayLike, Bool, Float, Mask, PyTree
from ._gradients import floating


@explained
@computed_in_single()
def dormant_fraction(activations: PyTree, tau: ArrayLike = 0.025, *, valid: Mask | None = None) -> Float[Array, ""]:
    """Share of units whose activation is small beside the mean of their layer.

    Σ_layers #{i : sᵢ ≤ τ} / Σ_layers #units,  sᵢ = mean|hᵢ| / mean_j mean|h_j|

    Shapes: pytree of [entry, …, unit] → []. Pure number in [0, 1], ↓. A silent layer is wholly dormant; τ = 0 means
    exactly zero. No sample, no layer, or a NaN activation → NaN. Sokar et al. 2023 reset at 0.025 and report at 0.1.
    timoklein/redo adds 1e-9 to the denominator and takes tiny activations for zero at τ = 0.

    >>> round(float(stats.dormant_fraction(np.array([[1.0, 0.0], [1.0, 0.0]]))), 3)
    0.5
    """

    def dormant(h: Float[Array, "entry position unit"], present: Bool[Array, " entry"]) -> Array:
        size = _mean_per_unit(jnp.abs(h), present)
        return _flag(size <= jnp.asarray(tau, size.dtype) * jnp.mean(size), size)

    return _share_of_units(dormant, activations, valid)


@explained
@computed_in_single()
def inactive_fraction(activations: PyTree, share: ArrayLike = 0.01, *, valid: Mask | None = None) -> Float[Array, ""]:
    """Share of units that are non-zero on fewer than `share` of the samples.

    Σ_layers #{i : mean 1[hᵢ ≠ 0] < share} / Σ_layers #units

    Shapes: pytree of [entry, …, unit] → []. Pure number in [0, 1], ↓. No sample, no layer, or a NaN activation → NaN.
    shibhansh/loss-of-plasticity calls these units dormant.

    >>> round(float(stats.inactive_fraction(np.array([[1.0, 0.0], [1.0, 0.0]]))), 3)
    0.5
    """

    def inactive(h: Float[Array, "entry position unit"], present: Bool[Array, " entry"]) -> Array:
        active = _mean_per_unit(_flag(h != 0, h), present)
        return _flag(active < jnp.asarray(share, active.dtype), active)

    return _share_of_units(inactive, activations, valid)


def _share_of_units(fn: Callable[[Array, Array], Array], activations: PyTree, valid: Mask | None) -> Float[Array, ""]:
    """Σ fn(layer) / Σ units over all layers."""
    layers = [_layer(h) for h in jax.tree.leaves(floating(activations))]
    if not layers:
        return jnp.full((), jnp.nan)
    lengths = {h.shape[0] for h in layers}
    if len(lengths) != 1:
        raise ValueError(f"`activations` must have one number of samples in every layer, got {sorted(lengths)}")
    present = _masked.validity(jnp.zeros(lengths.pop()), valid)
    flagged = jnp.concatenate([fn(h, present) for h in layers])
    return _masked.part_of(jnp.sum(flagged), flagged.size)


def _layer(h: Float[Array, "..."]) -> Float[Array, "entry position unit"]:
    if h.ndim < 2:
        raise ValueError(f"`activations` must be [sample, ..., unit] in every layer, got shape {h.shape}")
    return h.reshape(h.shape[0], math.prod(h.shape[1:-1]), h.shape[-1])


def _mean_per_unit(x: Float[Array, "entry position unit"], present: Bool[Array, " entry"]) -> Float[Array, " unit"]:
    """Mean over valid samples and positions; no sample → NaN."""
    total = jnp.sum(_masked.blank(x, jnp.broadcast_to(present[:, None, None], x.shape)), axis=(0, 1))
    return _masked.part_of(total, _masked.count(present) * x.shape[1])


def _flag(condition: Bool[Array, "..."], x: Float[Array, "..."]) -> Float[Array, "..."]:
    """The condition as a number; NaN if `x` is."""
    return jnp.where(jnp.isnan(x), x, condition.astype(x.dtype))
