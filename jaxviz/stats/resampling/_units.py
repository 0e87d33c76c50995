"""Resampling units: which runs, tasks and episodes one bootstrap replicate draws.

| unit          | one replicate                                                     | streams of draws      |
|---------------|-------------------------------------------------------------------|-----------------------|
| `cell`        | in each task separately, its N_t runs with replacement            | one per task          |
| `run`         | one draw of the N runs, applied to all tasks and all times        | one                   |
| `task+run`    | M tasks with replacement, then the runs of each drawn position    | tasks, then positions |
| `run+episode` | N runs with replacement, then the episodes within each drawn run  | runs, then positions  |
"""

from collections.abc import Callable
from functools import partial
from typing import get_args

import equinox as eqx
import jax
import jax.numpy as jnp

from ... import _masked
from ..._types import Array, ArrayLike, Bool, Float, Int, Num
from .._engine._draws import Words, draw_ranks
from .._engine._intervals import Unit

UNITS: tuple[Unit, ...] = get_args(Unit)
Index = tuple[Int[Array, "..."], ...]
MAP_BYTES = 2**20
"""Bytes of resampled data that are worked on at a time: about the share of one core in a CPU's cache."""


class Sample(eqx.Module):
    """Data with runs along the leading axis, everything valid in front of everything that is not."""

    arrays: tuple[Num[Array, "run ..."], ...]
    present: Bool[Array, "run ..."] | None
    """Over leading axes of the arrays; None if everything is valid, and the statistic need not know about masks."""
    unit: Unit = eqx.field(static=True)

    def live(self) -> Bool[Array, "..."]:
        """Which entries of the resampled axes hold anything valid: [run], or [run, task] or [run, episode]."""
        shape = self.arrays[0].shape[: resampled_axes(self.unit, self.arrays[0].ndim)]
        if self.present is None:
            return jnp.ones(shape, bool)
        return jnp.any(self.present.reshape(*shape, -1), axis=-1)

    def live_by_stream(self) -> Bool[Array, "run stream"]:
        """`live` with one column per stream of draws; [run, 1] if runs are drawn whole."""
        live = self.live()
        return live if live.ndim == 2 else live[:, None]

    def live_runs(self) -> Int[Array, ""]:
        """Number of runs with anything valid."""
        live = self.live()
        return _masked.count(jnp.any(live.reshape(live.shape[0], -1), axis=1))

    def apply(self, statistic: Callable[..., ArrayLike]) -> Float[Array, "*component"]:
        """The statistic of the data; it is told about masks only if there are any."""
        masks = {} if self.present is None else {"valid": self.present}
        return _masked.as_float(statistic(*self.arrays, **masks))

    def centred(self, axes: int) -> "Sample":
        """The first array less the mean of its finite entries over so many leading axes: nearly 0, without rounding."""
        x = self.arrays[0]
        seen = jnp.isfinite(x)
        if self.present is not None:
            seen = seen & with_trailing_axes(self.present, x.ndim)
        over = tuple(range(min(axes, x.ndim)))
        number = jnp.maximum(jnp.sum(seen, axis=over, keepdims=True), 1).astype(x.dtype)
        centre = jnp.sum(jnp.where(seen, x, 0), axis=over, keepdims=True) / number
        return Sample((x - centre, *self.arrays[1:]), self.present, self.unit)

    def at(self, index: Index, drawn: Bool[Array, "..."]) -> "Sample":
        """The entries at `index`: those that exist, and are among the `drawn`."""
        arrays = tuple(x[index] for x in self.arrays)
        if self.present is None:
            return Sample(arrays, None, self.unit)
        return Sample(arrays, self.present[index] & with_trailing_axes(drawn, self.present.ndim), self.unit)


@partial(jax.jit, static_argnums=1)
def about_common_origin(samples: list[Sample], axes: int) -> list[Sample]:
    """The arrays of all samples less one number near them, over so many leading axes.

    What moves with its scores has the same differences there, and keeps the digits that a common offset would round.
    """
    arrays = [x for sample in samples for x in sample.arrays]
    if len({x.shape[min(axes, x.ndim) :] for x in arrays}) > 1:
        return samples
    columns, there = [], []
    for sample in samples:
        for x in sample.arrays:
            mask = jnp.ones(x.shape, bool)
            mask = mask if sample.present is None else mask & with_trailing_axes(sample.present, x.ndim)
            rows = (-1, *x.shape[min(axes, x.ndim) :])
            columns.append(x.reshape(rows))
            there.append(mask.reshape(rows))
    origin = _masked.origins(jnp.concatenate(columns), jnp.concatenate(there))
    return [
        Sample(tuple(x - jnp.broadcast_to(origin, x.shape) for x in sample.arrays), sample.present, sample.unit)
        for sample in samples
    ]


def resampled_axes(unit: Unit, ndim: int) -> int:
    """How many leading axes the unit draws over; one task may come as [run]."""
    return min(ndim, 1 if unit == "run" else 2)


def with_trailing_axes(x: Array, ndim: int) -> Array:
    """`x` with trailing axes of size 1 up to rank `ndim`."""
    return x.reshape(x.shape + (1,) * (ndim - x.ndim))


