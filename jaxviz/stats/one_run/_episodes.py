"""Episodes from a stream of environment steps: packing, the three estimands of a return, the step axis.

One run is `[update, step, env]`, `[step, env]` or `[step]`; values are read only at cells whose `done` is True. An
episode that has not ended when the stream ends is not an entry; one cut by a time limit has ended.
"""

from typing import Literal, get_args

import jax
import jax.numpy as jnp

from ... import _masked
from ..._explained import explained
from ..._half import computed_in_single
from ..._run import EpisodeSeries
from ..._shown import Result
from ..._steps import EntrySteps, product
from ..._types import Array, ArrayLike, Bool, Float, Int, Num
from ...host import check_step

Estimand = Literal["episode", "pooled", "hold"]
ESTIMANDS: tuple[Estimand, ...] = get_args(Estimand)


class UpdateStatistics(Result):
    """Return per update under one estimand, with the sums it was made from."""

    value: Float[Array, " update"]
    """total / count; NaN if nothing was counted (or the previous value with `fill="previous"`)."""
    total: Float[Array, " update"]
    count: Int[Array, " update"]
    filled: Bool[Array, " update"]
    """Updates whose `value` repeats an earlier one."""


def _check_cells(cells: int) -> None:
    """ValueError if there are more cells than an index of int32 reaches."""
    largest = jnp.iinfo(jnp.result_type(int)).max
    if cells > largest:
        raise ValueError(
            f"`done` has {cells} cells, more than the default integer counts ({largest}): pack it in parts, or reduce "
            "each update with jaxviz.reduce_update"
        )


@explained
def env_steps(updates: int, steps: int, envs: int, *, frames_per_step: int = 1) -> EntrySteps:
    """Environment steps taken at the end of each update, from shapes alone.

    x_u = (u + 1)·T·E·f,  u = 0 … U−1

    Shapes: → [update], exact integers. Unit: environment steps over all environments (frames with
    `frames_per_step` f ≠ 1). The last value is the number of steps really run, usually fewer than the configured
    total because U = total // (T·E). `ValueError` beyond 2⁵³.

    >>> print(stats.env_steps(3, 8, 2))
    [16 32 48]
    """
    for name, size in {"updates": updates, "steps": steps, "envs": envs}.items():
        if size < 0:
            raise ValueError(f"`{name}` must not be negative, got {size}")
    per_update = steps * envs * frames_per_step
    check_step(updates * per_update, "updates x steps x envs")
    return product(jnp.arange(updates, dtype=jnp.result_type(int)) + 1, per_update, most=updates)


