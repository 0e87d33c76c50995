"""Reliability of one run after Chan, Fishman, Canny, Korattikara, Guadarrama 2020; over runs: `across_runs/`.

Source of all: "Measuring the Reliability of Reinforcement Learning Algorithms" (ICLR 2020) and
google-research/rl-reliability-metrics. A curve is (x, step), steps strictly increasing. Windows are in environment
steps: the window at p holds p − window < step ≤ p. `normalize` divides a result; a divisor ≤ 0 gives NaN; the
repository lets the sign flip.
"""

from collections.abc import Callable
from typing import Literal, get_args

import jax
import jax.numpy as jnp

from ... import _masked, _scans, _steps
from ..._explained import explained
from ..._half import computed_in_single
from ..._own_kernel import own_kernel
from ..._shown import Result
from ..._steps import EntrySteps, ExactSteps, Steps, StepsLike
from ..._types import Array, ArrayLike, Bool, Float, Int, Mask
from ...host import as_steps
from .._engine._steps import entry_steps
from . import _order, _stability

Kind = Literal["std", "iqr", "mad"]
KINDS: tuple[Kind, ...] = get_args(Kind)


class Differences(Result):
    """Slopes between successive valid entries, each at the step of its right end."""

    values: Float[Array, " entry"]
    valid: Bool[Array, " entry"]
    """False for the first valid entry, which has no predecessor."""


@explained
@computed_in_single()
def differences(x: ArrayLike, step: Steps | None = None, *, valid: Mask | None = None) -> Differences:
    """Change per step between successive valid entries, (xᵢ − xᵢ₋₁)/(sᵢ − sᵢ₋₁), placed at sᵢ.

    Shapes: [entry] → [entry]; unit of x per step. Detrends, and does not depend on how often a run is evaluated. The
    first valid entry is invalid; equal steps → NaN.

    >>> x = np.array([1.0, 3.0, 2.0, 5.0])
    >>> print(stats.differences(x).values)
    [nan  2. -1.  3.]
    """
    x, present = _masked.stream(x, valid)
    step = entry_steps(x, step)
    before = _previous_valid(present)
    source = jnp.maximum(before, 0)
    present = present & (before >= 0)
    rise = x - x[source] if x.shape[0] else x
    run = _steps.since(step, step[source], x.dtype) if x.shape[0] else x
    slope = _masked.ratio(_masked.blank(rise, present), _masked.blank(run, present))
    return Differences(_masked.undefined_unless(present, slope), present)


def _stored(change: Differences) -> Differences:
    """`change`, made once for all that reads it."""
    return Differences(own_kernel(change.values), own_kernel(change.valid))


def _previous_valid(present: Bool[Array, " entry"]) -> Int[Array, " entry"]:
    """Index of the valid entry before each entry; −1 if there is none."""
    position = jnp.where(present, jnp.arange(present.shape[0], dtype=jnp.int32), -1)
    latest = _scans.running_max(position)
    return jnp.concatenate([jnp.full((1,), -1, jnp.int32), latest])[: present.shape[0]]


@explained
@computed_in_single()
def curve_range(x: ArrayLike, *, valid: Mask | None = None) -> Float[Array, ""]:
    """How far a run got, Q(0.95) − x₀: the usual divisor of its dispersion. [entry] → [], unit of x, ↑; may be ≤ 0.

    >>> x = np.array([1.0, 3.0, 2.0, 5.0])
    >>> round(float(stats.curve_range(x)), 3)
    3.7
    """
    x, present = _masked.stream(x, valid)
    return _order.quantile(x, 0.95, valid=present) - _masked.first(x, present)


@explained
@computed_in_single()
def values_at(
    x: ArrayLike,
    step: Steps,
    at: StepsLike,
    *,
    window: int | None = None,
    valid: Mask | None = None,
) -> Float[Array, " point"]:
    """The curve's value at given steps: exact, or the nearest entry closer than window/2, the earlier on ties.

    Shapes: [entry], [entry], [point] → [point]; unit of x. No such entry → NaN.

    >>> x = np.array([1.0, 3.0, 2.0, 5.0])
    >>> print(stats.values_at(x, np.array([10, 20, 30, 40]), np.array([25, 40])))
    [nan  5.]
    """
    x, present = _masked.stream(x, valid)
    step, points = entry_steps(x, step), as_steps(at, "at")
    if not x.shape[0]:
        return jnp.full(points.shape, jnp.nan, x.dtype)
    farthest = 0 if window is None else (window - 1) // 2

    def one(p: ExactSteps) -> Float[Array, ""]:
        distance = _steps.magnitude(_steps.minus(step, p))
        nearest = _steps.index_of_smallest(_steps.where(present, distance, _steps.highest(distance)))
        near = _steps.at_most(distance[nearest], farthest)
        return _masked.undefined_unless(near & present[nearest], x[nearest])

    return jax.vmap(one)(points)


