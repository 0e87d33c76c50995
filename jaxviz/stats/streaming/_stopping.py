"""When to stop a population of runs, and which configurations to drop: arrays, for a `while_loop` or for the host."""

from typing import Self

import jax
import jax.numpy as jnp

from ... import _masked
from ..._explained import explained
from ..._half import computed_in_single
from ..._shown import Result
from ..._types import Array, ArrayLike, Bool, Float, PRNGKeyArray
from .._engine._intervals import Interval
from ..across_runs._scores import iqm
from ..one_run._trends import plateau
from ..resampling._bootstrap import bootstrap_interval
from ._ordered import RunningWindow


class Population(Result):
    """The latest returns of every run, from which the rules decide; fit to be carried by a loop."""

    recent: RunningWindow
    """Of each run: [run, …]."""

    @classmethod
    @explained
    def init(cls, runs: int, window: int) -> Self:
        """Nothing seen; the rules read the last `window` returns of each run."""
        if runs < 1:
            raise ValueError(f"`runs` must be at least 1, got {runs}")
        one = RunningWindow.init(window)
        return cls(jax.tree.map(lambda leaf: jnp.broadcast_to(leaf, (runs, *leaf.shape)), one))

    @explained
    def update(self, returns: ArrayLike, *, valid: Bool[ArrayLike, " run"] | None = None) -> Self:
        """With the return of every run [run]; NaN, from an update without a finished episode, adds nothing."""
        returns = _masked.as_float(returns)
        if returns.shape != self.recent.seen.shape:
            raise ValueError(f"`returns` must be [run] = {self.recent.seen.shape}, got shape {returns.shape}")
        present = ~jnp.isnan(returns) & _masked.validity(returns, valid)
        return type(self)(jax.vmap(lambda ring, x, v: ring.update(x, valid=v))(self.recent, returns, present))


class Stop(Result):
    """Whether a population is done, and the runs that are."""

    stop: Bool[Array, ""]
    reached: Bool[Array, " run"]
    """The mean of the run's last `window` returns meets the target."""
    flat: Bool[Array, " run"]
    """The run's last `window` returns are a plateau."""


@explained
def should_stop(
    state: Population,
    *,
    target: ArrayLike | None = None,
    tolerance: ArrayLike | None = None,
    runs: int | None = None,
    level: ArrayLike = 0.95,
) -> Stop:
    """Stop when `runs` of the population have reached the target or a plateau.

        done_i = (mean of the last w returns ≥ target) ∨ (plateau of the last w),  stop = Σ done_i ≥ `runs`

    Shapes: [run] → []. `runs`: default all. `target`: in units of the return; None: none counts as reached.
    `tolerance`: a run is flat if the interval of its Theil–Sen change over the window lies within ± that many units
    of the return (see `plateau`); None: none counts as flat. A run with fewer than w returns is neither. A stop at a
    target favours lucky runs: report returns of fresh evaluations afterwards. ValueError if both rules are None.

    >>> population = stats.Population.init(runs=2, window=1).update(np.array([5.0, 9.0]))
    >>> bool(stats.should_stop(population, target=4.0).stop)
    True
    """
    if target is None and tolerance is None:
        raise ValueError("`should_stop` needs a rule: give `target`, `tolerance` or both")
    of_all = state.recent.seen.shape[0]
    runs = of_all if runs is None else runs
    if not 1 <= runs <= of_all:
        raise ValueError(f"`runs` must be from 1 to {of_all}, got {runs}")
    last = jax.vmap(lambda ring: ring.finalize())(state.recent)
    window = last.x.shape[-1]
    full = state.recent.seen >= window
    reached = flat = jnp.zeros(full.shape, bool)
    if target is not None:
        reached = full & (jax.vmap(_masked.mean)(last.x, last.valid) >= jnp.asarray(target, last.x.dtype))
    if tolerance is not None:

        def is_flat(x: Float[Array, " window"], present: Bool[Array, " window"]) -> Bool[Array, ""]:
            return plateau(x, window=window, tolerance=tolerance, level=level, valid=present).flat

        flat = full & jax.vmap(is_flat)(last.x, last.valid)
    return Stop(_masked.count(reached | flat) >= runs, reached, flat)


