"""Replicates of a statistic: of one sample, of the difference of two, of a comparison of two.

Replicate b draws with `fold_in(key, b)`: the same key gives the same bits whatever the chunk size, and the first B₁
replicates of a longer run are the B₁-replicate run.
"""

from collections.abc import Callable
from typing import TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp

from ... import _masked
from ..._types import Array, Bool, Float, Int, Num, PRNGKeyArray, PyTree
from .._engine._draws import count_ranks, draw_ranks, replicate_words
from .._engine._intervals import Components, Replicates, minus, stretched
from ._counts import (
    Counts,
    Evaluate,
    ScoreTable,
    Statistic,
    counted_form,
    from_counts,
    make_tables,
    moves_with_scores,
    pointwise,
)
from ._estimators import difference_in, estimator_of
from ._jackknife import LeftOut, jackknife_error, leave_one_out, welch_freedom
from ._units import Sample, batch_of, resample

Results = TypeVar("Results", bound=PyTree)
COUNTS_PER_CHUNK = 2**20
"""Counts (cells × replicates) in memory at a time: 4 MiB of int32 however many replicates are asked for."""


class Size(eqx.Module):
    """The amount of data behind a statistic."""

    runs: Int[Array, "..."]
    """Runs with anything valid: one number, or one per component of ragged runs."""
    repeats: Int[Array, "..."]
    """Draws of the best-covered stratum: with fewer than two there is nothing to resample."""
    freedom: Int[Array, "..."]
    """ν = Σⱼ (nⱼ − 1) over the strata that are drawn from: tasks for `cell`, else one."""
    strata: int = eqx.field(static=True)
    tasks: int = eqx.field(static=True)

    def smaller(self, other: "Size") -> "Size":
        """The smaller of two samples."""
        runs, repeats = jnp.minimum(self.runs, other.runs), jnp.minimum(self.repeats, other.repeats)
        return Size(runs, repeats, jnp.minimum(self.freedom, other.freedom), self.strata, self.tasks)

    def inflation(self, dtype: jnp.dtype) -> Float[Array, "..."]:
        """√(n/(n − 1)), n the mean number of units of a stratum: a resample varies with divisor n, not n − 1."""
        freedom = self.freedom.astype(dtype)
        return jnp.sqrt(_masked.ratio(freedom + self.strata, freedom))


def sample_size(sample: Sample) -> Size:
    """Size of a sample under a statistic of which nothing is known."""
    live, unit = sample.live(), sample.unit
    tasks = live.shape[1] if live.ndim == 2 and unit != "run+episode" else 1
    runs = sample.live_runs()
    if unit == "task+run":
        drawn = jnp.sum(jnp.any(live, axis=0), dtype=jnp.int32)
        return Size(runs, runs, jnp.maximum(drawn - 1, 0), 1, tasks)
    by_stratum = jnp.sum(live, axis=0, dtype=jnp.int32) if unit == "cell" else runs
    return _size(runs, jnp.atleast_1d(by_stratum), tasks)


def _size(runs: Int[Array, "..."], by_stratum: Int[Array, "stratum ..."], tasks: int) -> Size:
    freedom = jnp.sum(jnp.maximum(by_stratum - 1, 0), axis=0, dtype=jnp.int32)
    return Size(runs, jnp.max(by_stratum, axis=0), freedom, by_stratum.shape[0], tasks)


class Stretch(eqx.Module):
    """How much wider an interval must be than its replicates: by `inflation`·t_ν/z."""

    inflation: Float[Array, "..."]
    freedom: Num[Array, "..."]
    """ν; a whole number, or Welch's."""
    most: int = eqx.field(static=True)
    """The largest whole ν there can be."""


