"""Means per update -> TrainingRun."""

import re
from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp

from .. import _masked
from .._explained import explained
from .._run import TrainingRun, UpdateReturns
from .._types import Array
from ..host import as_array, check_order, check_total, is_ragged, pad_ragged
from . import _fields, _parts
from ._agent_dicts import stack_named
from ._losses import named_losses, without_missing
from ._stream import say

_AGENT = re.compile(r"\D+\d+")


@explained
def from_curves(
    returns: Any,
    *,
    step: Any = None,
    valid: Any = None,
    losses: Any = None,
    total_steps: Any = None,
    name: str = "return",
    minimize: bool = False,
) -> TrainingRun:
    """Anything recorded once per update, as a TrainingRun: scalars of PQN, JaxMARL (ff), Craftax, XLand, evosax.

        jv.from_curves(out["metrics"]["returned_episode_returns"], step=out["metrics"]["env_step"], losses=...)
        jv.from_curves(out["metrics"])  # returns, steps and losses by their names
        jv.from_curves(metrics.best_fitness, name="cost", minimize=True)  # of evosax

    `returns` [..., update]: one number per update, mostly the mean over the episodes that ended in it; a list of runs
    of different lengths; a mapping of agents, ``{"agent_0": …}``, which become the first batch axis; or a mapping of
    such series, of which the return and the steps are found by their names in known codebases and all others are read
    as losses. `step` [update] or [..., update]: environment steps at the end of the update; without it only the order
    is known. `losses`: a mapping name → [..., update, …] (epochs and minibatches are averaged) or PPO's
    ``(total_loss, (value_loss, actor_loss, entropy))``. `total_steps`: environment steps that were run, [] or [...].
    `name`: words for the quantity, e.g. ``"win rate"``. `minimize`: lower is better.

    NaN: mostly no episode ended in the update, so NaN is missing, neither zero nor diverged. A run that diverged says
    so with infinite values, or with `valid` [..., update]: a NaN that is valid is one. Losses follow the same rule, but
    those that stay NaN to the end while returns go on, for longer than between two recorded ones, diverged.
    How many episodes are behind each number is not known: episodes are not counted, and every update weighs the same.
    ValueError names an argument that does not fit.

    >>> jv.from_curves([[1.0, 2.0, 3.0], [2.0, 2.0, 4.0]], step=[1000, 2000, 3000])
    TrainingRun: 2 runs
      updates: 3, to step 3,000
      updates without a value: 0.0%
    """
    notices: list[str] = []
    if isinstance(returns, Mapping) or hasattr(returns, "_asdict"):
        returns, step, losses, notices = _from_names(_fields.as_mapping(returns, "returns"), step, losses)
    say(notices)
    values, present = _values(returns, valid)
    _parts.check_rows(step, "step", returns, values.shape)
    step = None if step is None else _parts.step_axis(step, values.shape, "step")
    check_order(step, present, "step")
    blank = _masked.blank(values, present)
    updates = UpdateReturns(blank, None, present.astype(jnp.int32), None, None, step, means=True)
    batch = values.shape[:-1]
    total_steps = _parts.read_total(total_steps, batch)
    check_total(total_steps, step, present)
    series = None if losses is None else _parts.read_losses(losses, batch)
    if series is not None:
        series, left_out = without_missing(_parts.beside(series, values.shape, step), present, named=valid is not None)
        say(left_out)
    return TrainingRun(
        updates=updates,
        losses=series,
        total_steps=total_steps,
        metric=name,
        minimize=minimize,
    )


def _values(returns: Any, valid: Any) -> tuple[Array, Array]:
    """The numbers and where they are; NaN is missing unless the caller says what is valid."""
    x, inside = pad_ragged(returns, "returns") if is_ragged(returns) else (as_array(returns, "returns"), None)
    if x.ndim < 1:
        raise ValueError("`returns` must be [..., update], got a single number")
    x = _masked.as_float(x)
    inside = jnp.ones(x.shape, bool) if inside is None else inside
    return x, ~jnp.isnan(x) & inside if valid is None else _parts.own_mask(valid, inside, returns)


def _from_names(series: Mapping[str, Any], step: Any, losses: Any) -> tuple[Any, Any, Any, list[str]]:
    """Returns, steps and losses of a mapping of series, and what is not read."""
    flat = _fields.flatten_names(series)
    found = _fields.find(flat, _fields.CURVES)
    if found is None:
        if all(_AGENT.fullmatch(str(key)) for key in series):
            return stack_named(series, "returns"), step, losses, []
        raise ValueError(
            f"`returns` has none of the keys {', '.join(map(repr, _fields.CURVES))}; it has "
            f"{', '.join(map(repr, flat)) or 'no keys'}. Give the series itself: "
            "from_curves(metrics[key], step=..., losses=...)"
        )
    key, returns = found
    if step is None:
        named = _fields.find(flat, _fields.CURVE_STEPS)
        step = None if named is None else named[1]
    shape = as_array(returns, f"returns[{key!r}]").shape
    rest = {n: x for n, x in flat.items() if n != key and _fields.last_name(n) not in _fields.COUNTERS}
    kept = {n: x for n, x in rest.items() if _is_beside(x, n, shape)}
    left = ", ".join(repr(n) for n in rest if n not in kept)
    notices = [f"`returns` also has {left}, which are not read: their shapes are not {shape}"] if left else []
    return returns, step, {**kept, **({} if losses is None else named_losses(losses))} or None, notices


def _is_beside(x: Any, name: str, shape: tuple[int, ...]) -> bool:
    """Whether it is a series of the same runs and updates."""
    try:
        return as_array(x, name).shape[: len(shape)] == shape
    except ValueError:
        return False
