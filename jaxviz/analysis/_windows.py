"""Trailing statistics at every episode."""

import equinox as eqx
import jax
import jax.numpy as jnp

from .. import _masked, stats
from .._types import Array, ArrayLike, Bool, Float
from ._streams import RollingStatistic, Stream


class WindowStatistics(eqx.Module):
    """Trailing statistics of the episode returns at each episode."""

    mean: Float[Array, " episode"]
    std: Float[Array, " episode"]
    cv: Float[Array, " episode"]
    fraction_above: Float[Array, " episode"] | None
    """Share of the window's returns that meet the target."""
    mean_length: Float[Array, " episode"] | None = None
    """Trailing mean of the episode lengths, in steps."""

    @property
    def drawdown(self) -> Float[Array, " episode"]:
        """How far the mean is below its highest value so far, ↓; computed on access, over all batch axes."""
        return _drawdowns(self.mean)


@jax.jit
def _drawdowns(mean: Float[Array, "..."]) -> Float[Array, "..."]:
    return jnp.vectorize(lambda x: stats.drawdown(x, valid=x == x), signature="(n)->(n)")(mean)


def window_statistics(
    stream: Stream, lengths: Stream | None, windows: tuple[int, ...], target: ArrayLike | None
) -> dict[str, WindowStatistics]:
    """Trailing statistics for each window, named by it: "100"."""
    return {str(w): _window_statistics(stream, lengths, w, target) for w in windows}


def _window_statistics(
    stream: Stream, lengths: Stream | None, window: int, target: ArrayLike | None
) -> WindowStatistics:
    mean, std = stream.rolling(stats.rolling_mean, window), stream.rolling(stats.rolling_std, window)
    return WindowStatistics(
        mean=mean,
        std=std,
        cv=_masked.ratio(std, jnp.abs(mean)),
        fraction_above=None if target is None else stream.rolling(_fraction_above(target), window),
        mean_length=None if lengths is None else lengths.rolling(stats.rolling_mean, window),
    )


def _fraction_above(target: ArrayLike) -> RollingStatistic:
    """`stats.rolling_fraction_above` of one target."""

    def statistic(
        x: Float[Array, " entry"], window: int, /, *, valid: Bool[Array, " entry"] | None = None
    ) -> Float[Array, " entry"]:
        return stats.rolling_fraction_above(x, window, target, valid=valid)

    return statistic
