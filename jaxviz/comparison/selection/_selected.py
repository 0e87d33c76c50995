"""A table of configurations -> one of tuned algorithms, each with the runs that its configuration is reported on."""

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from ..._types import Array, Bool, Float, PRNGKeyArray
from ...host import to_host
from ...stats.resampling._configurations import Resampled, halves, heights, resampled
from .._tables import Table, padded
from ._chosen import Chosen, Select

_LEAST = {"split": 4, "bootstrap": 3}
"""Runs of every configuration: of fewer a half is one run, or a bootstrap often leaves none out."""
_REPS = 2000
_PARTS = ("raw", "valid", "diverged")
_FOR_ALL, _FOR_EACH = "one configuration", "a configuration per task"


class _Sweep(NamedTuple):
    """The configurations of one algorithm on the tasks that it has."""

    name: str
    labels: tuple[str, ...]
    tasks: tuple[int, ...]
    """Places in the table."""
    x: Float[Array, "configuration run task"]
    """Scores as they are compared, higher is better."""
    raw: Float[Array, "configuration run task"]
    valid: Bool[Array, "configuration run task"]
    diverged: Bool[Array, "configuration run task"]


class _Choice(NamedTuple):
    """What is chosen for each task, on the host."""

    place: Any
    """[task] of the configuration that the choosing runs take."""
    naive: Any
    """[task] of the one that all runs take."""
    left_out: Any
    """[task]: mean score of what replicates choose, on the runs that they leave out."""
    share: Any
    """[configuration, task] of the replicates that choose it."""


class _Tuned(NamedTuple):
    """A row of the new table, on the tasks of its sweep."""

    name: str
    tasks: tuple[int, ...]
    raw: Float[Array, "run task"]
    valid: Bool[Array, "run task"]
    diverged: Bool[Array, "run task"]
    chosen: tuple[Chosen, ...] = ()


def selected(
    key: PRNGKeyArray,
    table: Table,
    x: Float[Array, "algorithm run task"],
    unit: Float[Array, " task"],
    select: Select,
) -> tuple[Table, tuple[Chosen, ...]]:
    """The table of tuned algorithms, and what was chosen. ValueError if there are no configurations, or too few runs.

    `x`: the scores of the table as they are compared, higher is better, with those of diverged runs as the worst.
    `unit`: a unit of theirs in raw scores.
    """
    if len(set(table.bases)) in (0, len(table.algorithms)):
        raise ValueError(
            "`select` chooses between configurations of an algorithm, and here each has one: give a study whose cells "
            "differ in hyper-parameters, as jv.read_logs and jv.Cell name them"
        )
    _check_runs(table, select)
    rows = list[_Tuned]()
    for i, name in enumerate(sorted(set(table.bases))):
        rows += _tuned(jax.random.fold_in(key, i), _sweep(name, table, x), table.tasks, unit, select)
    runs = padded(max(int(row.valid.sum(axis=0).max()) for row in rows))
    parts = {part: jnp.stack([_placed(row, part, table, runs) for row in rows]) for part in _PARTS}
    names = tuple(row.name for row in rows)
    return table._replace(algorithms=names, bases=names, **parts), tuple(one for row in rows for one in row.chosen)


def tuned_name(name: str | None, algorithms: Sequence[str]) -> str | None:
    """An algorithm as the new table calls it; of two the one with one configuration."""
    return f"{name} ({_FOR_ALL})" if name not in algorithms and f"{name} ({_FOR_ALL})" in algorithms else name


def _check_runs(table: Table, select: Select) -> None:
    least = _LEAST[select]
    counts = to_host(jnp.sum(table.valid, axis=1, dtype=jnp.int32)).tolist()
    for name, base, row in zip(table.algorithms, table.bases, counts, strict=True):
        for runs, task in zip(row, table.tasks, strict=True):
            if table.bases.count(base) > 1 and 0 < runs < least:
                other = ', or take "bootstrap"' if select == "split" and runs >= _LEAST["bootstrap"] else ""
                raise ValueError(
                    f'`select`: "{select}" needs {least} runs or more of every configuration, got {runs} of {name} on '
                    f"{task}: select(...) those that have them{other}"
                )


def _placed(row: _Tuned, part: str, table: Table, runs: int) -> Array:
    """A part of a row [run, task] in a table of so many runs and all tasks, with what is valid first."""
    order = jnp.argsort(~row.valid, axis=0, stable=True)
    values = jnp.take_along_axis(getattr(row, part), order, axis=0)[:runs]
    return jnp.zeros((runs, len(table.tasks)), values.dtype).at[: len(values), jnp.asarray(row.tasks)].set(values)


