"""The first step at which a run met a level, right-censored if it never did."""

import jax.numpy as jnp

from ... import _masked, _steps
from ..._explained import explained
from ..._half import computed_in_single
from ..._own_kernel import own_kernel
from ..._scans import nth_valid, run_lengths
from ..._shown import Result
from ..._steps import EntrySteps, ExactSteps, Steps
from ..._types import Array, ArrayLike, Bool, Int, Mask
from .._engine._steps import entry_steps
from ..windows._rolling import rolling_mean, rolling_min


class Crossing(Result):
    """First step at which a level is met, or the end of the stream if it never is."""

    step: ExactSteps
    """Step of the crossing; the last valid step if there is none (right-censored); −1 without a valid entry."""
    reached: Bool[Array, ""]
    """Whether the level was met; False is a censored time, not a missing one."""


@explained
@computed_in_single("target")
def first_crossing(
    x: ArrayLike,
    target: ArrayLike,
    *,
    step: Steps | None = None,
    window: int = 1,
    hold: int = 1,
    valid: Mask | None = None,
) -> Crossing:
    """First step at which the trailing mean meets the target and keeps meeting it.

    t* = min{t : yₜ, …, yₜ₊ₕ₋₁ ≥ target},  y = rolling_mean(x, window),  h = `hold`

    Shapes: [entry] → []. Unit: steps (entry index with `step=None`), exact integers, ↓. Never reached: `reached` is
    False and `step` the last valid step (right-censored: keep the run, see `kaplan_meier`); no valid entry: −1. For
    "falls below" pass −x and −target. The mean delays a crossing by up to window − 1 entries: name the window. The h
    entries are successive among those whose window is full; a valid NaN meets no target. Alias `time_to_threshold`.

    >>> x = np.array([1.0, 3.0, 2.0, 5.0])
    >>> stats.first_crossing(x, 3.0, step=np.array([10, 20, 30, 40]))
    Crossing(step=20, reached=True)
    """
    x, present = _masked.stream(x, valid)
    step = entry_steps(x, step)
    met = present & (rolling_mean(x, window, valid=valid) >= jnp.asarray(target, x.dtype))
    counted = present if hold == 1 or window == 1 else full_windows(present, window)
    return crossing_at(*first_held(met, counted, hold), step, present)


time_to_threshold = first_crossing


def first_held(
    met: Bool[Array, " entry"], present: Bool[Array, " entry"], hold: int, *, contiguous: bool = False
) -> tuple[Int[Array, ""], Bool[Array, ""]]:
    """Start of the first `hold` successive existing entries that are all met, and whether there is one.

    `contiguous`: no existing entry lies between others that do not exist, which takes a window instead of a count.
    """
    if hold < 1:
        raise ValueError(f"`hold` must be at least 1, got {hold}")
    if hold == 1:
        return _first_true(met)
    if contiguous:
        held = rolling_min(own_kernel((met & present).astype(jnp.result_type(float))), hold) == 1
        end, reached = _first_true(held)
        return jnp.where(reached, end - hold + 1, end), reached
    end, reached = _first_true(present & (run_lengths(met, present) >= hold))
    upto = jnp.sum(present & (jnp.arange(present.shape[0], dtype=jnp.int32) <= end), dtype=jnp.int32)
    return jnp.where(reached, nth_valid(present, upto - hold), end), reached


def _first_true(met: Bool[Array, " entry"]) -> tuple[Int[Array, ""], Bool[Array, ""]]:
    """Index of the first True (the length if there is none), and whether there is one."""
    n = met.shape[0]
    index = jnp.min(jnp.where(met, jnp.arange(n, dtype=jnp.int32), n), initial=n)  # argmax is slower on the CPU
    return index, index < n


def crossing_at(
    index: Int[Array, ""], reached: Bool[Array, ""], step: EntrySteps, present: Bool[Array, " entry"]
) -> Crossing:
    """The crossing at entry `index`, censored at the last valid step if it was not reached."""
    entry = jnp.where(reached, index, _masked.last_index(present))
    return Crossing(_steps.at(step, entry, jnp.any(present)), reached)


def full_windows(present: Bool[Array, " entry"], window: int) -> Bool[Array, " entry"]:
    """Entries at which all of the last `window` are valid."""
    return rolling_mean(present.astype(jnp.result_type(float)), window) == 1
