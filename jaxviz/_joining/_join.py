"""Runs of several processes as one batch, parts of one training as one run."""

import dataclasses
import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax.core import Tracer

from .. import _scans, _steps
from .._explained import explained
from .._run import UNKNOWN, EpisodeSeries, Evaluation, LossSeries, TrainingRun, UpdateReturns
from .._types import Array
from ._padding import explicit, padded, padded_steps

_PARTS = ("episodes", "updates", "evaluation", "losses", "policy", "policies")
_TIMED = ("episodes", "updates", "evaluation", "losses", "policies")
"""Parts that may have steps."""
_WORDS = ("metric", "minimize")
Part = Any
"""One of the series of a run, or None."""


@explained
def stack_runs(runs: Sequence[TrainingRun]) -> TrainingRun:
    """Runs, or batches of runs, as one batch: `analyze([run_of_seed_0, run_of_seed_1])` calls it.

    Joined along the last batch axis, the one of the runs: two single runs make a batch [2], batches [3, 5] and [3, 8]
    a batch [3, 13]. Capacities, numbers of updates, evaluations and rollouts may differ: the shorter ones are padded,
    and `valid` says so. ValueError if a part is known of some runs only, or the runs are not of one kind.

    >>> runs = [jv.from_arrays([1.0, 2.0, 3.0]), jv.from_arrays([2.0, 4.0])]
    >>> jv.stack_runs(runs).batch_shape
    (2,)
    """
    runs = _checked(runs, "runs")
    leading = {(run.batch_shape or (1,))[:-1] for run in runs}
    if len(leading) > 1:
        raise ValueError(f"`runs` must agree in all batch axes but the last, got {[run.batch_shape for run in runs]}")
    axes = [len(run.batch_shape) for run in runs]

    def join(*arrays: Array) -> Array:
        whole = [x if n else x[None] for x, n in zip(arrays, axes, strict=True)]
        return jnp.concatenate(whole, axis=max(*axes, 1) - 1)

    totals = _totals(runs)
    parts = {name: _joined(_aligned(_explicit(runs, name), axes, name), join) for name in _PARTS}
    return dataclasses.replace(runs[0], **parts, total_steps=None if totals is None else jax.tree.map(join, *totals))


@explained
def join_chunks(chunks: Sequence[TrainingRun], *, step_restarts: bool | None = None) -> TrainingRun:
    """Parts of one training, one after the other in time, as one run: what a loop on the host collected.

    The same batch axes in each. `step_restarts`: the steps of each chunk count from 0 again, so that they are put
    behind those before; False: they go on; default: they restart if the first step of a chunk is not beyond the last
    of the chunk before (inside jit: they restart). Episodes are as each chunk reports them; the policy at the end is
    that of the last chunk. ValueError as in `stack_runs`, and if steps that are said to go on fall.

    >>> chunks = [jv.from_arrays([1.0, 2.0], step=[10, 20]), jv.from_arrays([3.0], step=[10])]
    >>> np.asarray(jv.join_chunks(chunks).episodes.step)
    array([10, 20, 30], dtype=int32)
    """
    chunks = _checked(chunks, "chunks")
    shapes = {chunk.batch_shape for chunk in chunks}
    if len(shapes) > 1:
        raise ValueError(f"`chunks` must be parts of the same runs, got batch shapes {sorted(shapes)}: see stack_runs")
    axes = len(chunks[0].batch_shape)
    chunks = _one_after_the_other(chunks, step_restarts)
    totals = _totals(chunks)

    def join(*arrays: Array) -> Array:
        if arrays[0].ndim > axes:
            return jnp.concatenate(arrays, axis=axes)
        return functools.reduce(jnp.logical_or if arrays[0].dtype == bool else jnp.add, arrays)

    series = [name for name in _PARTS if name != "policy"]
    parts = {name: _joined(_aligned(_explicit(chunks, name), [axes + 1] * len(chunks), name), join) for name in series}
    parts["episodes"] = None if parts["episodes"] is None else packed(parts["episodes"])
    return dataclasses.replace(chunks[-1], **parts, total_steps=None if totals is None else totals[-1])


