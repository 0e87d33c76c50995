"""How steadily a run learned."""

import jax.numpy as jnp

from .. import _masked, stats
from .._shown import Result
from .._types import Array, ArrayLike, Bool, Float
from ._streams import Stream


class Stability(Result):
    """How steadily the run learned. Fields read the trailing mean over `window` entries unless they say otherwise."""

    coefficient_of_variation: Float[Array, ""]
    """σ/|x̄| of the raw entries behind `performance/final`, ↓; NaN for a single one."""
    max_drawdown: Float[Array, ""]
    """Largest fall from an earlier best, in units of the metric, ↓."""
    forgetting: Float[Array, ""]
    """Peak minus end, ↓."""
    final_to_peak: Float[Array, ""]
    """Share of the gain up to the peak that is left at the end, ↑."""
    consistency: Float[Array, ""] | None
    """Share of the raw entries behind `performance/final` that meet the target, ↑."""


def stability(stream: Stream, smooth: Stream, *, target: ArrayLike | None) -> Stability:
    """Spread, drawdown and consistency of one run, of which higher is better (see `Stream.oriented`)."""
    late = stream.last_tenth()
    return Stability(
        coefficient_of_variation=_variation(stream.x, late),
        max_drawdown=stats.max_drawdown(smooth.x, valid=smooth.valid),
        forgetting=stats.forgetting(smooth.x, valid=smooth.valid),
        final_to_peak=stats.final_to_peak(smooth.x, valid=smooth.valid),
        consistency=None if target is None else _consistency(stream.x, late, target),
    )


def _variation(x: Float[Array, " entry"], late: Bool[Array, " entry"]) -> Float[Array, ""]:
    """A single evaluation has no spread: 0 would say that the run was perfectly steady."""
    return _masked.undefined_unless(_masked.count(late) > 1, stats.coefficient_of_variation(x, valid=late))


def _consistency(x: Float[Array, " entry"], late: Bool[Array, " entry"], target: ArrayLike) -> Float[Array, ""]:
    met = jnp.where(jnp.isnan(x), x, (x >= jnp.asarray(target, x.dtype)).astype(x.dtype))
    return _masked.mean(met, late)