def make_sample(data: tuple[ArrayLike, ...], valid: Bool[ArrayLike, "..."] | None, unit: Unit) -> Sample:
    """Check the data of a bootstrap and bring valid entries to the front."""
    if unit not in UNITS:
        raise ValueError(f"`unit` must be one of {', '.join(UNITS)}, got {unit!r}")
    arrays = tuple(_masked.as_float(x) for x in data)
    needed = 2 if unit in ("task+run", "run+episode") else 1
    axes = resampled_axes(unit, arrays[0].ndim) if arrays else 0
    for x in arrays:
        if x.ndim < needed:
            raise ValueError(f"unit {unit!r} needs data with at least {needed} axes, got shape {x.shape}")
        if x.shape[:axes] != arrays[0].shape[:axes]:
            raise ValueError(f"data must share their first {axes} axes, got {arrays[0].shape} and {x.shape}")
    if not arrays:
        raise ValueError("nothing to resample: `data` must have at least one array")
    if 0 in arrays[0].shape[:2]:
        return _nothing(arrays, min(arrays[0].ndim, 2), unit)
    if not all(x.size for x in arrays):
        raise ValueError(f"`data` must have at least one entry along every axis, got {[x.shape for x in arrays]}")
    if valid is None:
        return Sample(arrays, None, unit)
    return _present_first(Sample(arrays, _check_valid(arrays[0], valid, unit), unit))


def _nothing(arrays: tuple[Float[Array, "run ..."], ...], axes: int, unit: Unit) -> Sample:
    """Data without a run, a task or an episode as one that does not exist, of which every statistic is undefined."""
    sizes = tuple(max(size, 1) for size in arrays[0].shape[:axes])
    shapes = [(sizes + x.shape[axes:])[: x.ndim] for x in arrays]
    mask = jnp.zeros(sizes[: max(resampled_axes(unit, arrays[0].ndim), 1)], bool)
    return Sample(tuple(jnp.zeros(shape, x.dtype) for shape, x in zip(shapes, arrays, strict=True)), mask, unit)


def _check_valid(x: Float[Array, "..."], valid: Bool[ArrayLike, "..."], unit: Unit) -> Bool[Array, "..."]:
    """`valid`, spread at least over the resampled axes."""
    valid = jnp.asarray(valid)
    if valid.dtype != bool or valid.ndim == 0 or valid.shape != x.shape[: valid.ndim]:
        raise ValueError(f"`valid` must be boolean over leading axes of {x.shape}, got {valid.dtype}{valid.shape}")
    axes = max(valid.ndim, resampled_axes(unit, x.ndim))
    return jnp.broadcast_to(with_trailing_axes(valid, axes), x.shape[:axes])


def _present_first(sample: Sample) -> Sample:
    """The sample with runs, tasks and episodes that exist in front: draws are ranks among these."""
    live = sample.live()
    if live.ndim == 1:
        index = (jnp.argsort(~live, stable=True),)
    elif sample.unit == "run+episode":
        runs = jnp.argsort(~jnp.any(live, axis=1), stable=True)
        index = (runs[:, None], jnp.argsort(~live[runs], axis=1, stable=True))
    else:
        index = (jnp.argsort(~live, axis=0, stable=True), positions(live.shape, 1))
    return sample.at(index, jnp.ones(live.shape, bool))


def positions(shape: tuple[int, ...], axis: int) -> Int[Array, "..."]:
    """The index of every entry along one axis."""
    return jax.lax.broadcasted_iota(jnp.int32, shape, axis)


def resample(sample: Sample, words: Words) -> Sample:
    """One replicate."""
    live = sample.live().astype(jnp.int32)
    if live.ndim == 1:
        return sample.at(*_draw_runs(live, words))
    draw = {"cell": _draw_cells, "task+run": _draw_tasks, "run+episode": _draw_episodes}[sample.unit]
    return sample.at(*draw(live, words))


def _draw_runs(live: Int[Array, " run"], words: Words) -> tuple[Index, Bool[Array, " run"]]:
    n = jnp.sum(live, keepdims=True, dtype=jnp.int32)
    rows = draw_ranks(words, live.shape[0], n)[:, 0]
    return (rows,), positions(rows.shape, 0) < n


def _draw_cells(live: Int[Array, "run task"], words: Words) -> tuple[Index, Bool[Array, "run task"]]:
    n = jnp.sum(live, axis=0, dtype=jnp.int32)
    rows = draw_ranks(words, live.shape[0], n)
    return (rows, positions(rows.shape, 1)), positions(rows.shape, 0) < n[None]


def _draw_tasks(live: Int[Array, "run task"], words: Words) -> tuple[Index, Bool[Array, "run task"]]:
    runs, tasks = live.shape
    drawn = draw_ranks(words, tasks, jnp.full((1,), tasks, jnp.int32))[:, 0]
    n = jnp.sum(live, axis=0, dtype=jnp.int32)[drawn]
    rows = draw_ranks(words, runs, n, first_stream=1)
    return (rows, jnp.broadcast_to(drawn[None], rows.shape)), positions(rows.shape, 0) < n[None]


def _draw_episodes(live: Int[Array, "run episode"], words: Words) -> tuple[Index, Bool[Array, "run episode"]]:
    runs, episodes = live.shape
    n = jnp.sum(jnp.max(live, axis=1), keepdims=True, dtype=jnp.int32)
    drawn = draw_ranks(words, runs, n)[:, 0]
    ends = jnp.sum(live, axis=1, dtype=jnp.int32)[drawn]
    columns = draw_ranks(words, episodes, ends, first_stream=1).T
    within = (positions(live.shape, 1) < ends[:, None]) & (positions(live.shape, 0) < n[None])
    return (jnp.broadcast_to(drawn[:, None], columns.shape), columns), within


def batch_of(sample: Sample, limit: int) -> int:
    """How many copies of the data to work on at a time: about a cache full, at most `limit`."""
    size = sum(x.nbytes for x in sample.arrays)
    return max(1, min(limit, MAP_BYTES // max(size, 1)))