@explained
@computed_in_single()
def dispersion(x: ArrayLike, kind: Kind = "iqr", *, valid: Mask | None = None) -> Float[Array, ""]:
    """Spread of a stream: standard deviation (ddof 1), interquartile range or median absolute deviation, ↓.

    >>> x = np.array([1.0, 3.0, 2.0, 5.0])
    >>> round(float(stats.dispersion(x, "std")), 3)
    1.708
    """
    if kind not in KINDS:
        raise ValueError(f"`kind` must be one of {', '.join(KINDS)}; got {kind!r}")
    x, present = _masked.stream(x, valid)
    if kind == "std":
        return _masked.std(x, None if valid is None else present, ddof=1)
    spread = _order.interquartile_range if kind == "iqr" else _order.median_absolute_deviation
    return spread(x, valid=present)


@explained
@computed_in_single()
def dispersion_within_run(
    x: ArrayLike,
    step: Steps | None = None,
    *,
    at: StepsLike | None = None,
    window: int | None = None,
    kind: Kind = "iqr",
    normalize: ArrayLike | None = None,
    valid: Mask | None = None,
) -> Float[Array, "*point"]:
    """Short-term fluctuation of one run: the spread of its differences in the window at each p.

    Shapes: [entry] → [point], or [] over the whole run without `window` and `at`. Unit of x per step, ↓. Chan's
    Std/Iqr/MadWithinRuns ("DT"). Empty window → NaN (the repository raises).

    >>> x = np.array([1.0, 3.0, 2.0, 5.0])
    >>> round(float(stats.dispersion_within_run(x)), 3)
    2.0
    """
    change = _stored(differences(x, step, valid=valid))

    def spread_of(present: Bool[Array, " entry"]) -> Float[Array, ""]:
        return dispersion(change.values, kind, valid=present)

    return _over_windows(spread_of, change.valid, entry_steps(change.values, step), at, window, normalize)


@explained
@computed_in_single()
def median_performance(
    x: ArrayLike,
    step: Steps | None = None,
    *,
    at: StepsLike | None = None,
    window: int | None = None,
    normalize: ArrayLike | None = None,
    valid: Mask | None = None,
) -> Float[Array, "*point"]:
    """Median of the run in the window at each p: [entry] → [point], or [] over the whole run. Unit of x, ↑.

    >>> x = np.array([1.0, 3.0, 2.0, 5.0])
    >>> round(float(stats.median_performance(x)), 3)
    2.5
    """
    x, present = _masked.stream(x, valid)

    def median_of(present: Bool[Array, " entry"]) -> Float[Array, ""]:
        return _order.median(x, valid=present)

    return _over_windows(median_of, present, entry_steps(x, step), at, window, normalize)


def _over_windows(
    statistic: Callable[[Bool[Array, " entry"]], Float[Array, ""]],
    present: Bool[Array, " entry"],
    step: EntrySteps,
    at: StepsLike | None,
    window: int | None,
    normalize: ArrayLike | None,
) -> Float[Array, "*point"]:
    """`statistic` of the entries with p − window < step ≤ p, for each p; without a window, of all up to p."""
    if window is not None and window < 1:
        raise ValueError(f"`window` must be at least 1 step, got {window}")
    if at is None:
        if window is not None:
            raise ValueError("`window` needs `at`, the steps at which windows end; None means the whole run")
        return normalized(statistic(present), normalize)

    def one(p: ExactSteps) -> Float[Array, ""]:
        inside = present & _steps.at_most(step, p)
        return statistic(inside if window is None else inside & _steps.less(_steps.minus(p, window), step))

    return normalized(jax.vmap(one)(as_steps(at, "at")), normalize)


def normalized(value: Float[Array, "*point"], by: ArrayLike | None) -> Float[Array, "*point"]:
    """value / by if by > 0, else NaN; `by` None leaves the value as it is."""
    if by is None:
        return value
    by = jnp.asarray(by, value.dtype)
    return _masked.ratio(value, jnp.broadcast_to(jnp.where(by > 0, by, jnp.zeros_like(by)), value.shape))


