"""Scores of several tasks on one scale: named tables of reference scores, or the caller's."""

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches

import jax.numpy as jnp

from .. import stats
from .._types import Array, Float
from ..host import to_host
from ._reference_scores import TABLES, Reference
from ._settings import Scale
from ._tables import Table

_RETURNS = ("return", "score")
"""Metrics that tables of returns normalise unasked: what runs and mappings of scores call it unless somebody says
otherwise. A loss or a length of a task that a table knows is none."""
Normalize = str | Mapping[str, tuple[float, float]] | None


def scale_of(table: Table, normalize: Normalize) -> Scale:
    """How the scores of a table are put on one scale.

    None: scores of one task stay as they are; times of several to a target are shares of the budget that is left when
    it is met; other scores of several are normalised by the only named table that has all of
    the tasks, else by the lowest and highest score of each task.
    """
    if normalize is None:
        return _found(table)
    if isinstance(normalize, Mapping):
        source = "low and high of each task were given"
        return _of_pairs(
            table.tasks, normalize, "the caller's", source, lambda task: get_close_matches(task, normalize)
        )
    if normalize == "raw":
        return Scale("raw")
    if normalize == "min-max":
        return _min_max(table)
    named = [reference for reference in TABLES if reference.name == normalize]
    if not named:
        known = ", ".join(repr(name) for name in ("raw", "min-max", *(t.name for t in TABLES)))
        raise ValueError(f"`normalize` must be one of {known}, or map each task to (low, high); got {normalize!r}")
    if table.minimize or not table.normal:
        what = "lower is better here" if table.minimize else f"{table.score!r} is no such score"
        raise ValueError(
            f"`normalize`: the table {normalize!r} is of returns, of which higher is better, and {what}: give "
            'normalize={task: (low, high), ...}, or "raw"'
        )
    return _of_reference(table.tasks, named[0])


def _found(table: Table) -> Scale:
    if table.budgets and len(table.tasks) > 1:
        source = "0: the target is not met within the budget of the task, 1: at once"
        return Scale("budget", source, table.budgets, (0.0,) * len(table.tasks))
    if len(table.tasks) == 1 or not table.normal:
        return Scale("raw")
    fitting = [reference for reference in TABLES if all(reference.find(task) for task in table.tasks)]
    if len(fitting) == 1 and not table.minimize and table.metric in _RETURNS:
        return _of_reference(table.tasks, fitting[0])
    return _min_max(table)


def _of_reference(tasks: Sequence[str], reference: Reference) -> Scale:
    pairs = {task: reference.find(task) for task in tasks}
    known = {task: pair for task, pair in pairs.items() if pair is not None}
    return _of_pairs(tasks, known, reference.name, reference.source, reference.near)


def _of_pairs(
    tasks: Sequence[str],
    pairs: Mapping[str, tuple[float, float]],
    name: str,
    source: str,
    near: Callable[[str], Sequence[str]],
) -> Scale:
    missing = [task for task in tasks if task not in pairs]
    if missing:
        words = [f"{task} (near it: {', '.join(found)})" if (found := near(task)) else task for task in missing[:5]]
        more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
        raise ValueError(
            f"`normalize` ({name}) has no reference scores of {', '.join(words)}{more}: give "
            "normalize={task: (low, high), ...}, or select the tasks it has"
        )
    ends = [tuple(map(float, pairs[task])) for task in tasks]
    flat = [task for task, (low, high) in zip(tasks, ends, strict=True) if low == high or low != low or high != high]
    if flat:
        raise ValueError(
            f"`normalize` must have two different numbers for each task, got {pairs[flat[0]]} of {flat[0]}"
        )
    return Scale(name, source, tuple(low for low, _ in ends), tuple(high for _, high in ends))


def _min_max(table: Table) -> Scale:
    """The worst and the best score of each task; a task on which all are equal keeps its unit."""
    finite = table.valid & jnp.isfinite(table.raw)
    low = to_host(jnp.min(jnp.where(finite, table.raw, jnp.inf), axis=(0, 1))).tolist()
    high = to_host(jnp.max(jnp.where(finite, table.raw, -jnp.inf), axis=(0, 1))).tolist()
    ends = [(a, b if b > a else a + 1) if a <= b else (0.0, 1.0) for a, b in zip(low, high, strict=True)]
    turned = [(b, a) if table.minimize else (a, b) for a, b in ends]
    return Scale("min-max", "the worst and best scores of these runs", *map(tuple, zip(*turned, strict=True)))


def scaled(raw: Float[Array, "algorithm run task"], scale: Scale) -> Float[Array, "algorithm run task"]:
    """Scores on the scale."""
    if scale.name == "raw":
        return raw
    flat = raw.reshape(-1, raw.shape[2])
    low, high = (jnp.asarray(ends, raw.dtype) for ends in (scale.low, scale.high))
    return stats.normalize_scores(flat, low, high).reshape(raw.shape)
