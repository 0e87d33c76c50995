"""Zero-phase Butterworth low-pass filter in second-order sections."""

import math

import jax
import jax.numpy as jnp

from ... import _levels, _masked
from ..._explained import explained
from ..._half import computed_in_single
from ..._scans import packed_indices, running_count
from ..._types import Array, ArrayLike, Float, Int, Mask

ORDER = 8
_PADDING = 3 * (ORDER + 1)
"""Entries before and after the stream: three times the coefficients of the filter, as SciPy's `filtfilt` pads."""

Section = tuple[float, float, float, float, float]
"""b₀, b₁, b₂, a₁, a₂ of a biquad with a₀ = 1."""


@explained
@computed_in_single()
def lowpass(x: ArrayLike, cutoff: float, *, valid: Mask | None = None) -> Float[Array, " entry"]:
    """Butterworth low-pass of order 8, run forward and backward over the valid entries.

    |H(f)|² = 1/(1 + (tan(πf/2)/tan(π·cutoff/2))¹⁶), applied twice; odd padding of min(m − 1, 27) entries

    Shapes: [entry] → [entry], unit of x. `cutoff` is static, relative to the Nyquist frequency in entries (steps are
    ignored), in (0, 1). Fewer than two entries → x. Infinite memory: a valid entry that is not finite undefines all.
    Invalid entries are NaN. Second-order sections: the polynomial form of google-research/rl-reliability-metrics is
    wrong by up to 2.3 % of a curve's range at its shipped cutoff 0.01. Source: Chan et al. 2020.

    >>> print(np.asarray(stats.lowpass(np.full(4, 2.0), 0.1)).round(3))
    [2. 2. 2. 2.]
    """
    x, present = _masked.stream(x, valid)
    _levels.check(cutoff, name="cutoff")
    if x.shape[0] < 2:
        return _masked.undefined_unless(present, x)
    order, _ = packed_indices(present)
    m = _masked.count(present)
    packed = x[order]
    start = packed[0]
    smooth = start + _forward_backward(packed - start, m, butterworth(cutoff))
    position = running_count(present) - 1
    finite = jnp.all(jnp.isfinite(x))
    return _masked.undefined_unless(present & finite, jnp.where(m > 1, smooth[jnp.maximum(position, 0)], x))


def butterworth(cutoff: float) -> tuple[Section, ...]:
    """Sections of the digital filter from the closed-form poles, each with gain 1 at frequency 0."""
    warped = math.tan(math.pi * cutoff / 2)
    sections = []
    for k in range(ORDER // 2):
        real = -warped * math.sin(math.pi * (2 * k + 1) / (2 * ORDER))
        gain = warped * warped
        a0 = 1 - 2 * real + gain
        sections.append((gain / a0, 2 * gain / a0, gain / a0, (2 * gain - 2) / a0, (1 + 2 * real + gain) / a0))
    return tuple(sections)


def _forward_backward(
    x: Float[Array, " entry"], m: Int[Array, ""], sections: tuple[Section, ...]
) -> Float[Array, " entry"]:
    """Filter the first m entries in both directions, with odd extensions at both ends."""
    n = x.shape[0]
    pad = jnp.minimum(m - 1, _PADDING)
    length = m + 2 * pad
    index = jnp.arange(n + 2 * _PADDING, dtype=jnp.int32)
    extended = _odd_extension(x, index - pad, m)
    backward = jnp.clip(length - 1 - index, 0, index.shape[0] - 1)
    once = _filter(extended, sections)
    twice = _filter(once[backward], sections)[backward]
    return twice[jnp.clip(index[:n] + pad, 0, index.shape[0] - 1)]


def _odd_extension(x: Float[Array, " entry"], position: Int[Array, " _"], m: Int[Array, ""]) -> Float[Array, " _"]:
    """x at any position: mirrored through its first and its last entry outside of them."""
    last = m - 1
    inside = jnp.clip(position, 0, last)
    mirrored = jnp.clip(2 * inside - position, 0, last)
    return jnp.where(position == inside, x[inside], 2 * x[inside] - x[mirrored])


def _filter(x: Float[Array, " entry"], sections: tuple[Section, ...]) -> Float[Array, " entry"]:
    """The cascade of sections, started in the steady state of its first input."""
    b0, b1, b2, a1, a2 = (jnp.asarray(c, x.dtype) for c in zip(*sections, strict=True))
    state = (x[0] * (b1 - a1 + b2 - a2), x[0] * (b2 - a2))

    def step(state, value):
        first, second = state
        outputs, signal = [], value
        for i in range(len(sections)):
            out = b0[i] * signal + first[i]
            outputs.append((signal, out))
            signal = out
        into, out = (jnp.stack(part) for part in zip(*outputs, strict=True))
        return (b1 * into - a1 * out + second, b2 * into - a2 * out), signal

    return jax.lax.scan(step, state, x)[1]
