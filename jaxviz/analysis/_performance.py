"""Levels that a run reached."""

import jax.numpy as jnp

from .. import _masked, stats
from .._shown import Result
from .._types import Array, ArrayLike, Bool, Float, Int
from ._curve import Curve, step_or_order
from ._streams import Stream, Window


class Performance(Result):
    """Levels that the run reached, in units of its metric, ↑ (↓ if the run is to be minimized)."""

    final: Float[Array, ""]
    """The headline: mean over the last tenth of the training, in environment steps if they are known. It is at least
    one evaluation or update, and at least ten episodes, or all there are."""
    final_entries: Int[Array, ""]
    """Entries behind `final`."""
    jumpstart: Float[Array, ""]
    """The same over the first tenth of the training."""
    last_window: Float[Array, ""]
    """Mean of the last `window` entries; NaN if the run has fewer."""
    best: Float[Array, ""]
    """Best trailing mean over `window` entries."""
    area_under_curve: Float[Array, ""]
    """Mean height of the learning curve over its steps."""
    solved: Bool[Array, ""] | None
    """`final` meets the target (≥, or ≤ if the run is to be minimized), and is finite: a run that diverged to ∞ solved
    nothing."""


def performance(
    stream: Stream, smooth: Stream, curve: Curve, *, window: Window, target: ArrayLike | None, minimize: bool
) -> Performance:
    """Levels of the stream, of its trailing mean and of the learning curve."""
    late = stream.last_tenth()
    final = _masked.mean(stream.x, late)
    return Performance(
        final=final,
        final_entries=_masked.count(late),
        jumpstart=_masked.mean(stream.x, stream.first_tenth()),
        last_window=_last_window(stream, window),
        best=(_masked.minimum if minimize else _masked.maximum)(smooth.x, smooth.valid),
        area_under_curve=_area_under_curve(curve),
        solved=None if target is None else _meets(final, target, minimize) & jnp.isfinite(final),
    )


def _last_window(stream: Stream, window: Window) -> Float[Array, ""]:
    mean = _masked.mean(stream.x, stream.last(window))
    return _masked.undefined_unless(_masked.count(stream.valid) >= window, mean)


def _meets(level: Float[Array, ""], target: ArrayLike, minimize: bool) -> Bool[Array, ""]:
    return level <= target if minimize else level >= target


def _area_under_curve(curve: Curve) -> Float[Array, ""]:
    """Mean height between its first and its last point."""
    return stats.area_under_curve(curve.value, step_or_order(curve), valid=curve.valid)
