"""The stream that the groups of an Analysis read: raw entries of a run, their trailing mean, and their ends."""

from dataclasses import replace
from typing import Literal, Protocol, Self

import equinox as eqx
import jax
import jax.numpy as jnp

from .. import _masked, _scans, _steps, stats
from .._own_kernel import own_kernel
from .._run import TrainingRun, UpdateReturns
from .._shown import Result
from .._steps import EntrySteps, ExactSteps
from .._types import Array, Bool, Float, Int
from ..stats.one_run._episodes import Estimand
from ..stats.one_run._interval_means import equal_edges

Source = Literal["updates", "evaluation", "episodes"]
"""The part of a run that a stream or a curve comes from: its kind."""
Window = int | Int[Array, ""]
"""Entries of a trailing window: one that the caller named, or one of each run."""

LONGEST_WINDOW = 100
"""The default window of episodes is a tenth of the run's own, and at most this."""
FEWEST = {"episodes": 10, "updates": 1, "evaluation": 1}
"""Fewest entries behind the mean of a tenth of the training: single episodes are noisy, the others are means."""


class RollingStatistic(Protocol):
    """A kernel of `stats.windows`."""

    def __call__(
        self,
        x: Float[Array, " entry"],
        window: Window,
        /,
        *,
        valid: Bool[Array, " entry"] | None = None,
        max_window: int | None = None,
    ) -> Float[Array, " entry"]: ...


class Stream(Result):
    """One number per entry, its validity, and the environment steps of the entries."""

    x: Float[Array, " entry"]
    valid: Bool[Array, " entry"]
    step: EntrySteps
    """Environment steps, or 1, 2, 3, … if only the order is known."""
    total: ExactSteps
    """Steps that were run, or entries: the end of the axis of `step`."""
    kind: Source = eqx.field(static=True)
    packed: bool = eqx.field(static=True, default=False)
    """Valid entries come first, as episodes do: windows then need no mask, which is several times faster."""

    def rolling(self, statistic: RollingStatistic, window: Window) -> Float[Array, " entry"]:
        """A trailing statistic of the valid entries."""
        longest = None if isinstance(window, int) else LONGEST_WINDOW
        if not self.packed:
            return statistic(self.x, window, valid=self.valid, max_window=longest)
        trailing = statistic(_masked.blank(self.x, self.valid), window, max_window=longest)
        return _masked.undefined_unless(self.valid, trailing)

    def last(self, size: Window) -> Bool[Array, " entry"]:
        """The last `size` valid entries; all if there are fewer."""
        if not self.packed:
            return _scans.tail(self.valid, jnp.asarray(size, jnp.int32))
        return self.valid & (self._index >= _masked.count(self.valid) - size)

    def first(self, size: Window) -> Bool[Array, " entry"]:
        """The first `size` valid entries; all if there are fewer."""
        if not self.packed:
            return _scans.head(self.valid, jnp.asarray(size, jnp.int32))
        return self.valid & (self._index < size)

    def last_tenth(self) -> Bool[Array, " entry"]:
        """The entries of the last tenth of the training, and at least `FEWEST` of them, or all there are."""
        late = _steps.less(equal_edges(self.total, 10)[9], self.step)
        return (self.valid & late) | self.last(FEWEST[self.kind])

    def first_tenth(self) -> Bool[Array, " entry"]:
        """The entries of the first tenth of the training, and at least `FEWEST` of them, or all there are."""
        early = _steps.at_most(self.step, equal_edges(self.total, 10)[1])
        return (self.valid & early) | self.first(FEWEST[self.kind])

    def oriented(self, minimize: bool) -> Self:
        """The stream itself, or its negative if lower is better: higher is better in the result."""
        return replace(self, x=-self.x) if minimize else self

    @property
    def _index(self) -> Int[Array, " entry"]:
        return jnp.arange(self.x.shape[0], dtype=jnp.int32)


