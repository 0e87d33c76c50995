"""The groups of an Analysis: one function of one run each, and the streams they read. Results are in `_results.py`.

Every group is optional: one that a run has no data for, or that is switched off, is None and costs nothing.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from . import _masked, _scans
from ._results import (
    Convergence,
    Curve,
    Diverged,
    Drawdown,
    EpisodeStatistics,
    EvaluationStatistics,
    Performance,
    Reliability,
    Stability,
    WindowStatistics,
)
from ._run import EpisodeSeries, Evaluation, TrainingRun, UpdateReturns
from ._types import Array, ArrayLike, Bool, Float, Int
from .stats.one_run import _convergence, _episodes, _stability
from .stats.one_run._run_reliability import run_reliability
from .stats.windows import _rolling


class Stream(eqx.Module):
    """The raw series that scalar statistics read: episodes, else evaluations, else updates."""

    x: Float[Array, " entry"]
    valid: Bool[Array, " entry"]
    step: Int[Array, " entry"] | None
    packed: bool = eqx.field(static=True, default=False)
    """Valid entries come first, as episodes do: windows then need no mask, which is several times faster."""

    def rolling(self, statistic: Callable[..., Array], window: int) -> Float[Array, " entry"]:
        """A trailing statistic of the valid entries."""
        if not self.packed:
            return statistic(self.x, window, valid=self.valid)
        return _masked.undefined_unless(self.valid, statistic(_masked.blank(self.x, self.valid), window))


def primary_stream(run: TrainingRun, curve: Curve) -> Stream:
    """Episode returns where the run has episodes, else its learning curve."""
    if run.episodes is not None:
        return Stream(run.episodes.returns, run.episodes.valid, run.episodes.step, packed=True)
    return Stream(curve.value, curve.valid, curve.step)


def known_estimand(run: TrainingRun) -> _episodes.Estimand:
    """What those show who cannot be told, figures and pages, and always name: "hold" where only that is known."""
    only_held = run.updates is not None and run.updates.total is None
    return "hold" if only_held else "episode"


def learning_curve(run: TrainingRun, *, estimand: str, window: int) -> Curve:
    """The curve of one run, from the best source it has."""
    if run.updates is not None:
        return _update_curve(run.updates, estimand)
    if run.episodes is None and run.evaluation is not None:
        return _evaluation_curve(run.evaluation)
    assert run.episodes is not None  # a TrainingRun has one of the three
    return _episode_curve(run.episodes, window)


def _update_curve(updates: UpdateReturns, estimand: str) -> Curve:
    total, count = (updates.hold_total, updates.hold_count) if estimand == "hold" else (updates.total, updates.count)
    if total is None or count is None:
        known = "hold" if estimand != "hold" else "episode"
        raise ValueError(
            f"`estimand={estimand!r}` needs sums that this run does not have: its updates only hold {known!r} values; "
            f"pass estimand={known!r}"
        )
    value = _masked.ratio(total, count.astype(total.dtype))
    return Curve(updates.step, value, count, count > 0, estimand, "updates", 1)


def _evaluation_curve(evaluation: Evaluation) -> Curve:
    mean = jax.vmap(_masked.mean)(evaluation.returns, evaluation.valid)
    count = jnp.sum(evaluation.valid, axis=-1, dtype=jnp.int32)
    return Curve(evaluation.step, mean, count, count > 0, "evaluation", "evaluation", 1)


def _episode_curve(episodes: EpisodeSeries, window: int) -> Curve:
    window = max(1, min(window, episodes.returns.shape[-1]))
    returns = _masked.blank(episodes.returns, episodes.valid)
    value = _masked.undefined_unless(episodes.valid, _rolling.rolling_mean(returns, window, min_count=1))
    order = jnp.arange(1, episodes.returns.shape[-1] + 1, dtype=jnp.int32)
    seen = jnp.minimum(order, jnp.minimum(_masked.count(episodes.valid), window))
    return Curve(episodes.step, value, seen, episodes.valid, "episode", "episodes", window)


def episode_statistics(run: TrainingRun) -> EpisodeStatistics | None:
    """Counts and means over all finished episodes of one run."""
    episodes = run.episodes
    if episodes is None:
        return None if run.updates is None else _ended_statistics(run.updates)
    returns, lengths, valid = episodes.returns, episodes.lengths, episodes.valid
    counts = None if run.updates is None else run.updates.count
    every = None if counts is None else jnp.ones(counts.shape, bool)
    return EpisodeStatistics(
        count=episodes.count,
        overflow=episodes.overflow,
        mean_return=_masked.mean(returns, valid),
        mean_length=None if lengths is None else _masked.mean(lengths.astype(returns.dtype), valid),
        step_weighted_return=None if lengths is None else _episodes.step_weighted_return(returns, lengths, valid=valid),
        empty_updates=None if every is None else _masked.mean((counts == 0).astype(returns.dtype), every),
    )


def _ended_statistics(updates: UpdateReturns) -> EpisodeStatistics | None:
    """The same from the sums of the updates, which no longer tell single episodes."""
    if updates.total is None or updates.count is None:
        return None
    count = jnp.sum(updates.count, dtype=jnp.int32)
    ended, lengths, weighted = count.astype(updates.total.dtype), updates.length_total, updates.weighted_total
    empty = (updates.count == 0).astype(updates.total.dtype)
    return EpisodeStatistics(
        count=count,
        overflow=jnp.zeros((), bool),
        mean_return=_masked.ratio(jnp.sum(updates.total), ended),
        mean_length=None if lengths is None else _masked.ratio(jnp.sum(lengths), ended),
        step_weighted_return=_masked.ratio(jnp.sum(weighted), jnp.sum(lengths))
        if weighted is not None and lengths is not None
        else None,
        empty_updates=_masked.mean(empty, jnp.ones(empty.shape, bool)),
    )


def lengths_stream(run: TrainingRun) -> Stream | None:
    """Episode lengths as floating numbers; None: not known."""
    episodes = run.episodes
    if episodes is None or episodes.lengths is None:
        return None
    return Stream(episodes.lengths.astype(episodes.returns.dtype), episodes.valid, episodes.step, packed=True)


def window_statistics(
    stream: Stream, lengths: Stream | None, windows: tuple[int, ...], target: ArrayLike | None
) -> dict[str, WindowStatistics]:
    """Trailing statistics for each window, under the window as a name."""
    return {str(w): _window_statistics(stream, lengths, w, target) for w in windows}


def _window_statistics(
    stream: Stream, lengths: Stream | None, window: int, target: ArrayLike | None
) -> WindowStatistics:
    mean, std = stream.rolling(_rolling.rolling_mean, window), stream.rolling(_rolling.rolling_std, window)
    return WindowStatistics(
        mean=mean,
        std=std,
        cv=_masked.ratio(std, jnp.abs(mean)),
        fraction_above=None if target is None else stream.rolling(partial(_fraction_above, target=target), window),
        mean_length=None if lengths is None else lengths.rolling(_rolling.rolling_mean, window),
    )


def _fraction_above(x: ArrayLike, window: int, *, target: ArrayLike, **options: Any) -> Float[Array, " entry"]:
    return _rolling.rolling_fraction_above(x, window, target, **options)


def performance(stream: Stream, smooth: Stream, curve: Curve, *, window: int, target: ArrayLike | None) -> Performance:
    """Levels of the stream, of its trailing mean and of the learning curve."""
    last_window = _masked.mean(stream.x, _scans.tail(stream.valid, jnp.asarray(window, jnp.int32)))
    return Performance(
        jumpstart=_convergence.jumpstart(stream.x, valid=stream.valid),
        final=_convergence.final_performance(stream.x, valid=stream.valid),
        last_window=last_window,
        best=_masked.maximum(smooth.x, smooth.valid),
        area_under_curve=_area_under_curve(curve),
        solved=None if target is None else (last_window >= target) & jnp.isfinite(last_window),
    )


def _area_under_curve(curve: Curve) -> Float[Array, ""]:
    """Mean height; episodes come first in their series, so what follows them is a piece without width."""
    step = step_or_index(curve)
    if curve.source != "episodes":
        return _convergence.area_under_curve(curve.value, step, valid=curve.valid)
    value = _masked.blank(curve.value, curve.valid)
    return _convergence.area_under_curve(value, _masked.blank(step, curve.valid, _masked.last(step, curve.valid)))


def stability(stream: Stream, smooth: Stream, *, window: int, target: ArrayLike | None) -> Stability:
    """Spread, drawdown and consistency of one run."""
    recent = _scans.tail(stream.valid, jnp.asarray(window, jnp.int32))
    return Stability(
        coefficient_of_variation=_stability.coefficient_of_variation(stream.x, valid=recent),
        max_drawdown=_stability.max_drawdown(smooth.x, valid=smooth.valid),
        forgetting=_stability.forgetting(smooth.x, valid=smooth.valid),
        final_to_peak=_stability.final_to_peak(smooth.x, valid=smooth.valid),
        consistency=None if target is None else _stability.consistency(stream.x, target, window, valid=stream.valid),
    )


def reliability(stream: Stream) -> Reliability:
    """Chan's metrics of one run, with their usual tails of 5 %."""
    return Reliability(**run_reliability(stream.x, stream.step, valid=stream.valid))


