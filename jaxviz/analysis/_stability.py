"""How steadily a run learned."""

import equinox as eqx
import jax.numpy as jnp

from .. import _scans, stats
from .._types import Array, ArrayLike, Float
from ._streams import Stream


class Stability(eqx.Module):
    """How steadily the run learned. Fields read the trailing mean over `window` entries unless they say otherwise."""

    coefficient_of_variation: Float[Array, ""]
    """σ/|x̄| of the last `window` entries of the raw stream, ↓."""
    max_drawdown: Float[Array, ""]
    """Largest fall from an earlier peak, in units of the return, ↓."""
    forgetting: Float[Array, ""]
    """Peak minus end, ↓."""
    final_to_peak: Float[Array, ""]
    """Share of the gain up to the peak that is left at the end, ↑."""
    consistency: Float[Array, ""] | None
    """Share of the last `window` raw entries that meet the target, ↑."""


def stability(stream: Stream, smooth: Stream, *, window: int, target: ArrayLike | None) -> Stability:
    """Spread, drawdown and consistency of one run."""
    recent = _scans.tail(stream.valid, jnp.asarray(window, jnp.int32))
    return Stability(
        coefficient_of_variation=stats.coefficient_of_variation(stream.x, valid=recent),
        max_drawdown=stats.max_drawdown(smooth.x, valid=smooth.valid),
        forgetting=stats.forgetting(smooth.x, valid=smooth.valid),
        final_to_peak=stats.final_to_peak(smooth.x, valid=smooth.valid),
        consistency=None if target is None else stats.consistency(stream.x, target, window, valid=stream.valid),
    )