@jax.jit
def packed(episodes: EpisodeSeries) -> EpisodeSeries:
    """The series with its valid entries first, in their order."""
    source, valid = jnp.vectorize(_scans.packed_indices, signature="(n)->(n),(n)")(episodes.valid)
    series = (episodes.returns, episodes.lengths, episodes.step)
    returns, lengths, step = jax.tree.map(lambda x: jnp.take_along_axis(x, source, axis=-1), series)
    return EpisodeSeries(returns, lengths, step, valid, episodes.count, episodes.overflow)


def _checked(given: Sequence[TrainingRun], name: str) -> list[TrainingRun]:
    """A list of runs of one kind, at least one."""
    if not isinstance(given, list | tuple):
        raise TypeError(f"`{name}` must be a list of TrainingRuns, got {type(given).__name__}")
    runs = list(given)
    for i, run in enumerate(runs):
        if not isinstance(run, TrainingRun):
            raise TypeError(
                f"`{name}` must be a list of TrainingRuns, got {type(run).__name__} at {i}: read each first, "
                "e.g. with from_purejaxrl or from_arrays"
            )
    if not runs:
        raise ValueError(f"`{name}` is empty: give one TrainingRun at least")
    for word in _WORDS:
        if len(found := {getattr(run, word) for run in runs}) > 1:
            raise ValueError(f"`{name}` must agree in `{word}`, got {sorted(found)}")
    return runs


def _explicit(runs: Sequence[TrainingRun], name: str) -> list[Part] | None:
    """The parts of that name, with masks where any needs one; None if no run has it."""
    parts = [getattr(run, name) for run in runs]
    if all(part is None for part in parts):
        return None
    missing = [i for i, part in enumerate(parts) if part is None]
    if missing:
        raise ValueError(
            f"`{name}` are known of some runs and not of others ({', '.join(map(str, missing))}): read all alike, or "
            f"leave them out with dataclasses.replace(run, {name}=None)"
        )
    masked = [(part, like) for part in parts if (like := _like(part)) is not None]
    ragged = len({like.shape[-1] for _, like in masked}) > 1
    if not ragged and all(part.valid is None for part, _ in masked):
        return parts
    return [dataclasses.replace(part, valid=explicit(part.valid, like)) for part, like in masked]


def _like(part: Part) -> Array | None:
    """An array of the shape of the mask, of a part that may do without."""
    if isinstance(part, UpdateReturns):
        return part.sums
    return next(iter(part.values.values())) if isinstance(part, LossSeries) else None


def _aligned(parts: list[Part] | None, axes: Sequence[int], name: str) -> list[Part] | None:
    """The parts with the same sizes of all axes behind their first `axes`."""
    if parts is None:
        return None
    flat = [jax.tree_util.tree_flatten_with_path(part, is_leaf=_are_steps) for part in parts]
    if len({tree for _, tree in flat}) > 1:
        known = [", ".join(jax.tree_util.keystr(path) for path, _ in leaves) for leaves, _ in flat]
        raise ValueError(f"`{name}` must be of one kind in all runs, got {' and '.join(sorted(set(known)))}")
    columns = [
        _alike([leaf for _, leaf in column], axes, name, jax.tree_util.keystr(column[0][0]))
        for column in zip(*(leaves for leaves, _ in flat), strict=True)
    ]
    return [tree.unflatten(leaves) for (_, tree), leaves in zip(flat, zip(*columns, strict=True), strict=True)]


def _are_steps(x: Any) -> bool:
    return isinstance(x, _steps.WideSteps)


def _alike(leaves: list[Any], axes: Sequence[int], name: str, path: str) -> list[Any]:
    within = [min(n, leaf.ndim) for n, leaf in zip(axes, leaves, strict=True)]
    if name in ("policy", "policies"):
        if len(shapes := {leaf.shape[n:] for leaf, n in zip(leaves, within, strict=True)}) > 1:
            raise ValueError(
                f"`{name}{path}` must have one shape in all runs, got {sorted(shapes)}: sample alike, "
                f"or leave them out with dataclasses.replace(run, {name}=None)"
            )
        return _steps.one_form(leaves) if path.endswith(".step") else leaves
    if path.endswith(".step"):
        return padded_steps(leaves, within) if within[0] < leaves[0].ndim else _steps.one_form(leaves)
    unknown = any(path.startswith(f".{field}") for field in UNKNOWN)
    return padded(leaves, within, jnp.nan if unknown else 0)


def _joined(parts: list[Part] | None, join: Callable[..., Array]) -> Part:
    return None if parts is None else jax.tree.map(join, *parts)