def convergence(stream: Stream, smooth: Stream, *, target: ArrayLike | None) -> Convergence:
    """Crossing of the target by the trailing mean, and its falls."""
    step = jnp.arange(stream.x.shape[0]) if stream.step is None else stream.step
    last_step = _masked.last(step, stream.valid)
    crossing = None
    if target is not None:
        crossing = _convergence.first_crossing(smooth.x, target, step=step, valid=smooth.valid)
        crossing = _convergence.Crossing(jnp.where(crossing.reached, crossing.step, last_step), crossing.reached)
    fall = _stability.collapse_of(smooth.x, smooth.valid, step, stream.valid, contiguous=stream.packed)
    return Convergence(crossing, last_step, fall)


def drawdown(smooth: Stream) -> Drawdown:
    """How long and how often the trailing mean was below an earlier peak."""
    x, valid = smooth.x, smooth.valid
    step = jnp.arange(x.shape[0]) if smooth.step is None else smooth.step
    return Drawdown(
        time_under_water=_stability.time_under_water(x, valid=valid),
        longest_under_water=_stability.longest_under_water(x, step=step, valid=valid),
        recovery=_stability.recovery_time(x, step=step, valid=valid),
    )


def drawdown_over_runs(group: Drawdown) -> Drawdown:
    """What of many runs can be averaged: not the durations, which are censored."""
    return eqx.tree_at(lambda g: (g.longest_under_water.length, g.recovery.step), group, replace=(None, None))


