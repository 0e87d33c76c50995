"""Trailing statistics over runs."""

import equinox as eqx
import jax.numpy as jnp

from .. import stats
from .._types import Array, Float, Int
from ..analysis import WindowStatistics
from ._curve_tables import even_places


class WindowQuantiles(eqx.Module):
    """Trailing statistics of the episode returns over runs, at evenly spaced episodes; levels `QUANTILE_LEVELS`."""

    index: Int[Array, " point"]
    """Index of the episode, from 0."""
    mean: Float[Array, "quantile point"]
    std: Float[Array, "quantile point"]
    cv: Float[Array, "quantile point"]
    fraction_above: Float[Array, "quantile point"] | None
    mean_length: Float[Array, "quantile point"] | None
    count: Int[Array, " point"]
    """Runs that have a finite mean there; all others have ended or diverged, and are not in the quantiles."""


def window_quantiles(window: WindowStatistics, points: int) -> WindowQuantiles:
    """Quantiles over runs of each trailing statistic; a run counts as long as it has episodes."""
    index = even_places(window.mean.shape[-1], points)

    def reduce(series: Array) -> Array:
        thinned = series[:, index]
        return stats.quantile_band(thinned, valid=jnp.isfinite(thinned))

    return WindowQuantiles(
        index=index,
        mean=reduce(window.mean),
        std=reduce(window.std),
        cv=reduce(window.cv),
        fraction_above=None if window.fraction_above is None else reduce(window.fraction_above),
        mean_length=None if window.mean_length is None else reduce(window.mean_length),
        count=jnp.sum(jnp.isfinite(window.mean[:, index]), axis=0, dtype=jnp.int32),
    )
