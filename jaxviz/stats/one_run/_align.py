"""One grid of steps for runs that were measured at different ones."""

from collections.abc import Callable
from functools import partial
from typing import Literal, get_args

import equinox as eqx
import jax
import jax.numpy as jnp

from ... import _masked
from ..._scans import running_max
from ..._types import Array, ArrayLike, Bool, Float, Num

Support = Literal["union", "intersection"]
Interpolation = Literal["linear", "previous", "bin"]


class Aligned(eqx.Module):
    """Curves at common steps."""

    values: Float[Array, "run point"]
    """NaN at points that are not valid."""
    valid: Bool[Array, "run point"]
    """Points at which the run has a value; n(t) is its sum over runs."""
    held: Bool[Array, "run point"]
    """Points beyond the run's end, which have its last value."""


def align(
    curves: Num[ArrayLike, "run entry"],
    step: Num[ArrayLike, "run entry"],
    grid: Num[ArrayLike, " point"],
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
    """
    _check(support, interpolation, hold_last)
    curves, step = _masked.as_float(curves), jnp.asarray(step)
    if curves.ndim != 2 or step.shape != curves.shape:
        raise ValueError(f"`curves` and `step` must both be [run, entry], got shapes {curves.shape} and {step.shape}")
    present = _masked.validity(curves, valid)
    grid = jnp.asarray(grid, step.dtype)
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
    step: Num[Array, " entry"],
    present: Bool[Array, " entry"],
    grid: Num[Array, " point"],
    *,
    place: Callable[..., tuple[Float[Array, " point"], Bool[Array, " point"]]],
    hold_last: bool,
) -> tuple[Float[Array, " point"], Bool[Array, " point"], Bool[Array, " point"]]:
    values, inside = place(x, step, present, grid)
    if not hold_last:
        return values, inside, jnp.zeros(grid.shape, bool)
    held = jnp.any(present) & ~inside & (grid > _masked.last(step, present))
    return jnp.where(held, _masked.last(x, present), values), inside | held, held


@partial(jax.jit, static_argnames="linear")
def _between_entries(
    x: Float[Array, " entry"],
    step: Num[Array, " entry"],
    present: Bool[Array, " entry"],
    grid: Num[Array, " point"],
    *,
    linear: bool,
) -> tuple[Float[Array, " point"], Bool[Array, " point"]]:
    """The value at or before each grid point, or on the line to the next one."""
    n = x.shape[0]
    index = jnp.arange(n, dtype=jnp.int32)
    latest = running_max(jnp.where(present, index, -1))
    following = -running_max(jnp.where(present, -index, -n)[::-1])[::-1]
    reached = jnp.where(latest >= 0, step[jnp.maximum(latest, 0)], _least(step.dtype))
    place = jnp.searchsorted(reached, grid, side="right") - 1
    left = jnp.where(place >= 0, latest[jnp.maximum(place, 0)], -1)
    inside = (left >= 0) & (grid <= _masked.last(step, present))
    left = jnp.maximum(left, 0)
    if not linear:
        return x[left], inside
    right = following[jnp.minimum(left + 1, n - 1)]
    right = jnp.where((right > left) & (right < n), right, left)
    gap = (step[right] - step[left]).astype(x.dtype)
    share = jnp.where(gap > 0, (grid - step[left]).astype(x.dtype) / jnp.where(gap > 0, gap, 1), 0)
    return jnp.where(share > 0, x[left] + share * (x[right] - x[left]), x[left]), inside


@jax.jit
def _in_bins(
    x: Float[Array, " entry"], step: Num[Array, " entry"], present: Bool[Array, " entry"], grid: Num[Array, " point"]
) -> tuple[Float[Array, " point"], Bool[Array, " point"]]:
    """Mean of the valid entries of each bin."""
    bins = grid.shape[0]
    slot = jnp.where(present, jnp.searchsorted(grid, step, side="left"), bins)
    total = jnp.zeros(bins, x.dtype).at[slot].add(x, mode="drop")
    count = jnp.zeros(bins, jnp.int32).at[slot].add(1, mode="drop")
    return _masked.ratio(total, count.astype(x.dtype)), count > 0


def _common(
    step: Num[Array, "run entry"], present: Bool[Array, "run entry"], grid: Num[Array, " point"]
) -> Bool[Array, " point"]:
    """Grid points between the latest first step and the earliest last step of the runs that have any."""
    some = jnp.any(present, axis=1)
    first = jnp.where(some, jax.vmap(_masked.first)(step, present), _least(step.dtype))
    last = jnp.where(some, jax.vmap(_masked.last)(step, present), _greatest(step.dtype))
    return (grid >= jnp.max(first)) & (grid <= jnp.min(last))


def _least(dtype: jnp.dtype) -> ArrayLike:
    return jnp.asarray(jnp.iinfo(dtype).min if jnp.issubdtype(dtype, jnp.integer) else -jnp.inf, dtype)


def _greatest(dtype: jnp.dtype) -> ArrayLike:
    return jnp.asarray(jnp.iinfo(dtype).max if jnp.issubdtype(dtype, jnp.integer) else jnp.inf, dtype)
