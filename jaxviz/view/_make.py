"""`make_view`: raw arrays, a TrainingRun, an Analysis or an Aggregate -> View."""

import dataclasses
import itertools
import math
import os
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import jax
import jax.numpy as jnp

from .. import _levels
from .._explained import explained
from .._joining import stack_runs
from .._kinds import refusal
from .._printable import printable
from .._run import Evaluation, TrainingRun
from .._whole import whole
from ..aggregation import Aggregate
from ..analysis import Analysis
from ..host import as_array, is_ragged, to_host
from ..inputs import from_arrays
from . import _compute
from ._labels import one_each
from ._view import ALL_RUNS, View

RESULTS = View | TrainingRun | Analysis | Aggregate
"""Results that figures draw without reading arrays."""
Tree = TypeVar("Tree")

# The names of the same arguments in messages of `from_arrays`, and in figures.
_ARGUMENTS = {"`lengths`": "`episode_lengths`", "evaluation returns": "`eval_rewards`"}


@explained
def make_view(
    x: Any,
    *,
    losses: Any = None,
    eval_rewards: Any = None,
    episode_lengths: Any = None,
    action_probs: Any = None,
    observations: Any = None,
    window: int | None = None,
    target: float | None = None,
    labels: Sequence[str] | None = None,
    level: float = 0.95,
) -> View:
    """The View of raw arrays, a TrainingRun or a list of them, an Analysis or an Aggregate; a View stays itself.

    It analyses once and aggregates once for all edges, and skips either if `x` brings it already. A mapping of arrays
    has one configuration under each name.
    """
    parts = {
        "losses": losses, "eval_rewards": eval_rewards, "episode_lengths": episode_lengths,
        "action_probs": action_probs, "observations": observations,
    }  # fmt: skip
    return view_of(x, "x", window=window, target=target, labels=labels, level=level, **parts)


def view_of(
    x: Any,
    argument: str,
    *,
    window: int | None = None,
    target: float | None = None,
    labels: Sequence[str] | None = None,
    level: float = 0.95,
    **parts: Any,
) -> View:
    """`make_view` for a caller that calls `x` by another name, which errors use."""
    if isinstance(x, View):
        return x
    _levels.check_one(level)
    window = (
        None if window is None else whole(window, "window", wanted="a positive integer, or None for each run's own")
    )
    if isinstance(x, Aggregate):
        refuse(parts, "an Aggregate")
        return _from_aggregate(x, labels, target)
    if isinstance(x, Analysis):
        refuse(parts, "an Analysis")
        _check_target(x, target)
        return from_analysis(x, None, labels, level, target)
    if are_runs(x):
        x = stack_runs(x)
    if isinstance(x, TrainingRun):
        refuse(parts, "a TrainingRun")
        run = x
    else:
        run = arrays_of(x, argument, **parts)
        labels = _names_in(x, run) if labels is None else labels
    _check_not_empty(run, argument)
    return from_analysis(_compute.analyze_run(run, window=window, target=target), run, labels, level, target)


def are_runs(x: Any) -> bool:
    """A list of runs, as one process a seed leaves them."""
    return isinstance(x, list | tuple) and len(x) > 0 and all(isinstance(one, TrainingRun) for one in x)


def _names_in(rewards: Any, run: TrainingRun) -> list[str] | None:
    """The names of a mapping of arrays, if each became a configuration."""
    named = isinstance(rewards, Mapping) and run.batch_shape[:-1] == (len(rewards),)
    return [str(name) for name in rewards] if named else None


@explained
def read_arrays(rewards: Any, **parts: Any) -> TrainingRun:
    """`from_arrays` under the names that figures give their arguments."""
    return arrays_of(rewards, "rewards", **parts)


def arrays_of(rewards: Any, argument: str, **parts: Any) -> TrainingRun:
    """`read_arrays` for a caller that calls `rewards` by another name. A name of a mapping is a configuration."""
    if rewards is None:
        raise ValueError(f"`{argument}` is None: give episode returns, a TrainingRun, an Analysis or an Aggregate")
    check_data(rewards, argument, "episode returns, a TrainingRun, an Analysis or an Aggregate", "figure")
    if isinstance(rewards, Mapping) and all(part is None for part in parts.values()):
        rewards = _with_runs(rewards, argument)
    try:
        return from_arrays(
            rewards,
            lengths=parts.get("episode_lengths"),
            losses=parts.get("losses"),
            evaluation_returns=parts.get("eval_rewards"),
            action_probs=parts.get("action_probs"),
            observations=parts.get("observations"),
        )
    except ValueError as error:
        text = str(error)
        for theirs, ours in {**_ARGUMENTS, "`returns`": f"`{argument}`", "`returns[": f"`{argument}["}.items():
            text = text.replace(theirs, ours)
        raise ValueError(text) from None


