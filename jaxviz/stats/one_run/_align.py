"""One grid of steps for runs that were measured at different ones."""

from collections.abc import Callable
from functools import partial
from typing import Literal, get_args

import jax
import jax.numpy as jnp

from ... import _masked, _steps
from ..._explained import explained
from ..._half import computed_in_single
from ..._scans import running_max
from ..._shown import Result
from ..._steps import StepsLike, Times
from ..._types import Array, ArrayLike, Bool, Float, Num
from ...host import as_times

Support = Literal["union", "intersection"]
Interpolation = Literal["linear", "previous", "bin"]


class Aligned(Result):
    """Curves at common steps."""

    values: Float[Array, "run point"]
    """NaN at points that are not valid."""
    valid: Bool[Array, "run point"]
    """Points at which the run has a value; n(t) is its sum over runs."""
    held: Bool[Array, "run point"]
    """Points beyond the run's end, which have its last value."""


@explained
@computed_in_single()
def align(
    curves: Num[ArrayLike, "run entry"],
    step: StepsLike,
    grid: StepsLike,
    *,
    support: Support = "union",
    interpolation: Interpolation = "linear",
    hold_last: bool = False,
    valid: Bool[ArrayLike, "run entry"] | None = None,
) -> Aligned:
    """Curves of different lengths and steps on one grid; nothing is extrapolated.

    "linear": on the line between its neighbours; "previous": the latest value at or before the grid point; "bin": mean
    of the values with steps in (b_{k−1}, b_k], the first bin reaching down without end, an empty bin invalid.
    "union": each run is valid inside its own [first, last] step; "intersection": only inside that of all runs.
    `hold_last` continues each run with its last value and says where.

    Shapes: [run, entry], [run, entry], [point] → [run, point]. Steps of valid entries and the grid must not decrease;
    steps are subtracted as integers before they are divided. openrlbenchmark aligns runs of unequal length by the
    *fraction* of their own length and labels the result with steps; rl-baselines3-zoo drops the shorter runs.

    >>> curves, steps = np.array([[0.0, 2.0], [1.0, 5.0]]), np.array([[0, 10], [0, 20]])
    >>> print(stats.align(curves, steps, np.array([0, 5, 10])).values)
    [[0. 1. 2.]
     [1. 2. 3.]]
    """
    _check(support, interpolation, hold_last)
    curves, step, grid = _masked.as_float(curves), as_times(step, "step"), as_times(grid, "grid")
    if curves.ndim != 2 or step.shape != curves.shape:
        raise ValueError(f"`curves` and `step` must both be [run, entry], got shapes {curves.shape} and {step.shape}")
    present = _masked.validity(curves, valid)
    step, grid = _steps.one_form([step, grid])
    if not curves.shape[1]:
        empty = jnp.zeros((curves.shape[0], grid.shape[0]), bool)
        return Aligned(jnp.full(empty.shape, jnp.nan, curves.dtype), empty, empty)
    place = _in_bins if interpolation == "bin" else partial(_between_entries, linear=interpolation == "linear")
    one = partial(_align_one, place=place, hold_last=hold_last)
    values, known, held = jax.vmap(one, in_axes=(0, 0, 0, None))(_masked.blank(curves, present), step, present, grid)
    if support == "intersection":
        known = known & _common(step, present, grid)[None]
    return Aligned(_masked.undefined_unless(known, values), known, held & known)


def _check(support: str, interpolation: str, hold_last: bool) -> None:
    for name, value, choices in (("support", support, Support), ("interpolation", interpolation, Interpolation)):
        if value not in get_args(choices):
            raise ValueError(f"`{name}` must be one of {', '.join(get_args(choices))}; got {value!r}")
    if hold_last and support == "intersection":
        raise ValueError("`hold_last` continues runs beyond their end, which support='intersection' cuts off")


def _align_one(
    x: Float[Array, " entry"],
    step: Times,
    present: Bool[Array, " entry"],
    grid: Times,
    *,
    place: Callable[..., tuple[Float[Array, " point"], Bool[Array, " point"]]],
    hold_last: bool,
) -> tuple[Float[Array, " point"], Bool[Array, " point"], Bool[Array, " point"]]:
    values, inside = place(x, step, present, grid)
    if not hold_last:
        return values, inside, jnp.zeros(grid.shape, bool)
    held = jnp.any(present) & ~inside & _steps.less(_steps.last(step, present), grid)
    return jnp.where(held, _masked.last(x, present), values), inside | held, held


@partial(jax.jit, static_argnames="linear")
def _between_entries(
    x: Float[Array, " entry"],
    step: Times,
    present: Bool[Array, " entry"],
    grid: Times,
    *,
    linear: bool,
) -> tuple[Float[Array, " point"], Bool[Array, " point"]]:
    """The value at or before each grid point, or on the line to the next one."""
    n = x.shape[0]
    index = jnp.arange(n, dtype=jnp.int32)
    latest = running_max(jnp.where(present, index, -1))
    following = -running_max(jnp.where(present, -index, -n)[::-1])[::-1]
    reached = _steps.where(latest >= 0, step[jnp.maximum(latest, 0)], _steps.lowest(step))
    place = _steps.search(reached, grid, after=True) - 1
    left = jnp.where(place >= 0, latest[jnp.maximum(place, 0)], -1)
    inside = (left >= 0) & _steps.at_most(grid, _steps.last(step, present))
    left = jnp.maximum(left, 0)
    if not linear:
        return x[left], inside
    right = following[jnp.minimum(left + 1, n - 1)]
    right = jnp.where((right > left) & (right < n), right, left)
    gap = _steps.since(step[right], step[left], x.dtype)
    share = jnp.where(gap > 0, _steps.since(grid, step[left], x.dtype) / jnp.where(gap > 0, gap, 1), 0)
    return jnp.where(share > 0, x[left] + share * (x[right] - x[left]), x[left]), inside


@jax.jit
def _in_bins(
    x: Float[Array, " entry"], step: Times, present: Bool[Array, " entry"], grid: Times
) -> tuple[Float[Array, " point"], Bool[Array, " point"]]:
    """Mean of the valid entries of each bin."""
    bins = grid.shape[0]
    slot = jnp.where(present, _steps.search(grid, step, after=False), bins)
    origin = _masked.origin(x, present)
    total = jnp.zeros(bins, x.dtype).at[slot].add(x - origin, mode="drop")
    count = jnp.zeros(bins, jnp.int32).at[slot].add(1, mode="drop")
    mean = _masked.from_origin(jnp.broadcast_to(origin, total.shape), total, jnp.maximum(count, 1).astype(x.dtype))
    return _masked.undefined_unless(count > 0, mean), count > 0


def _common(step: Times, present: Bool[Array, "run entry"], grid: Times) -> Bool[Array, " point"]:
    """Grid points between the latest first step and the earliest last step of the runs that have any."""
    some = jnp.any(present, axis=1)
    latest = _steps.largest(jax.vmap(_steps.first)(step, present), some)
    earliest = _steps.smallest(jax.vmap(_steps.last)(step, present), some)
    return (_steps.at_most(latest, grid) & _steps.at_most(grid, earliest)) | ~jnp.any(some)
