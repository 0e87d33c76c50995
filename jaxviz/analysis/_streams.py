"""The streams that the groups of an Analysis read: raw entries of a run, and their trailing mean."""

from typing import Protocol

import equinox as eqx
import jax.numpy as jnp

from .. import _masked, _scans, stats
from .._run import TrainingRun
from .._steps import EntrySteps
from .._types import Array, Bool, Float
from ._curve import Curve


class RollingStatistic(Protocol):
    """A kernel of `stats.windows`."""

    def __call__(
        self, x: Float[Array, " entry"], window: int, /, *, valid: Bool[Array, " entry"] | None = None
    ) -> Float[Array, " entry"]: ...


class Stream(eqx.Module):
    """One number per entry, its validity, and the environment steps of the entries."""

    x: Float[Array, " entry"]
    valid: Bool[Array, " entry"]
    step: EntrySteps | None
    packed: bool = eqx.field(static=True, default=False)
    """Valid entries come first, as episodes do: windows then need no mask, which is several times faster."""

    def rolling(self, statistic: RollingStatistic, window: int) -> Float[Array, " entry"]:
        """A trailing statistic of the valid entries."""
        if not self.packed:
            return statistic(self.x, window, valid=self.valid)
        return _masked.undefined_unless(self.valid, statistic(_masked.blank(self.x, self.valid), window))


def primary_stream(run: TrainingRun, curve: Curve) -> Stream:
    """The raw stream that scalar statistics read: episode returns, or the learning curve of a run without episodes."""
    if run.episodes is not None:
        return Stream(run.episodes.returns, run.episodes.valid, run.episodes.step, packed=True)
    return Stream(curve.value, curve.valid, curve.step)


def lengths_stream(run: TrainingRun) -> Stream | None:
    """Episode lengths as floating numbers; None if they are not known."""
    episodes = run.episodes
    if episodes is None or episodes.lengths is None:
        return None
    return Stream(episodes.lengths.astype(episodes.returns.dtype), episodes.valid, episodes.step, packed=True)


def trailing_mean(stream: Stream, window: int) -> Stream:
    """Trailing mean over `window` entries; valid from the first full window on."""
    if stream.packed:
        full = stream.valid & (jnp.arange(stream.x.shape[0]) >= window - 1)
        return Stream(stream.rolling(stats.rolling_mean, window), full, stream.step)
    mean = stats.rolling_mean(stream.x, window, valid=stream.valid, min_count=1)
    full = _scans.running_count(stream.valid) >= window
    return Stream(mean, stream.valid & full, stream.step)