@explained
def pack_episodes(
    returns: Num[ArrayLike, "..."],
    lengths: Num[ArrayLike, "..."] | None,
    done: Bool[ArrayLike, "..."],
    *,
    capacity: int | None = None,
) -> EpisodeSeries:
    """The finished episodes of one run, in the order they ended, at a fixed size.

    An episode of environment e that ends at step t of update u has step (u·T + t + 1)·E.

    Shapes: `returns`, `lengths`, `done` [update, step, env], [step, env] or [step] → entries [capacity]. Order: time
    first, environment second. `capacity` is static, default every cell; with more episodes the first `capacity` are
    kept, `overflow` is True and `count` still tells how many there were. Entries beyond `count` are invalid and 0.
    A kept episode whose return is NaN stays NaN: the run diverged.

    >>> print(stats.pack_episodes(np.array([5.0, 0.0, 7.0]), None, np.array([True, False, True])).returns)
    [5. 7. 0.]
    """
    returns = _masked.as_float(returns)
    done = _check_done(returns, done, name="returns")
    if lengths is not None:
        _check_done(jnp.asarray(lengths), done, name="lengths")
    cells = done.size
    _check_cells(cells)
    capacity = cells if capacity is None else capacity
    if capacity < 0:
        raise ValueError(f"`capacity` must not be negative, got {capacity}")
    ended_by = jnp.cumsum(done.reshape(-1), dtype=jnp.int32)
    count = ended_by[-1] if cells else jnp.zeros((), jnp.int32)
    order = jnp.arange(capacity, dtype=jnp.int32)
    valid = order < count
    index = jnp.minimum(jnp.searchsorted(ended_by, order + 1), max(cells - 1, 0))
    envs = done.shape[-1] if done.ndim > 1 else 1
    step = (index.astype(jnp.result_type(int)) // max(envs, 1) + 1) * envs

    def gather(values: Num[Array, "..."]) -> Num[Array, " episode"]:
        flat = values.reshape(-1) if cells else jnp.zeros((1,), values.dtype)
        return _masked.blank(flat[index], valid)

    return EpisodeSeries(
        returns=gather(returns),
        lengths=None if lengths is None else gather(_whole(jnp.asarray(lengths))),
        step=_masked.blank(step, valid),
        valid=valid,
        count=count,
        overflow=count > capacity,
    )


def _whole(lengths: Num[Array, "..."]) -> Int[Array, "..."]:
    """As int32, to the nearest step."""
    floating = jnp.issubdtype(lengths.dtype, jnp.floating)
    return (jnp.round(lengths) if floating else lengths).astype(jnp.int32)


@explained
@computed_in_single()
def accumulate_episodes(
    reward: Num[ArrayLike, "step ..."], done: Bool[ArrayLike, "step ..."]
) -> tuple[Float[Array, "step ..."], Int[Array, "step ..."]]:
    """Running undiscounted return and length, for streams without a log wrapper.

    Rₜ = rₜ + Rₜ₋₁(1 − dₜ₋₁),  Lₜ = 1 + Lₜ₋₁(1 − dₜ₋₁)

    Shapes: [step, …] (time leading, environments trailing) → the same. At cells whose `done` is True they are
    the episode's return (unit of the reward) and length (steps). A NaN reward undefines the rest of its episode only.

    >>> reward, done = np.array([1.0, 2.0, 3.0]), np.array([False, True, False])
    >>> print([part.tolist() for part in stats.accumulate_episodes(reward, done)])
    [[1.0, 3.0, 3.0], [1, 2, 1]]
    """
    reward = _masked.as_float(reward)
    done = _check_done(reward, done, name="reward")

    def advance(carry, now):
        running, length, ended = carry
        r, d = now
        running = r + jnp.where(ended, jnp.zeros_like(running), running)
        length = 1 + jnp.where(ended, 0, length)
        return (running, length, d), (running, length)

    shape = reward.shape[1:]
    start = (jnp.zeros(shape, reward.dtype), jnp.zeros(shape, jnp.int32), jnp.zeros(shape, bool))
    _, (running, length) = jax.lax.scan(advance, start, (reward, done))
    return running, length


@explained
@computed_in_single(sums=("total",))
def update_statistics(
    returns: Num[ArrayLike, "update step env"],
    done: Bool[ArrayLike, "update step env"],
    *,
    estimand: Estimand = "episode",
    valid: Bool[ArrayLike, "update step env"] | None = None,
    fill: Literal["none", "previous"] = "none",
) -> UpdateStatistics:
    """The return at each update under a named estimand.

    "episode", "pooled":  Σ D·R / Σ D      over the episodes that ended in the update
    "hold":               Σ A·Hold / Σ A   over its (step, env) cells; Hold: the environment's latest finished return

    Shapes: [update, step, env] → [update]. Unit of the return, ↑. "episode" and "pooled" differ only across runs
    (each run counting once, or each episode); "hold" weighs an episode by the length of the one that follows it and
    lags. They are different quantities: name the one you show. `valid` is gymnax's `returned_episode_valid`, which
    says that `returns` already holds a finished return; without it A is the running OR of `done`. Nothing ended →
    NaN, or the last defined value with `fill="previous"`, marked in `filled`. The sums are returned because averages
    must never be averaged.

    >>> print(stats.update_statistics(np.array([[[5.0], [7.0]]]), np.array([[[True], [True]]])).value)
    [6.]
    """
    if estimand not in ESTIMANDS:
        raise ValueError(f"`estimand` must be one of {', '.join(ESTIMANDS)}; got {estimand!r}")
    if fill not in ("none", "previous"):
        raise ValueError(f"`fill` must be 'none' or 'previous', got {fill!r}")
    returns = _masked.as_float(returns)
    if returns.ndim != 3:
        raise ValueError(f"`returns` must be one run [update, step, env], got shape {returns.shape}")
    done = _check_done(returns, done, name="returns")
    start = _masked.origin(returns.reshape(-1), done.reshape(-1))
    if estimand == "hold":
        distance, count = hold_sums(returns - start, done, valid)
    else:
        distance, count = ended_sums(returns - start, done)
    counted = count.astype(distance.dtype)
    mean = _masked.from_origin(jnp.broadcast_to(start, distance.shape), distance, jnp.maximum(counted, 1))
    value, total = _masked.undefined_unless(count > 0, mean), distance + counted * start
    filled = jnp.zeros(value.shape, bool)
    if fill == "previous":
        value, filled = _fill_previous(value, count > 0)
    return UpdateStatistics(value, total, count, filled)


def ended_sums(
    values: Float[Array, "update step env"], done: Bool[Array, "update step env"]
) -> tuple[Float[Array, " update"], Int[Array, " update"]]:
    """Σ D·R and Σ D per update."""
    total = jnp.sum(_masked.blank(values, done), axis=(-2, -1))
    return total, jnp.sum(done, axis=(-2, -1), dtype=jnp.int32)


def hold_sums(
    returns: Float[Array, "update step env"],
    done: Bool[Array, "update step env"],
    valid: Bool[ArrayLike, "update step env"] | None = None,
) -> tuple[Float[Array, " update"], Int[Array, " update"]]:
    """Σ A·Hold and Σ A per update."""
    if valid is not None:
        return ended_sums(returns, _check_done(returns, valid, name="returns", mask="valid"))
    envs = returns.shape[-1]

    def step(carry, now):
        hold, seen, total, count = carry
        r, d = now
        hold, seen = jnp.where(d, r, hold), seen | d
        return (hold, seen, total + _masked.blank(hold, seen), count + seen.astype(count.dtype)), None

    def update(carry, now):
        zero = (jnp.zeros((envs,), returns.dtype), jnp.zeros((envs,), jnp.int32))
        (hold, seen, total, count), _ = jax.lax.scan(step, (*carry, *zero), now)
        return (hold, seen), (jnp.sum(total), jnp.sum(count, dtype=jnp.int32))

    start = (jnp.zeros((envs,), returns.dtype), jnp.zeros((envs,), bool))
    _, (total, count) = jax.lax.scan(update, start, (returns, done))
    return total, count


@explained
def episode_count(done: Bool[ArrayLike, "..."]) -> Int[Array, ""]:
    """Number of episodes that ended: Σ D over the whole array. Direction: neither.

    >>> int(stats.episode_count(np.array([True, False, True])))
    2
    """
    return jnp.sum(done, dtype=jnp.int32)


@explained
def empty_updates(done: Bool[ArrayLike, "update step env"]) -> Float[Array, ""]:
    """Share of updates in which no episode ended, in [0, 1], ↓; no update → NaN.

    >>> round(float(stats.empty_updates(np.array([[[True]], [[False]]]))), 3)
    0.5
    """
    empty = ~jnp.any(done, axis=(-2, -1))
    return _masked.mean(empty.astype(jnp.result_type(float)), jnp.ones(empty.shape, bool))


@explained
@computed_in_single()
def mean_length(lengths: Num[ArrayLike, "..."], done: Bool[ArrayLike, "..."]) -> Float[Array, ""]:
    """Mean length of the episodes that ended, Σ D·L / Σ D, in steps; direction depends on the task; none → NaN.

    >>> round(float(stats.mean_length(np.array([10, 3, 20]), np.array([True, False, True]))), 3)
    15.0
    """
    return _mean_where_done(lengths, done, name="lengths")


@explained
@computed_in_single()
def success_rate(
    success: Bool[ArrayLike, "..."] | Num[ArrayLike, "..."], done: Bool[ArrayLike, "..."]
) -> Float[Array, ""]:
    """Share of finished episodes that succeeded, Σ D·success / Σ D, in [0, 1], ↑; none → NaN.

    >>> round(float(stats.success_rate(np.array([True, False, True]), np.array([True, True, True]))), 3)
    0.667
    """
    return _mean_where_done(success, done, name="success")


@explained
@computed_in_single()
def step_weighted_return(
    returns: ArrayLike, lengths: ArrayLike, *, valid: Bool[ArrayLike, " episode"] | None = None
) -> Float[Array, ""]:
    """Mean return weighted by episode length: Σ R·L / Σ L.

    Shapes: [episode] → []. Unit of the return, ↑. Each environment step counts once, so short episodes are not
    over-represented. No episode, or only episodes of length 0 → NaN. Source: Patterson et al. 2024.

    >>> x = np.array([1.0, 3.0, 2.0, 5.0])
    >>> round(float(stats.step_weighted_return(x, np.array([1, 1, 1, 5]))), 3)
    3.875
    """
    returns, present = _masked.stream(returns, valid, name="returns")
    lengths, _ = _masked.stream(lengths, present, name="lengths")
    weights = lengths.astype(returns.dtype)
    total = _masked.total(weights)
    unit = _masked.power_of_two(2 * total)
    shares = weights * _masked.inverse(unit)  # no product is then larger than a return
    whole = total * _masked.inverse(unit)
    rough = jax.lax.stop_gradient(_masked.ratio(_masked.total(returns * shares), whole))
    rough = _masked.blank(rough, jnp.isfinite(rough))  # what it leaves of equal returns is small: its mean is exact
    distance = _masked.total(_masked.blank(returns - rough, present) * shares)
    return rough + _masked.ratio(distance, whole)


def _mean_where_done(values: ArrayLike, done: Bool[ArrayLike, "..."], *, name: str) -> Float[Array, ""]:
    values = _masked.as_float(values)
    done = _check_done(values, done, name=name)
    return _masked.mean(values.reshape(-1), done.reshape(-1))


def _check_done(
    values: Num[Array, "..."], done: Bool[ArrayLike, "..."], *, name: str, mask: str = "done"
) -> Bool[Array, "..."]:
    done = jnp.asarray(done)
    if done.dtype != bool:
        raise ValueError(f"`{mask}` must be boolean, got dtype {done.dtype}")
    if done.shape != values.shape:
        raise ValueError(f"`{mask}` and `{name}` must have one shape, got {done.shape} and {values.shape}")
    return done


def _fill_previous(
    value: Float[Array, " update"], defined: Bool[Array, " update"]
) -> tuple[Float[Array, " update"], Bool[Array, " update"]]:
    """Undefined entries take the last defined one before them; those before the first stay NaN."""
    position = jnp.where(defined, jnp.arange(value.shape[0]), -1)
    source = jax.lax.cummax(position)
    filled = ~defined & (source >= 0)
    return jnp.where(filled, value[jnp.maximum(source, 0)], value), filled
