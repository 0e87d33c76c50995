"""rejax results -> TrainingRun."""

import math
from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp

from .._run import TrainingRun
from .._types import Array
from ..host import as_array
from . import _fields, _parts


def from_rejax(result: Any, *, config: Any = None, step: Any = None) -> TrainingRun:
    """A result of rejax's `train`, alone or under any number of vmaps, as a TrainingRun with evaluations.

    `result`: ``(train_state, (lengths, returns))``, the ``(lengths, returns)`` alone (lengths first, as rejax gives
    them), or a mapping with `episode_lengths`, `episode_returns`; each [..., eval, rollout].
    rejax returns no x axis. Give `config` (the algorithm object or its configuration: `eval_freq`, `num_envs`,
    `num_steps` or `policy_delay`, `skip_initial_evaluation`), from which the steps really taken before each
    evaluation follow (`eval_freq` is rounded up to whole iterations), or `step` [eval]; without either the axis is
    the index of the evaluation. ValueError if lengths and returns are in the wrong order or do not match.
    """
    lengths, returns, known_step = _unpack(result)
    lengths = as_array(lengths, "lengths")
    returns = as_array(returns, "returns")
    if jnp.issubdtype(lengths.dtype, jnp.floating) and not jnp.issubdtype(returns.dtype, jnp.floating):
        raise ValueError(
            "`result` must be (lengths, returns), lengths first as rejax returns them; "
            f"got dtypes ({lengths.dtype}, {returns.dtype})"
        )
    if returns.ndim < 2:
        raise ValueError(f"`returns` must be [..., eval, rollout], got shape {returns.shape}")
    if step is None:
        step = known_step if config is None else _evaluation_steps(config, returns.shape[-2])
    return TrainingRun(evaluation=_parts.read_evaluation(returns, lengths, step))


def _unpack(result: Any) -> tuple[Any, Any, Any]:
    """Lengths, returns and, if a custom callback recorded it, the global step."""
    if isinstance(result, tuple) and len(result) == 2 and not hasattr(result, "_fields"):
        first, second = result
        if isinstance(second, tuple | Mapping) or hasattr(second, "_asdict"):
            return _unpack(second)
        return first, second, None
    named = _fields.as_mapping(result, "result")
    found = [_fields.required(named, (key,), "result")[1] for key in ("episode_lengths", "episode_returns")]
    return found[0], found[1], named.get("global_step")


def _evaluation_steps(config: Any, evaluations: int) -> Array:
    """Environment steps of training before each evaluation, as rejax runs them."""
    per_iteration = _read(config, "num_envs") * _read(config, "num_steps", 1) * _read(config, "policy_delay", 1)
    per_evaluation = math.ceil(_read(config, "eval_freq") / per_iteration) * per_iteration
    start = 1 if _read(config, "skip_initial_evaluation", False) else 0
    return (jnp.arange(evaluations, dtype=jnp.result_type(int)) + start) * per_evaluation


def _read(config: Any, name: str, default: Any = None) -> int:
    value = config.get(name, default) if isinstance(config, Mapping) else getattr(config, name, default)
    if value is None:
        raise ValueError(f"`config` must have {name!r} to compute the step of each evaluation; or pass `step`")
    return int(value)