def _sweep(name: str, table: Table, x: Float[Array, "algorithm run task"]) -> _Sweep:
    own = [i for i, base in enumerate(table.bases) if base == name]
    labels = tuple(table.algorithms[i].removeprefix(name).strip() or "no hyper-parameters" for i in own)
    rows = jnp.asarray(own)
    tasks = tuple(to_host(jnp.any(table.valid[rows], axis=(0, 1))).nonzero()[0].tolist())
    parts = (part[rows][:, :, jnp.asarray(tasks)] for part in (x, table.raw, table.valid, table.diverged))
    return _Sweep(name, labels, tasks, *parts)


def _tuned(
    key: PRNGKeyArray, sweep: _Sweep, names: Sequence[str], unit: Float[Array, " task"], select: Select
) -> Iterator[_Tuned]:
    """An algorithm with one configuration for all tasks, and, of several tasks, with one for each of them."""
    if len(sweep.labels) == 1:
        yield _Tuned(sweep.name, sweep.tasks, sweep.raw[0], sweep.valid[0], sweep.diverged[0])
        return
    keys = jax.random.split(key)
    choosing = halves(keys[0], sweep.valid) if select == "split" else sweep.valid
    means, own = to_host((heights(sweep.x, choosing), heights(sweep.x, sweep.valid)))
    found: Resampled = to_host(resampled(keys[1], sweep.x, sweep.valid, reps=_REPS))
    several = len(sweep.tasks) > 1
    if own.min(axis=1).max() > -math.inf:  # some configuration has runs of all tasks
        shares = found.share_together[:, None].repeat(len(sweep.tasks), axis=1)
        choice = _Choice(_best(means), _best(own), found.together, shares)
        yield _reported(sweep, choice, choosing, unit, select, ("",), f" ({_FOR_ALL})" if several else "")
    if several:
        choice = _Choice(means.argmax(axis=0), own.argmax(axis=0), found.each, found.share_each)
        tasks = tuple(names[t] for t in sweep.tasks)
        yield _reported(sweep, choice, choosing, unit, select, tasks, f" ({_FOR_EACH})")


def _best(means: Any) -> Any:
    """[task] of the configuration that is the best of all tasks together."""
    return means.sum(axis=1).argmax(keepdims=True).repeat(means.shape[1])


def _reported(
    sweep: _Sweep,
    choice: _Choice,
    choosing: Bool[Array, "configuration run task"],
    unit: Float[Array, " task"],
    select: Select,
    tasks: Sequence[str],
    suffix: str,
) -> _Tuned:
    """The runs that a choice is reported on: those that did not choose, or all, lowered by what the choice flatters."""
    every = jnp.arange(len(sweep.tasks))
    place = jnp.asarray(choice.place)
    x, raw, valid, diverged, chose = (
        part[place, :, every].T for part in (sweep.x, sweep.raw, sweep.valid, sweep.diverged, choosing)
    )
    naive = to_host(heights(sweep.x, sweep.valid))[choice.naive, to_host(every)]
    if select == "split":
        valid = valid & ~chose
        honest = to_host(heights(x[None], valid[None]))[0]
    else:
        honest = choice.left_out
        raw = raw - (jnp.asarray(naive - honest, raw.dtype) * unit[jnp.asarray(sweep.tasks)])[None]
    name, share = f"{sweep.name}{suffix}", choice.share[choice.place, to_host(every)]
    chosen = tuple(_records(name, sweep, choice, select, tasks, (naive, honest, share)))
    return _Tuned(name, sweep.tasks, raw, valid, diverged, chosen)


def _records(
    name: str, sweep: _Sweep, choice: _Choice, select: Select, tasks: Sequence[str], columns: Sequence[Any]
) -> Iterator[Chosen]:
    """One for each task, or one for all of them; `columns` [task]: naive, honest and share."""
    for t, task in enumerate(tasks):
        part = slice(t, t + 1) if task else slice(None)
        numbers = (float(column[part].mean()) for column in columns)
        candidates = int(to_host(jnp.any(sweep.valid[:, :, part], axis=1)).all(axis=1).sum())
        yield Chosen(name, task, sweep.labels[choice.place[t]], select, candidates, *numbers)
