"""Reliability over runs, tasks and rollouts after Chan et al. 2020; of one run: `one_run/_reliability.py`."""

from typing import Literal

import jax

from ... import _masked
from ..._explained import explained
from ..._half import computed_in_single
from ..._over_first_axis import stds
from ..._types import Array, ArrayLike, Bool, Float, Num
from ..one_run._order import cvar_lower, cvar_upper, median, rank
from ..one_run._reliability import Kind, dispersion, normalized

Tail = Literal["lower", "upper"]


@explained
@computed_in_single()
def dispersion_across_runs(
    values: Num[ArrayLike, "run point"],
    kind: Kind = "iqr",
    *,
    normalize: ArrayLike | None = None,
    valid: Bool[ArrayLike, "run point"] | None = None,
) -> Float[Array, " point"]:
    """How far apart runs are at each point: [run, point] → [point], unit of x, ↓ ("DR").

    `values`: one curve per run at common steps, usually `lowpass`ed first; see `values_at`.

    >>> print(stats.dispersion_across_runs(np.array([[1.0, 2.0], [3.0, 2.0]])))
    [1. 0.]
    """
    whole = valid is None
    values, present = _runs(values, valid)
    if kind == "std":
        return normalized(stds(values, None if whole else present, 1), normalize)
    each = jax.vmap(lambda column, present: dispersion(column, kind, valid=present), in_axes=1)
    return normalized(each(values, present), normalize)


@explained
@computed_in_single()
def risk_across_runs(
    values: Num[ArrayLike, "run point"],
    alpha: ArrayLike = 0.05,
    tail: Tail = "lower",
    *,
    valid: Bool[ArrayLike, "run point"] | None = None,
) -> Float[Array, " point"]:
    """The worst (or best) runs at each point: CVaR over runs. [run, point] → [point], unit of x, ↑ ("RR").

    >>> print(stats.risk_across_runs(np.array([[1.0, 2.0], [3.0, 2.0]]), 0.5))
    [1. 2.]
    """
    if tail not in ("lower", "upper"):
        raise ValueError(f"`tail` must be 'lower' or 'upper', got {tail!r}")
    values, present = _runs(values, valid)
    cvar = cvar_lower if tail == "lower" else cvar_upper
    return jax.vmap(lambda column, present: cvar(column, alpha, valid=present), in_axes=1)(values, present)


def _runs(
    values: Num[ArrayLike, "run point"], valid: Bool[ArrayLike, "run point"] | None
) -> tuple[Float[Array, "run point"], Bool[Array, "run point"]]:
    values = _masked.as_float(values)
    if values.ndim != 2:
        raise ValueError(f"`values` must be [run, point], got shape {values.shape}")
    return values, _masked.validity(values, valid)


@explained
@computed_in_single()
def dispersion_across_rollouts(
    x: ArrayLike,
    kind: Kind = "iqr",
    *,
    normalize: Literal["median"] | None = None,
    valid: Bool[ArrayLike, " rollout"] | None = None,
) -> Float[Array, ""]:
    """How much the return of a fixed policy varies: [rollout] → [], unit of x, ↓ ("DF"); "median" divides by it.

    >>> x, y = np.array([3.0, 4.0, 5.0, 6.0]), np.array([1.0, 2.0, 3.0, 4.0])
    >>> round(float(stats.dispersion_across_rollouts(x)), 3)
    1.5
    """
    if normalize not in (None, "median"):
        raise ValueError(f"`normalize` must be None or 'median', got {normalize!r}")
    x, present = _masked.stream(x, valid)
    return normalized(dispersion(x, kind, valid=present), None if normalize is None else median(x, valid=present))


@explained
@computed_in_single(narrow=False)
def rank_per_task(
    values: Num[ArrayLike, "algorithm run task"],
    *,
    higher_is_better: bool = True,
    valid: Bool[ArrayLike, "algorithm run task"] | None = None,
) -> Float[Array, "algorithm run task"]:
    """Ranks of all algorithms' runs within each task, 1 = best, ties sharing their average.

    Shapes: [algorithm, run, task] → the same; ↓. The mean over runs and tasks ranks the algorithms. Invalid → NaN.

    >>> print(stats.rank_per_task(np.array([[[1.0]], [[3.0]]])).shape)
    (2, 1, 1)
    """
    values = _masked.as_float(values)
    if values.ndim != 3:
        raise ValueError(f"`values` must be [algorithm, run, task], got shape {values.shape}")
    present = _masked.validity(values, valid)
    signed = -values if higher_is_better else values
    pooled = [a.reshape(a.shape[0] * a.shape[1], a.shape[2]) for a in (signed, present)]
    ranks = jax.vmap(lambda x, present: rank(x, valid=present), in_axes=1, out_axes=1)(*pooled)
    return ranks.reshape(values.shape)
