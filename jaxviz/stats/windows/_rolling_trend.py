"""Trailing slopes, and the mean that forgets exponentially."""

from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp

from ... import _levels, _masked, _steps
from ..._explained import explained
from ..._half import computed_in_single
from ..._own_kernel import own_kernel
from ..._scans import running_count
from ..._steps import EntrySteps, ExactSteps, Steps
from ..._types import Array, ArrayLike, Bool, Float, Mask
from .._engine._fold import Span
from .._engine._interpolation import between
from .._engine._moments import add_up
from .._engine._steps import entry_steps
from ._rolling import Window, Windows

_ONE_KERNEL = 32
"""Entries of windows whose slopes XLA fuses into one kernel: it would centre them anew for each of its slices. Longer
windows are several kernels, which a barrier before them would keep from being fused well."""


@explained
@computed_in_single()
def rolling_slope(
    x: ArrayLike,
    window: Window,
    *,
    step: Steps | None = None,
    valid: Mask | None = None,
    min_count: int | None = None,
    max_window: int | None = None,
) -> Float[Array, " entry"]:
    """Trailing least-squares slope, βₜ = Σ(sᵢ − s̄ₜ)(xᵢ − x̄ₜ) / Σ(sᵢ − s̄ₜ)², over the last `window` entries.

    Shapes: [entry] → [entry]. Unit of x per entry, or per step with `step`, ↑ for returns. NaN as in `rolling_mean`,
    and if the window has fewer than two valid entries or they are all at one step. Source: ordinary least squares.

    >>> x = np.array([1.0, 3.0, 2.0, 5.0])
    >>> print(stats.rolling_slope(x, 2))
    [nan  2. -1.  3.]
    """
    steps = entry_steps(_masked.as_float(x), step)
    windows = Windows.of(x, window, valid, min_count, max_window)
    apart = windows.apart()
    centred = apart if windows.window > _ONE_KERNEL or apart is windows.x else own_kernel(apart)
    entries = _single(centred, jax.tree.map(windows.lengthened, steps), windows.present())
    line = windows.fold(entries, _merge_lines)
    return windows.place(_masked.ratio(line.sx, line.ss))


class Line(NamedTuple):
    """Moments of pieces about a step `origin` of their own, from which `offset` leads to their mean step."""

    n: Float[Array, " piece"]
    origin: ExactSteps
    offset: Float[Array, " piece"]
    value: Float[Array, " piece"]
    ss: Float[Array, " piece"]
    """Σ(s − s̄)²"""
    sx: Float[Array, " piece"]
    """Σ(s − s̄)(x − x̄)"""


def _single(x: Float[Array, " entry"], step: EntrySteps, present: Bool[Array, " entry"]) -> Line:
    zero = jnp.zeros_like(x)
    return Line(present.astype(x.dtype), step, zero, x, zero, zero)


def _merge_lines(parts: Sequence[Line], spans: Sequence[Span]) -> Line:
    """Adjacent pieces together, as in `merge_moments`; steps are subtracted as integers, so large ones lose nothing."""
    del spans
    newest = parts[0]
    for part in parts[1:]:
        newest = jax.tree.map(lambda now, old, present=part.n > 0: jnp.where(present, now, old), part, newest)
    total = add_up([part.n for part in parts])
    ahead = [_deviation(part, newest) for part in parts]
    mean_s, mean_x = (add_up([part.n * d[i] for part, d in zip(parts, ahead, strict=True)]) for i in range(2))
    share_s, share_x = mean_s / jnp.maximum(total, 1), mean_x / jnp.maximum(total, 1)
    pairs = list(zip(parts, ahead, strict=True))
    ss = add_up([part.ss + part.n * s * s for part, (s, _) in pairs]) - mean_s * share_s
    sx = add_up([part.sx + part.n * s * v for part, (s, v) in pairs]) - mean_s * share_x
    return Line(total, newest.origin, newest.offset + share_s, newest.value + share_x, ss, sx)


def _deviation(part: Line, newest: Line) -> tuple[Float[Array, " piece"], Float[Array, " piece"]]:
    """Distance of a piece's means from those of the newest; 0 for a piece without entries."""
    present = part.n > 0
    steps = _steps.since(part.origin, newest.origin, part.value.dtype) + (part.offset - newest.offset)
    return _masked.blank(steps, present), _masked.blank(part.value - newest.value, present)


@explained
@computed_in_single()
def exponential_mean(
    x: ArrayLike, alpha: ArrayLike, *, valid: Mask | None = None, min_count: int | None = None
) -> Float[Array, " entry"]:
    """Mean whose weights fall by 1 − α with every valid entry.

        yₜ = Σ (1−α)^{r(t)−r(k)} xₖ / Σ (1−α)^{r(t)−r(k)}  over the valid k ≤ t, of which there are r(t)

    Shapes: x [entry], alpha [] → [entry]. Unit of x, ↑ for returns. Invalid entries hold the mean. NaN before
    `min_count` (default 1) valid entries and from a valid NaN on: the memory is infinite. From ±∞ on it is ±∞, NaN
    after both. α must be in (0, 1]. Source: pandas `ewm(alpha=α, adjust=True, ignore_na=True).mean()`;
    TensorBoard's smoothing weight is 1 − α.

    >>> x = np.array([1.0, 3.0, 2.0, 5.0])
    >>> print(np.asarray(stats.exponential_mean(x, 0.5)).round(3))
    [1.    2.333 2.143 3.667]
    """
    if min_count is not None and min_count < 0:
        raise ValueError(f"`min_count` must be at least 0, got {min_count}")
    x, present = _masked.stream(x, valid)
    alpha = _levels.level(alpha, x.dtype, name="alpha", within="(0, 1]")
    if not x.shape[0]:
        return x
    decay = jnp.where((alpha > 0) & (alpha <= 1), 1 - alpha, 0)
    mean = jax.lax.platform_dependent(x, present, decay, cpu=_serial_mean, default=_parallel_mean)
    enough = running_count(present) >= max(min_count or 1, 1)
    return _masked.undefined_unless(enough & (alpha > 0) & (alpha <= 1), mean)


@jax.jit
def _serial_mean(
    x: Float[Array, " entry"], present: Bool[Array, " entry"], decay: Float[Array, ""]
) -> Float[Array, " entry"]:
    """One pass over time, in which batched runs lie on the vector lanes."""

    def step(state, now):
        mean, weight = state
        value, present = now
        heavier = 1 + decay * weight
        known = jnp.where(decay * weight == 0, value, mean)  # the past may have no weight, but be infinite
        moved = jnp.where(jnp.isinf(known), known + value, known + (value - known) / heavier)
        state = jnp.where(present, moved, mean), jnp.where(present, heavier, weight)
        return state, state[0]

    return jax.lax.scan(step, (jnp.zeros_like(x[0]), jnp.zeros_like(x[0])), (x, present))[1]


@jax.jit
def _parallel_mean(
    x: Float[Array, " entry"], present: Bool[Array, " entry"], decay: Float[Array, ""]
) -> Float[Array, " entry"]:
    """Means, their weights and what is left of the weight before, in log₂(entries) passes."""

    def merge(a, b):
        fade, weight = a[2] * b[2], a[1] * b[2] + b[1]
        share = a[1] * b[2] / jnp.where(weight > 0, weight, 1)
        return jnp.where(weight > 0, between(b[0], a[0], share), 0), weight, fade

    return jax.lax.associative_scan(merge, (x, present.astype(x.dtype), jnp.where(present, decay, 1)))[0]