def evaluation_statistics(evaluation: Evaluation | None) -> EvaluationStatistics | None:
    """Mean and spread over rollouts at each evaluation."""
    if evaluation is None:
        return None
    curve = _evaluation_curve(evaluation)
    std = jax.vmap(lambda x, v: _masked.std(x, v, ddof=1))(evaluation.returns, evaluation.valid)
    return EvaluationStatistics(
        step=evaluation.step,
        mean=curve.value,
        std=std,
        count=curve.count,
        final=_masked.last(curve.value, curve.valid),
        best=_masked.maximum(curve.value, curve.valid),
    )


def diverged(run: TrainingRun, curve: Curve) -> Diverged:
    """Flags: does valid data hold NaN or infinity?"""
    stream = primary_stream(run, curve)
    evaluation = run.evaluation
    return Diverged(
        returns=_any_not_finite(stream.x, stream.valid),
        evaluation=None if evaluation is None else _any_not_finite(evaluation.returns, evaluation.valid),
        losses=None if run.losses is None else _losses_diverged(run.losses.values),
    )


def _losses_diverged(values: Mapping[str, Float[Array, " update"]]) -> dict[str, Bool[Array, ""]]:
    return {name: jnp.any(~jnp.isfinite(x)) for name, x in values.items()}


def _any_not_finite(x: Float[Array, "..."], valid: Bool[Array, "..."]) -> Bool[Array, ""]:
    return jnp.any(valid & ~jnp.isfinite(x))


def step_or_index(curve: Curve) -> Int[Array, " point"]:
    """The curve's step axis, or the index of each point where steps are unknown."""
    return jnp.arange(curve.value.shape[0]) if curve.step is None else curve.step


def trailing_mean(stream: Stream, window: int) -> Stream:
    """Trailing mean over `window` entries; valid from the first full window on."""
    if stream.packed:
        full = stream.valid & (jnp.arange(stream.x.shape[0]) >= window - 1)
        return Stream(stream.rolling(_rolling.rolling_mean, window), full, stream.step)
    mean = _rolling.rolling_mean(stream.x, window, valid=stream.valid, min_count=1)
    full = _scans.running_count(stream.valid) >= window
    return Stream(mean, stream.valid & full, stream.step)
