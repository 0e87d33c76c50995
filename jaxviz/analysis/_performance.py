"""Levels that a run reached."""

import equinox as eqx
import jax.numpy as jnp

from .. import _masked, _scans, _steps, stats
from .._types import Array, ArrayLike, Bool, Float
from ._curve import Curve, step_or_index
from ._streams import Stream


class Performance(eqx.Module):
    """Levels that the run reached, in units of the return, ↑."""

    jumpstart: Float[Array, ""]
    """Mean of the first tenth of the stream."""
    final: Float[Array, ""]
    """Mean of the last tenth of the stream."""
    last_window: Float[Array, ""]
    """Mean of the last `window` entries of the stream (of all, if there are fewer)."""
    best: Float[Array, ""]
    """Largest trailing mean."""
    area_under_curve: Float[Array, ""]
    """Mean height of the learning curve over its steps."""
    solved: Bool[Array, ""] | None
    """`last_window` ≥ target, and finite: a run that diverged to ∞ solved nothing."""


def performance(stream: Stream, smooth: Stream, curve: Curve, *, window: int, target: ArrayLike | None) -> Performance:
    """Levels of the stream, of its trailing mean and of the learning curve."""
    last_window = _masked.mean(stream.x, _scans.tail(stream.valid, jnp.asarray(window, jnp.int32)))
    return Performance(
        jumpstart=stats.jumpstart(stream.x, valid=stream.valid),
        final=stats.final_performance(stream.x, valid=stream.valid),
        last_window=last_window,
        best=_masked.maximum(smooth.x, smooth.valid),
        area_under_curve=_area_under_curve(curve),
        solved=None if target is None else (last_window >= target) & jnp.isfinite(last_window),
    )


def _area_under_curve(curve: Curve) -> Float[Array, ""]:
    """Mean height. Episodes come first in their series: the padding behind them becomes a piece without width."""
    step = step_or_index(curve)
    if curve.source != "episodes":
        return stats.area_under_curve(curve.value, step, valid=curve.valid)
    value = _masked.blank(curve.value, curve.valid)
    return stats.area_under_curve(value, _steps.where(curve.valid, step, _steps.last(step, curve.valid)))
