"""rejax results -> TrainingRun."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import jax.numpy as jnp

from .._explained import explained
from .._run import LossSeries, TrainingRun
from .._types import Array
from ..host import as_array
from . import _fields, _parts

_LENGTHS = ("episode_lengths", "lengths")
_RETURNS = ("episode_returns", "returns")
_STEPS = ("global_step", "step")
_CURVES = "jv.from_curves(returns, step=...)"


class _Result(NamedTuple):
    lengths: Any
    returns: Any
    step: Any = None
    """The global step, if a custom callback recorded it."""
    others: Mapping[str, Any] = {}
    """What else a custom callback recorded."""


@explained
def from_rejax(
    result: Any, *, config: Any = None, step: Any = None, name: str = "return", minimize: bool = False
) -> TrainingRun:
    """A result of rejax's `train`, alone or under any number of vmaps, as a TrainingRun with evaluations.

        result = jax.vmap(algorithm.train)(keys)
        run = jv.from_rejax(result, config=algorithm)

    `result`: ``(train_state, (lengths, returns))``, the ``(lengths, returns)`` alone (lengths first, as rejax gives
    them), or what a custom `eval_callback` returned as a mapping: `lengths` and `returns` (or `episode_lengths`,
    `episode_returns`), each [..., eval, rollout], if it recorded it `global_step`, and series [..., eval, …], which
    are read as losses.
    rejax returns no x axis. Give `config` (the algorithm object or its configuration: `eval_freq`, `num_envs`,
    `num_steps` or `policy_delay`, `skip_initial_evaluation`), from which the steps really taken before each
    evaluation follow (`eval_freq` is rounded up to whole iterations), or `step` [eval]; without either the axis is
    the index of the evaluation. `name`: words for the quantity in the returns; `minimize`: lower is better.
    ValueError if lengths and returns are in the wrong order, do not match, or are means over the rollouts.

    >>> lengths, returns = np.full((3, 4, 2), 7), np.ones((3, 4, 2))  # [run, eval, rollout]
    >>> jv.from_rejax((lengths, returns), step=[0, 1000, 2000, 3000])
    TrainingRun: 3 runs
      evaluations: 4, of 2 rollouts each
    """
    read = _unpack(result)
    lengths, returns = as_array(read.lengths, "lengths"), as_array(read.returns, "returns")
    _check(lengths, returns)
    if step is None:
        step = read.step if config is None else _evaluation_steps(config, returns.shape[-2])
    evaluation = _parts.read_evaluation(returns, lengths, step)
    losses = _read_others(read.others, evaluation.returns.shape, step)
    return TrainingRun(evaluation=evaluation, losses=losses, metric=name, minimize=minimize)


def _unpack(result: Any) -> _Result:
    """What the evaluations recorded, out of any of its wrappings."""
    if isinstance(result, tuple) and not hasattr(result, "_fields") and len(result) == 2:
        first, second = result
        wrapped = isinstance(second, tuple | Mapping) or hasattr(second, "_asdict")
        return _unpack(second) if wrapped else _Result(first, second)
    if isinstance(result, tuple | list) and not hasattr(result, "_fields"):
        raise ValueError(
            f"`result` must be (train_state, (lengths, returns)), got {len(result)} entries where lengths and returns "
            "should be: let `eval_callback` return them, as rejax's own does"
        )
    named = _fields.as_mapping(result, "result")
    found = {name: _fields.find(named, keys) for name, keys in {"lengths": _LENGTHS, "returns": _RETURNS}.items()}
    for name, entry in found.items():
        if entry is None:
            raise ValueError(f"`result` has no {name!r}; it has {', '.join(map(repr, named)) or 'no keys'}")
    step = _fields.find(named, _STEPS)
    used = {entry[0] for entry in (*found.values(), step) if entry is not None}
    others = {name: x for name, x in named.items() if name not in used}
    lengths, returns = (entry[1] for entry in found.values() if entry is not None)
    return _Result(lengths, returns, None if step is None else step[1], others)


def _check(lengths: Array, returns: Array) -> None:
    """ValueError unless they are lengths and returns of rollouts."""
    if jnp.issubdtype(lengths.dtype, jnp.floating):
        if not jnp.issubdtype(returns.dtype, jnp.floating):
            raise ValueError(
                "`result` must be (lengths, returns), lengths first as rejax returns them; "
                f"got dtypes ({lengths.dtype}, {returns.dtype})"
            )
        raise ValueError(
            f"`lengths` are {lengths.dtype}, but rollouts have whole lengths: are these means over the rollouts? Give "
            f"lengths and returns [..., eval, rollout] as rejax returns them, or the mean returns alone: {_CURVES}"
        )
    if returns.ndim < 2:
        raise ValueError(
            f"`returns` must be [..., eval, rollout], got shape {returns.shape}; if they are means over the rollouts: "
            + _CURVES
        )


def _read_others(others: Mapping[str, Any], shape: tuple[int, ...], step: Any) -> LossSeries | None:
    """The series of a custom callback: [*batch, eval, …] each."""
    series = {name: x for name, x in _fields.flatten_names(others).items() if _is_series(x, shape)}
    return _parts.read_losses(series, shape[:-2], step) if series else None


def _is_series(x: Any, shape: tuple[int, ...]) -> bool:
    """Whether it has a value, or some, for every evaluation."""
    return tuple(getattr(x, "shape", ()))[: len(shape) - 1] == shape[:-1]


def _evaluation_steps(config: Any, evaluations: int) -> list[int]:
    """Environment steps of training before each evaluation, as rejax runs them."""
    per_iteration = _read(config, "num_envs") * _read(config, "num_steps", 1) * _read(config, "policy_delay", 1)
    per_evaluation = math.ceil(_read(config, "eval_freq") / per_iteration) * per_iteration
    start = 1 if _read(config, "skip_initial_evaluation", False) else 0
    return [(index + start) * per_evaluation for index in range(evaluations)]


def _read(config: Any, name: str, default: Any = None) -> int:
    value = config.get(name, default) if isinstance(config, Mapping) else getattr(config, name, default)
    if value is None:
        raise ValueError(f"`config` must have {name!r} to compute the step of each evaluation; or pass `step`")
    return int(value)