def _totals(runs: Sequence[TrainingRun]) -> list[_steps.ExactSteps] | None:
    """The steps that each run took; None if those of some run are not known."""
    totals = [_total(run) for run in runs]
    known = [total for total in totals if total is not None]
    return _steps.one_form(known) if len(known) == len(runs) else None


def _total(run: TrainingRun) -> _steps.ExactSteps | None:
    """The steps that were run, or those of its last entry."""
    if run.total_steps is not None:
        return run.total_steps
    ends = [part.step for part in (run.updates, run.evaluation) if part is not None and part.step is not None]
    if ends and ends[0].shape[-1]:
        return ends[0][..., -1]
    if run.episodes is None or run.episodes.step is None or not run.episodes.returns.shape[-1]:
        return None
    last = jnp.maximum(jnp.sum(run.episodes.valid, axis=-1, keepdims=True, dtype=jnp.int32) - 1, 0)
    return jax.tree.map(lambda x: jnp.take_along_axis(x, last, axis=-1)[..., 0], run.episodes.step)


def _one_after_the_other(chunks: Sequence[TrainingRun], restarts: bool | None) -> list[TrainingRun]:
    """The chunks, each at the steps behind the one before."""
    moved, end = [], None
    for chunk in chunks:
        if end is not None:
            chunk = _behind(chunk, end, len(moved), restarts)
        end = _total(chunk)
        moved.append(chunk)
    return moved


def _behind(chunk: TrainingRun, end: _steps.ExactSteps, place: int, restarts: bool | None) -> TrainingRun:
    """The chunk behind the `end` of the one before; ValueError if its steps go on from there, but fall."""
    if _restarts(chunk, end) if restarts is None else restarts:
        return _later(chunk, end)
    for name in _TIMED:
        if (fallen := _fallen(getattr(chunk, name), end)) is not None:
            raise ValueError(
                f"`chunks`: the steps of `{name}` fall, chunk {place} begins at {fallen[0]}, chunk {place - 1} ended "
                f"at {fallen[1]}. If the steps of every chunk count from 0, give step_restarts=True"
            )
    return chunk


def _fallen(part: Part, end: _steps.ExactSteps) -> tuple[int, int] | None:
    """A first step that lies before the end of the chunk before, with that end; None: none is known to do so."""
    if part is None or part.step is None or not part.step.shape[-1]:
        return None
    first, there = _first(part)
    before = there & _steps.less(first, end)
    if isinstance(before, Tracer) or not bool(jnp.any(before)):
        return None
    place = jnp.argmax(before.reshape(-1))
    begin, ended = jax.tree.map(lambda limb: limb.reshape(-1)[place], (first, end))
    return int(begin), int(ended)


def _first(part: Part) -> tuple[_steps.ExactSteps, Array]:
    """The step of the first entry, and where there is one."""
    first = part.step[..., 0]
    mask = getattr(part, "valid", None)
    if mask is None:
        return first, jnp.ones(first.shape, bool)
    there = mask[..., 0, :].any(axis=-1) if isinstance(part, Evaluation) else mask[..., 0]
    return first, there


def _restarts(chunk: TrainingRun, end: _steps.ExactSteps) -> bool:
    """Whether its first step is not beyond the end of the one before."""
    parts = [part for part in (chunk.updates, chunk.evaluation, chunk.episodes) if part is not None]
    known = [_first(part) for part in parts if part.step is not None and part.step.shape[-1]]
    if not known and (total := _total(chunk)) is not None:
        known = [(total, jnp.ones(total.shape, bool))]
    if not known:
        return False
    first, there = known[0]
    within = jnp.all(_steps.at_most(first, end) | ~there)
    return isinstance(within, Tracer) or bool(within)


def _later(chunk: TrainingRun, by: _steps.ExactSteps) -> TrainingRun:
    """The chunk at as many steps later."""

    def later(step: _steps.ExactSteps | None) -> _steps.ExactSteps | None:
        return None if step is None else _steps.shifted(step, _steps.spread(by[..., None], step.shape))

    named = {name: getattr(chunk, name) for name in _TIMED}
    parts = {name: dataclasses.replace(part, step=later(part.step)) for name, part in named.items() if part is not None}
    total = None if chunk.total_steps is None else _steps.shifted(chunk.total_steps, by)
    return dataclasses.replace(chunk, **parts, total_steps=total)
