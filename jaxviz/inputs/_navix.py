"""navix logs -> TrainingRun."""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp

from .._explained import explained
from .._run import TrainingRun
from .._steps import plain
from .._types import Array, Bool, Num
from ..host import as_counter, is_traced, to_host
from . import _fields
from ._purejaxrl import from_purejaxrl

_STREAM = ("agent/train/", "")
"""Before done_mask, returns and lengths: of navix 4, and of earlier versions."""
_DIAGNOSTICS = ("agent/diagnostics/", "loss/")
_COUNTERS = ("epochs",)


@explained
def from_navix(logs: Any, *, capacity: int | None = None, name: str = "return", minimize: bool = False) -> TrainingRun:
    """The logs of navix's `Experiment.run` or `Agent.train`, alone or under any number of vmaps, as a TrainingRun.

        _, logs = experiment.run(log_to_wandb=False)
        run = jv.from_navix(logs)

    `logs`: a mapping with `agent/train/done_mask`, `agent/train/returns`, `agent/train/lengths` [..., update, step,
    env] and `agent/diagnostics/…` [..., update], which are read as losses; before navix 4 `done_mask`, `returns`,
    `lengths` and `loss/…`.
    navix logs running sums of the episode under way, and the number of steps *before* the one that ended it: the
    returns here are those of finished episodes, the lengths one more than logged. After each episode navix takes one
    step that only resets the environment; it counts as an environment step, as in navix's `frames`.
    `capacity`, `name`, `minimize`: as in `from_gymnax`. ValueError names an entry that is missing or has the wrong
    shape.

    >>> ends = np.tile([False, False, True], 2).reshape(1, 6, 1)  # [update, step, env]
    >>> sums = np.tile([0.0, 0.5, 1.0], 2).reshape(1, 6, 1)
    >>> logs = {
    ...     "agent/train/done_mask": ends,
    ...     "agent/train/returns": sums,
    ...     "agent/train/lengths": np.tile([0, 1, 2], 2).reshape(1, 6, 1),
    ... }
    >>> jv.from_navix(logs)
    TrainingRun: one run
      episodes: 2 per run, 2 in all
      updates: 1, to step 6
      updates in which no episode ended: 0.0%
    """
    logs = _fields.as_mapping(logs, "logs")
    prefix = next((p for p in _STREAM if f"{p}done_mask" in logs), _STREAM[0])
    parts = {key: _fields.required(logs, (f"{prefix}{key}",), "logs")[1] for key in ("done_mask", "returns", "lengths")}
    done = parts.pop("done_mask")
    for key, values in parts.items():
        if values.shape != done.shape or done.ndim < 3:
            raise ValueError(
                f"`logs['{prefix}{key}']` and `done_mask` must be [..., update, step, env], got shapes {values.shape} "
                f"and {done.shape}"
            )
    stream = {
        "returned_episode": done,
        "returned_episode_returns": _held(parts["returns"], done),
        "returned_episode_lengths": _held(parts["lengths"] + 1, done),
    }
    out = {"metrics": stream, "losses": _diagnostics(logs) or None}
    every, start = _clock(logs.get(f"{_STREAM[0]}frames"), done)
    return from_purejaxrl(out, step_every=every, step_start=start, capacity=capacity, name=name, minimize=minimize)


def _clock(frames: Any, done: Array) -> tuple[int | None, int | None]:
    """Every which update was kept, and the steps that were taken before; None as long as navix counts as the shapes."""
    if frames is None or is_traced(frames) or 0 in done.shape:
        return None, None
    counted, first = as_counter(frames, "logs['agent/train/frames']")
    steps = plain(to_host(counted)).reshape(-1, done.shape[-3])[0]
    per_update = done.shape[-2] * done.shape[-1]
    every = (int(steps[1] - steps[0]) // per_update if len(steps) > 1 else 1) or 1
    start = first + int(steps[0]) - every * per_update
    return (every if every > 1 else None), (start if start else None)


def _diagnostics(logs: Mapping[str, Any]) -> dict[str, Any]:
    named = {name.removeprefix(p): x for p in _DIAGNOSTICS for name, x in logs.items() if name.startswith(p)}
    return {name: x for name, x in named.items() if name not in _COUNTERS}


@jax.jit
def _held(running: Num[Array, "..."], done: Bool[Array, "..."]) -> Num[Array, "..."]:
    """The value at the last end of an episode, held until the next, in each environment; 0 before the first."""
    shape = done.shape
    running, ended = (x.reshape(*shape[:-3], -1, shape[-1]) for x in (running, done))
    time = jnp.arange(ended.shape[-2], dtype=jnp.int32)[:, None]
    last = jax.lax.cummax(jnp.where(ended, time, -1), axis=ended.ndim - 2)
    held = jnp.take_along_axis(running, jnp.maximum(last, 0), axis=-2)
    return jnp.where(last < 0, jnp.zeros((), running.dtype), held).reshape(shape)