class OneSample(eqx.Module):
    """A statistic of one sample."""

    statistic: Statistic = eqx.field(static=True)
    sample: Sample

    @property
    def estimator(self) -> str:
        """What it estimates, in words."""
        return estimator_of(self.statistic)

    def estimate(self) -> Float[Array, "*component"]:
        """The statistic of the data."""
        return self.sample.apply(self.statistic)

    def replicates(self, key: PRNGKeyArray, reps: int) -> Replicates:
        """The statistic of resampled data, from counts if it has a counted form."""
        evaluate = self.evaluate_counts()
        if evaluate is not None:
            return self._from_counts(evaluate, self._tables(), lambda b: self._drawn_counts(key, b), reps)
        return _map(lambda b: resampled(self.sample, key, b).apply(self.statistic).ravel(), reps, self.sample)

    def replicates_to_stretch(self, key: PRNGKeyArray, reps: int) -> tuple[Replicates, Stretch]:
        """Replicates, and how much wider the interval must be than they are."""
        values, size = self.replicates(key, reps), self.size()
        return values, Stretch(size.inflation(values.dtype), size.freedom, self.sample.live().size)

    def centred(self) -> "OneSample":
        """The same about 0 if the statistic moves with its scores: rounding then hides no influence of a unit."""
        if not moves_with_scores(self.statistic) or len(self.sample.arrays) != 1:
            return self
        return OneSample(self.statistic, self.sample.centred(1 if isinstance(self.statistic, pointwise) else 2))

    def replicates_with_errors(self, key: PRNGKeyArray, reps: int) -> tuple[Replicates, Replicates]:
        """Replicates and the jackknife standard error of each."""

        def one(b: Int[Array, ""]) -> tuple[Components, Components]:
            drawn = resampled(self.sample, key, b)
            left_out = leave_one_out(lambda sample: sample.apply(self.statistic), drawn)
            return drawn.apply(self.statistic).ravel(), jackknife_error([left_out])

        return _map(one, reps, self.sample)

    def left_out(self) -> list[LeftOut]:
        """The statistic with each unit left out once."""
        evaluate = self.evaluate_counts()
        if evaluate is None:
            return [leave_one_out(lambda sample: sample.apply(self.statistic), self.sample)]
        live = self.sample.live_by_stream()
        tables = self._tables().with_mask()
        values = self._from_counts(evaluate, tables, lambda unit: self._counts_without(live, unit), live.size)
        return [LeftOut(values.reshape(*live.shape, -1), live)]

    def size(self) -> Size:
        """Size of the sample; of a statistic that is taken at the points of curves, at each point."""
        if self.evaluate_counts() is None:
            return sample_size(self.sample)
        tables = self._tables()
        if tables.present is None:
            runs = jnp.asarray(tables.scores.shape[1], jnp.int32)
            return _size(runs, jnp.broadcast_to(runs, tables.tasks if self.sample.unit == "cell" else 1), tables.tasks)
        shape = self.sample.arrays[0].shape[1 if isinstance(self.statistic, pointwise) else 2 :]
        runs = jnp.sum(jnp.any(tables.present, axis=2), axis=1, dtype=jnp.int32).reshape(shape)
        if self.sample.unit == "run":
            return _size(runs, runs[None], tables.tasks)
        by_task = jnp.sum(tables.present, axis=1, dtype=jnp.int32).T
        return _size(runs, by_task.reshape(tables.tasks, *shape), tables.tasks)

    def evaluate_counts(self) -> Evaluate | None:
        """The counted form of the statistic, if it has one and the unit draws runs of one array."""
        drawn_from_one_array = len(self.sample.arrays) == 1 and self.sample.unit in ("run", "cell")
        return counted_form(self.statistic) if drawn_from_one_array else None

    def _drawn_counts(self, key: PRNGKeyArray, replicates: Int[Array, " replicate"]) -> Counts:
        live = self.sample.live_by_stream()
        n = jnp.sum(live, axis=0, dtype=jnp.int32)
        counts = count_ranks(draw_ranks(replicate_words(key, replicates), live.shape[0], n[:, None]), n)
        return counts if self.sample.unit == "cell" else counts[:, 0]

    def _counts_without(self, live: Bool[Array, "run stream"], unit: Int[Array, " replicate"]) -> Counts:
        place = jax.lax.broadcasted_iota(jnp.int32, (live.size, unit.shape[0]), 0)
        counts = ((place != unit[None]) & live.reshape(-1, 1)).astype(jnp.int32)
        return counts.reshape(*live.shape, -1) if self.sample.unit == "cell" else counts

    def _tables(self) -> ScoreTable:
        return make_tables(self.statistic, self.sample.arrays[0], self.sample.present)

    def _from_counts(
        self, evaluate: Evaluate, tables: ScoreTable, counts_of: Callable[[Int[Array, " _"]], Counts], reps: int
    ) -> Replicates:
        """The statistic under counts that are made a chunk of replicates at a time."""
        chunks = -(-reps * self.sample.live().size // COUNTS_PER_CHUNK)
        lanes = -(-reps // chunks)
        index = jnp.arange(chunks * lanes, dtype=jnp.int32).reshape(chunks, lanes)
        values = jax.lax.map(lambda b: from_counts(evaluate, tables, counts_of(b)), index)
        return values.reshape(chunks * lanes, -1)[:reps]


class Difference(eqx.Module):
    """The difference of a statistic between two samples that are drawn independently."""

    x: OneSample
    y: OneSample

    @property
    def estimator(self) -> str:
        """What it estimates, in words."""
        return difference_in(self.x.estimator)

    def estimate(self) -> Float[Array, "*component"]:
        """θ̂(x) − θ̂(y)."""
        return minus(self.x.estimate(), self.y.estimate())

    def size(self) -> Size:
        """The smaller sample."""
        return self.x.size().smaller(self.y.size())

    def replicates(self, key: PRNGKeyArray, reps: int) -> Replicates:
        """θ*(x) − θ*(y)."""
        keys = jax.random.split(key)
        return minus(self.x.replicates(keys[0], reps), self.y.replicates(keys[1], reps))

    def replicates_to_stretch(self, key: PRNGKeyArray, reps: int) -> tuple[Replicates, Stretch]:
        """Differences of deviations that are inflated side by side, with Welch's degrees of freedom."""
        keys = jax.random.split(key)
        (x, *of_x), (y, *of_y) = _inflated(self.x, keys[0], reps), _inflated(self.y, keys[1], reps)
        errors, freedoms = (jnp.stack(jnp.broadcast_arrays(*pair)) for pair in zip(of_x, of_y, strict=True))
        freedom = welch_freedom(errors, jnp.broadcast_to(freedoms, errors.shape))
        return minus(x, y), Stretch(jnp.ones((), x.dtype), freedom, freedom.size)

    def centred(self) -> "Difference":
        """Both sides about their own 0."""
        return Difference(self.x.centred(), self.y.centred())

    def replicates_with_errors(self, key: PRNGKeyArray, reps: int) -> tuple[Replicates, Replicates]:
        """Differences and √(se²(x) + se²(y))."""
        keys = jax.random.split(key)
        x, x_error = self.x.replicates_with_errors(keys[0], reps)
        y, y_error = self.y.replicates_with_errors(keys[1], reps)
        return x - y, _masked.root_of_squares(jnp.stack([x_error, y_error]))

    def left_out(self) -> list[LeftOut]:
        """Runs of x left out, and runs of y left out, each in strata of their own."""
        return self.x.left_out() + [LeftOut(-group.values, group.live) for group in self.y.left_out()]


class Comparison(eqx.Module):
    """A statistic of two samples that are drawn independently, such as a probability of improvement."""

    statistic: Statistic = eqx.field(static=True)
    x: Sample
    y: Sample

    @property
    def estimator(self) -> str:
        """What it estimates, in words."""
        return estimator_of(self.statistic)

    def estimate(self) -> Float[Array, "*component"]:
        """The statistic of the data."""
        return self._of(self.x, self.y)

    def size(self) -> Size:
        """The smaller sample."""
        return sample_size(self.x).smaller(sample_size(self.y))

    def replicates(self, key: PRNGKeyArray, reps: int) -> Replicates:
        """The statistic of resampled data."""
        return _map(lambda b: self._of(*self._resampled(key, b)).ravel(), reps, self.x, self.y)

    def replicates_to_stretch(self, key: PRNGKeyArray, reps: int) -> tuple[Replicates, Stretch]:
        """Replicates, and how much wider the interval must be than they are: as the smaller sample alone says."""
        values, size = self.replicates(key, reps), self.size()
        return values, Stretch(size.inflation(values.dtype), size.freedom, self.x.live().size)

    def centred(self) -> "Comparison":
        """Itself: a statistic of two samples need not move with either."""
        return self

    def replicates_with_errors(self, key: PRNGKeyArray, reps: int) -> tuple[Replicates, Replicates]:
        """Replicates and the jackknife standard error of each."""

        def one(b: Int[Array, ""]) -> tuple[Components, Components]:
            drawn = Comparison(self.statistic, *self._resampled(key, b))
            return drawn.estimate().ravel(), jackknife_error(drawn.left_out())

        return _map(one, reps, self.x, self.y)

    def left_out(self) -> list[LeftOut]:
        """Runs of x left out, and runs of y left out, each in strata of their own."""
        x = leave_one_out(lambda sample: self._of(sample, self.y), self.x)
        y = leave_one_out(lambda sample: self._of(self.x, sample), self.y)
        return [x, y]

    def _of(self, x: Sample, y: Sample) -> Float[Array, "*component"]:
        complete = x.present is None and y.present is None
        masks = {} if complete else {"valid_x": x.present, "valid_y": y.present}
        return _masked.as_float(self.statistic(*x.arrays, *y.arrays, **masks))

    def _resampled(self, key: PRNGKeyArray, b: Int[Array, ""]) -> tuple[Sample, Sample]:
        keys = jax.random.split(key)
        return resampled(self.x, keys[0], b), resampled(self.y, keys[1], b)


def _inflated(bootstrap: OneSample, key: PRNGKeyArray, reps: int) -> tuple[Replicates, Components, Components]:
    """Replicates with inflated deviations, their standard error (of those that are finite), and ν."""
    values, stretch = bootstrap.replicates_to_stretch(key, reps)
    centre = bootstrap.estimate().ravel()
    inflation = jnp.broadcast_to(stretch.inflation, bootstrap.estimate().shape).ravel()
    values = stretched(values, centre[None], inflation[None])
    deviation = jnp.where(jnp.isfinite(values) & jnp.isfinite(centre)[None], values - centre[None], 0)
    error = _masked.root_of_squares(deviation) / deviation.shape[0] ** 0.5
    freedom = jnp.broadcast_to(stretch.freedom, bootstrap.estimate().shape).ravel()
    return values, error, freedom.astype(values.dtype)


def resampled(sample: Sample, key: PRNGKeyArray, b: Int[Array, ""]) -> Sample:
    """Replicate b of the sample."""
    return resample(sample, replicate_words(key, b))


def _map(one: Callable[[Int[Array, ""]], Results], reps: int, *samples: Sample) -> Results:
    """`one` of every replicate number, stacked; as many at a time as the cache holds."""
    batch = min(batch_of(sample, reps) for sample in samples)
    return jax.lax.map(one, jnp.arange(reps, dtype=jnp.int32), batch_size=batch)