@explained
@computed_in_single()
def short_term_risk(
    x: ArrayLike,
    step: Steps | None = None,
    alpha: ArrayLike = 0.05,
    *,
    normalize: ArrayLike | None = None,
    valid: Mask | None = None,
) -> Float[Array, ""]:
    """The worst falls between neighbours: lower CVaR of the differences. [entry] → [], unit per step, ↑ ("SRT").

    >>> x = np.array([1.0, 3.0, 2.0, 5.0])
    >>> round(float(stats.short_term_risk(x, alpha=0.4)), 3)
    -1.0
    """
    change = _stored(differences(x, step, valid=valid))
    return normalized(_order.cvar_lower(change.values, alpha, valid=change.valid), normalize)


@explained
@computed_in_single()
def long_term_risk(
    x: ArrayLike,
    alpha: ArrayLike = 0.05,
    *,
    normalize: ArrayLike | None = None,
    valid: Mask | None = None,
) -> Float[Array, ""]:
    """The worst drawdowns: upper CVaR of max_{i≤t} xᵢ − xₜ. [entry] → [], unit of x, ↓ ("LRT").

    The repository's example configurations take the *lower* tail of a drawdown ≥ 0, the mean of its smallest values.

    >>> x = np.array([1.0, 3.0, 2.0, 5.0])
    >>> round(float(stats.long_term_risk(x, 0.25)), 3)
    1.0
    """
    x, present = _masked.stream(x, valid)
    fall = _masked.blank(_stability.drawdown(x, valid=present), present)
    return normalized(_order.cvar_upper(fall, alpha, valid=present), normalize)


@explained
@computed_in_single()
def high_frequency_energy(
    x: ArrayLike,
    step: Steps | None = None,
    cutoff: ArrayLike = 0.1,
    *,
    valid: Mask | None = None,
) -> Float[Array, ""]:
    """Share of a run's energy above a frequency: Σ_{f_k > cutoff} |F_k|² / Σ |F_k|², F = DFT(x), f_k = k/(nΔ).

    Shapes: [entry] → [], in [0, 1], ↓; `cutoff` in cycles per step, k = 1 … ⌈n/2⌉ − 1: the mean and, for even n, the
    Nyquist bin do not count. Nothing is detrended: a trend is low-frequency energy. Steps that are not equally spaced
    within 1e-6, a run that is not fully valid, or a constant one → NaN.

    >>> round(float(stats.high_frequency_energy(np.array([0.0, 1.0, 0.0, 0.0, 1.0, 0.0]))), 3)
    1.0
    """
    x, present = _masked.stream(x, valid)
    n = x.shape[0]
    bins = -(-n // 2) - 1
    if bins < 1:
        return jnp.full((), jnp.nan, x.dtype)
    step = entry_steps(x, step)
    gaps = _steps.gaps(step, x.dtype)
    spacing = gaps[0]
    even = jnp.all(jnp.abs(gaps - spacing) <= 1e-6 * jnp.abs(spacing)) & (spacing > 0)
    centred = x - _masked.mean(x, None)  # an entry that is missing leaves no share to find
    spectrum = jnp.fft.rfft(centred * _masked.inverse(_masked.power_of_two(x)))
    energy = jnp.square(jnp.abs(spectrum))[1 : bins + 1].astype(x.dtype)
    frequency = jnp.arange(1, bins + 1, dtype=x.dtype) / (n * spacing)
    above = jnp.sum(jnp.where(frequency > jnp.asarray(cutoff, x.dtype), energy, jnp.zeros_like(energy)))
    share = _masked.ratio(above, jnp.sum(energy))
    return _masked.undefined_unless(even & jnp.all(present), share)


@computed_in_single()
def run_reliability(
    x: ArrayLike,
    step: Steps | None = None,
    *,
    valid: Mask | None = None,
) -> dict[str, Float[Array, ""]]:
    """`curve_range`, `dispersion_within_run`, `short_term_risk`, `long_term_risk` and `median_performance`, by name.

    The same numbers with their default settings, but all order statistics of one stream are selected together.
    """
    x, present = _masked.stream(x, valid)
    high, middle = _order.quantile(x, (0.95, 0.5), valid=present)
    change = _stored(differences(x, step, valid=present))
    (low, up), worst = _order.quantile_and_cvar(change.values, (0.25, 0.75), 0.05, valid=change.valid)
    return {
        "curve_range": high - _masked.first(x, present),
        "dispersion_within_run": up - low,
        "short_term_risk": worst,
        "long_term_risk": long_term_risk(x, valid=present),
        "median_performance": middle,
    }