class Halving(Result):
    """One round of successive halving."""

    alive: Bool[Array, " configuration"]
    """Configurations that go on."""
    estimate: Float[Array, " configuration"]
    """IQM over the runs."""
    low: Float[Array, " configuration"]
    high: Float[Array, " configuration"]


@explained
@computed_in_single(narrow=False)
def successive_halving(
    key: PRNGKeyArray,
    scores: ArrayLike,
    *,
    keep: float = 0.5,
    alive: Bool[ArrayLike, " configuration"] | None = None,
    valid: Bool[ArrayLike, "configuration run"] | None = None,
    level: ArrayLike = 0.95,
    reps: int = 1000,
) -> Halving:
    """Which configurations go on: the best by IQM over runs, and those that cannot be told from them.

        k = ⌈keep · Σ alive⌉;  i goes on iff its IQM is among the k best, or its interval reaches the interval of the
        k-th best, high_i ≥ low_(k)

    Shapes: [configuration, run] → [configuration]. Unit of the score, ↑. `alive` is the mask of the round before: a
    dropped configuration stays dropped. Intervals resample runs (`bootstrap_interval`, percentile); of one run they are
    undefined, and only the k best go on. A configuration without a finite IQM goes first. Source: Jamieson & Talwalkar
    2016, whose halving ignores the noise of the scores.

    >>> scores = np.array([[1.0, 1.5], [4.0, 4.5], [9.0, 9.5], [2.0, 2.5]])  # [configuration, run]
    >>> print(stats.successive_halving(jax.random.key(0), scores).alive)
    [False  True  True False]
    """
    scores = _masked.as_float(scores)
    if scores.ndim != 2 or scores.shape[0] < 1:
        raise ValueError(f"`scores` must be [configuration, run], got shape {scores.shape}")
    if not 0 < keep <= 1:
        raise ValueError(f"`keep` must be in (0, 1], got {keep}")
    configurations = scores.shape[0]
    alive = jnp.ones(configurations, bool) if alive is None else jnp.asarray(alive)
    if alive.shape != (configurations,) or alive.dtype != bool:
        raise ValueError(f"`alive` must be boolean [configuration], got {alive.dtype} of shape {alive.shape}")
    present = jnp.ones(scores.shape, bool) if valid is None else jnp.asarray(valid)

    def interval_of(x: Float[Array, " run"], present: Bool[Array, " run"]) -> Interval:
        return bootstrap_interval(key, iqm, x, unit="run", method="percentile", level=level, reps=reps, valid=present)

    interval = jax.vmap(interval_of)(scores, present)
    usable = alive & jnp.isfinite(interval.estimate)
    place = _places(jnp.where(usable, interval.estimate, -jnp.inf))
    kept = jnp.ceil(jnp.asarray(keep, scores.dtype) * _masked.count(alive).astype(scores.dtype)).astype(jnp.int32)
    bar = jnp.sum(jnp.where(usable & (place == kept - 1), interval.low, 0))
    bar = jnp.where(_masked.count(usable) >= kept, bar, -jnp.inf)
    goes_on = usable & ((place < kept) | (interval.high >= bar))
    return Halving(goes_on, interval.estimate, interval.low, interval.high)


def _places(x: Float[Array, " configuration"]) -> Array:
    """Place of each from the best, 0; the first of equal ones first."""
    order = jnp.arange(x.shape[0], dtype=jnp.int32)
    better = (x[None] > x[:, None]) | ((x[None] == x[:, None]) & (order[None] < order[:, None]))
    return jnp.sum(better, axis=1, dtype=jnp.int32)
