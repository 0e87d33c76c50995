"""Calls of Brax's `progress_fn` -> TrainingRun."""

from collections.abc import Mapping, Sequence
from typing import Any

from .._explained import explained
from .._run import TrainingRun
from ..host import rows_table
from ._tables import LOSS, Rows, pack_returns, run_of

_EVALUATED = "eval/episode_reward"
_TRAINED = ("episode/sum_reward", "episode/reward")
_CLOCKS = ("sps", "walltime", "epoch_eval_time")
"""Last parts of names that say how fast it went, not how well."""


@explained
def from_brax(calls: Any, *, name: str = "return", minimize: bool = False) -> TrainingRun:
    """What Brax hands to `progress_fn`, as a TrainingRun with evaluations.

        calls = []
        ppo.train(..., progress_fn=lambda *call: calls.append(call))
        run = jv.from_brax(calls)

    `calls`: the calls ``(num_steps, metrics)`` of one training, or a list of such lists, one a seed; runs may have
    different lengths and steps. The return is `eval/episode_reward`, the mean over the evaluation's environments;
    without evaluations `episode/sum_reward`, of the episodes of training (`log_training_metrics`). `training/…` and
    what else has a value at the calls that have these (`eval/episode_reward_std`, `eval/avg_episode_length`) are
    read as losses; times and speeds are not. The agents apg and bc count iterations where the others count
    environment steps. `name`: words for the quantity in the returns; `minimize`: lower is better.
    ValueError if a call is no pair, or no call has a return.

    >>> calls = [(0, {"eval/episode_reward": 1.0}), (1000, {"eval/episode_reward": 5.0})]
    >>> jv.from_brax(calls)
    TrainingRun: one run
      evaluations: 2, of 1 rollout each
    """
    runs, batch = _runs(calls)
    every = [call for run in runs for call in run]
    key, kind = _return(every)
    kept = _kept(every, key)
    rows = [_row(step, metrics, key, kept) for step, metrics in every]
    table = rows_table(rows, [place for place, run in enumerate(runs) for _ in run], batch)
    return run_of(table, pack_returns(table), kind, name=name, minimize=minimize)


def _runs(calls: Any) -> tuple[list[list[tuple[Any, Mapping[str, Any]]]], tuple[int, ...]]:
    """The calls of every run, and the batch axes."""
    if not isinstance(calls, Sequence) or isinstance(calls, str) or not calls:
        raise ValueError(
            f"`calls` must be the calls (num_steps, metrics) of progress_fn, got {_shown(calls)}: record them with "
            "progress_fn=lambda *call: calls.append(call)"
        )
    if _is_call(calls[0]):
        return [_checked(calls, "calls")], ()
    return [_checked(run, f"calls[{i}]") for i, run in enumerate(calls)], (len(calls),)


def _is_call(x: Any) -> bool:
    return isinstance(x, Sequence) and len(x) == 2 and isinstance(x[1], Mapping)


def _checked(run: Any, name: str) -> list[tuple[Any, Mapping[str, Any]]]:
    if not isinstance(run, Sequence):
        raise ValueError(f"`{name}` must be a list of calls (num_steps, metrics), got {_shown(run)}")
    for i, call in enumerate(run):
        if not _is_call(call):
            raise ValueError(f"`{name}[{i}]` must be a call (num_steps, metrics), got {_shown(call)}")
    return [(call[0], call[1]) for call in run]


def _shown(x: Any) -> str:
    return f"{type(x).__name__}" + (f" of {len(x)}" if isinstance(x, Sequence) else "")


def _return(every: Sequence[tuple[Any, Mapping[str, Any]]]) -> tuple[str, Rows]:
    """The name of the return, and what it was measured at."""
    names = dict.fromkeys(name for _, metrics in every for name in metrics)
    if _EVALUATED in names:
        return _EVALUATED, "evaluation"
    trained = next((name for name in _TRAINED if name in names), None)
    if trained is None:
        raise ValueError(f"no call has {_EVALUATED!r} or {_TRAINED[0]!r}; they have {', '.join(map(repr, names))}")
    return trained, "update"


def _kept(every: Sequence[tuple[Any, Mapping[str, Any]]], key: str) -> list[str]:
    """The names of the other series: those of every call that has `training/…`, or of every call if none has."""
    trained = [metrics for _, metrics in every if any(name.startswith("training/") for name in metrics)]
    first, *others = trained or [metrics for _, metrics in every]
    common = [name for name in first if name != key and all(name in metrics for metrics in others)]
    return [name for name in common if name.rsplit("/", 1)[-1] not in _CLOCKS]


def _row(step: Any, metrics: Mapping[str, Any], key: str, kept: Sequence[str]) -> dict[str, Any]:
    losses = {f"{LOSS}{name}": metrics.get(name) for name in kept}
    return {"step": step, "returns": metrics.get(key), **losses}