def primary_stream(run: TrainingRun, estimand: Estimand) -> Stream:
    """The raw stream that all statistics read: episodes if they are known, else updates, else evaluations."""
    if run.episodes is not None:
        episodes = run.episodes
        return _stream(run, episodes.returns, episodes.valid, episodes.step, "episodes", packed=True)
    if run.updates is not None:
        value, count = update_returns(run.updates, estimand)
        return _stream(run, value, count > 0, run.updates.step, "updates")
    assert run.evaluation is not None  # a TrainingRun has one of the three
    return evaluation_stream(run)


def stream_kind(run: TrainingRun) -> Source:
    """The part of the run that `primary_stream` takes."""
    if run.episodes is not None:
        return "episodes"
    return "updates" if run.updates is not None else "evaluation"


def evaluation_stream(run: TrainingRun) -> Stream:
    """The mean over the rollouts of each evaluation."""
    evaluation = run.evaluation
    assert evaluation is not None
    mean = jax.vmap(_masked.mean)(evaluation.returns, evaluation.valid)
    return _stream(run, mean, jnp.any(evaluation.valid, axis=-1), evaluation.step, "evaluation")


def update_returns(updates: UpdateReturns, estimand: Estimand) -> tuple[Float[Array, " update"], Int[Array, " update"]]:
    """The return at each update under `estimand`, and how many episodes (or cells, for "hold") are behind it."""
    total, count = (updates.hold_total, updates.hold_count) if estimand == "hold" else (updates.total, updates.count)
    if total is None or count is None:
        known = "hold" if estimand != "hold" else "episode"
        raise ValueError(
            f"`estimand={estimand!r}` needs sums that this run does not have: its updates only hold {known!r} values; "
            f"pass estimand={known!r}"
        )
    return _masked.ratio(total, count.astype(total.dtype)), count


def _stream(
    run: TrainingRun,
    x: Float[Array, " entry"],
    valid: Bool[Array, " entry"],
    step: EntrySteps | None,
    kind: Source,
    *,
    packed: bool = False,
) -> Stream:
    if step is None:
        step = jnp.arange(1, x.shape[0] + 1, dtype=jnp.int32)
        return Stream(x, valid, step, _steps.largest(step, valid, fill=0), kind, packed)
    return Stream(x, valid, step, total_steps(run, step, valid), kind, packed)


def total_steps(run: TrainingRun, step: EntrySteps, valid: Bool[Array, " entry"]) -> ExactSteps:
    """Environment steps that were run: as recorded, or up to the last update, or up to the last entry."""
    if run.total_steps is not None:
        return run.total_steps
    updates = None if run.updates is None else run.updates.step
    if updates is not None and updates.shape[-1]:
        return updates[-1]
    return _steps.largest(step, valid, fill=0)


def lengths_stream(run: TrainingRun, stream: Stream) -> Stream | None:
    """Episode lengths as floating numbers, beside the `stream` of episodes; None if they are not known."""
    episodes = run.episodes
    if episodes is None or episodes.lengths is None:
        return None
    return replace(stream, x=episodes.lengths.astype(episodes.returns.dtype))


def own_window(stream: Stream) -> Window:
    """The default window: a tenth of the run's own episodes, at most `LONGEST_WINDOW`; 1 for entries that are means."""
    if stream.kind != "episodes":
        return 1
    return own_kernel(jnp.clip(_masked.count(stream.valid) // 10, 1, LONGEST_WINDOW))


def trailing_mean(stream: Stream, window: Window) -> Stream:
    """Trailing mean over `window` entries; valid from the first full window on."""
    if isinstance(window, int) and window == 1:
        return stream
    if stream.packed:
        full = stream.valid & (jnp.arange(stream.x.shape[0]) >= window - 1)
        return replace(stream, x=stream.rolling(stats.rolling_mean, window), valid=full)
    mean = stats.rolling_mean(stream.x, window, valid=stream.valid, min_count=1)
    full = _scans.running_count(stream.valid) >= window
    return replace(stream, x=mean, valid=stream.valid & full)