def check_data(x: Any, argument: str, wanted: str, like: str = "part") -> None:
    """TypeError, with the call to make, for what holds no arrays: a path, runs beside each other or under names."""
    if isinstance(x, str | os.PathLike) or _holds_results(x):
        raise TypeError(refusal(argument, x, wanted, like))


def _holds_results(x: Any) -> bool:
    held = x.values() if isinstance(x, Mapping) else x if isinstance(x, list | tuple) else ()
    return any(isinstance(one, RESULTS) for one in held)


def _with_runs(named: Mapping[str, Any], argument: str) -> dict[str, Any]:
    """One series under a name is its only run."""
    arrays = {name: as_array(x, f"{argument}[{name!r}]") for name, x in named.items() if not is_ragged(x)}
    return {**named, **{name: x[None] for name, x in arrays.items() if x.ndim == 1}}


@explained
def without_returns(batch: tuple[int, ...], **parts: Any) -> TrainingRun:
    """A run of which only losses or a policy are known: its one evaluation has no valid rollout."""
    nothing = jnp.zeros((*batch, 1, 1))
    evaluation = Evaluation(returns=nothing, lengths=None, step=None, valid=nothing > 0)
    return TrainingRun(evaluation=evaluation, **parts)


@explained
def refuse(parts: Mapping[str, Any], owner: str) -> None:
    """ValueError if any of `parts` is given beside an `owner` that brings its own."""
    given = [f"`{name}`" for name, part in parts.items() if part is not None]
    if given:
        raise ValueError(f"{owner} brings its own data: leave {', '.join(given)} out")


def _check_target(analysis: Analysis, target: float | None) -> None:
    if (
        target is not None
        and analysis.target is not None
        and not math.isclose(target, float(analysis.target), rel_tol=1e-6)
    ):
        raise ValueError(
            f"the Analysis was made with target {float(analysis.target):g}; analyse again to draw it with {target:g}"
        )


def _check_runs(batch_shape: tuple[int, ...]) -> None:
    if math.prod(batch_shape) == 0:
        raise ValueError(f"there is no run to draw: the batch axes are {batch_shape}")


def _check_not_empty(run: TrainingRun, argument: str) -> None:
    _check_runs(run.batch_shape)
    if run.episodes is not None and run.updates is None and run.episodes.returns.shape[-1] == 0:
        raise ValueError(f"`{argument}` is empty: there is no episode to draw")


@explained
def from_analysis(
    analysis: Analysis,
    run: TrainingRun | None = None,
    labels: Sequence[str] | None = None,
    level: float = 0.95,
    target: float | None = None,
    *,
    summary: Aggregate | None = None,
) -> View:
    """The View of an Analysis, of the `run` that it was made of, and of its Aggregate: `summary` if it is known."""
    shape = analysis.batch_shape
    _check_runs(shape)
    if analysis.curve.value.shape[-1] == 0:
        raise ValueError("there is nothing to draw: the learning curve has no point")
    batch, runs = shape[:-1], (shape[-1] if shape else 1)
    if runs == 1:
        summary = None
    elif summary is None:
        summary = _compute.summarize(analysis, level=level)
    names = configuration_names(labels, batch)
    leading = (len(names), runs)
    host = _lead(dataclasses.replace(analysis, target=None), len(shape), leading)
    if analysis.target is not None:  # the one array without batch axes
        host = dataclasses.replace(host, target=to_host(analysis.target))
        target = float(analysis.target) if target is None else target
    return View(
        analysis=host,
        summary=None if summary is None else _lead(summary, len(batch), leading[:1]),
        run=None if run is None else _lead(run, len(shape), leading),
        labels=names,
        target=target,
        runs=runs,
        level=level,
    )


def _from_aggregate(summary: Aggregate, labels: Sequence[str] | None, target: float | None) -> View:
    batch = summary.batch_shape
    names = configuration_names(labels, batch)
    host = _lead(summary, len(batch), (len(names),))
    if target is None and host.target is not None:
        target = float(host.target[0])
    level = float(host.curve.interval.level.max())
    return View(None, host, None, names, target, int(host.runs.max()), level)


def _lead(tree: Tree, axes: int, leading: tuple[int, ...]) -> Tree:
    """The tree on the host, its first `axes` axes brought to the shape `leading`."""
    return jax.tree.map(lambda a: a.reshape(*leading, *a.shape[axes:]), to_host(tree))


def configuration_names(labels: Sequence[str] | None, batch: tuple[int, ...]) -> tuple[str, ...]:
    """`labels`, one for each configuration of the batch axes; without them numbers."""
    count = math.prod(batch)
    if count == 0:
        raise ValueError(f"there is no configuration to draw: the batch axes are {batch}")
    if labels is None:
        if count == 1:
            return (ALL_RUNS,)
        return tuple(f"configuration {' '.join(map(str, i))}" for i in itertools.product(*map(range, batch)))
    return tuple(map(printable, one_each(labels, count)))
