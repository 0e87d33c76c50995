"""Trailing statistics over runs."""

import jax
import jax.numpy as jnp

from .. import _masked, stats
from .._shown import Result
from .._types import Array, Bool, Float, Int
from ..analysis import WindowStatistics
from ._curve_tables import even_places
from ._ranked import Better, Ranking


class WindowQuantiles(Result):
    """Trailing statistics of the episode returns over runs, at evenly spaced episodes; levels `QUANTILE_LEVELS`."""

    index: Int[Array, " point"]
    """Index of the episode, from 0."""
    mean: Float[Array, "quantile point"]
    std: Float[Array, "quantile point"]
    cv: Float[Array, "quantile point"]
    fraction_above: Float[Array, "quantile point"] | None
    mean_length: Float[Array, "quantile point"] | None
    count: Int[Array, " point"]
    """Runs that have a full window there; one that diverged is the worst of them."""


def window_quantiles(
    window: WindowStatistics, entries: Int[Array, " run"], points: int, ranking: Ranking
) -> WindowQuantiles:
    """Quantiles over runs of each trailing statistic; a run counts as long as it has entries."""
    index = even_places(window.mean.shape[-1], points)
    full = jax.vmap(_masked.first_index)(jnp.isfinite(window.mean))[:, None]
    within = (index[None] >= full) & (index[None] < entries[:, None])

    def present(thinned: Array) -> Bool[Array, "run point"]:
        """Where a run has a value, or had one before it diverged: not before its first full window."""
        lost = ranking.diverged[:, None] & within & ~jnp.isfinite(thinned)
        return jnp.isfinite(thinned) | lost

    def reduce(series: Array, better: Better | None) -> Array:
        thinned = series[:, index]
        kept = present(thinned)
        ranked = thinned if better is None else ranking.ranked(thinned, kept, better)
        return stats.quantile_band(ranked, valid=kept)

    return WindowQuantiles(
        index=index,
        mean=reduce(window.mean, ranking.level),
        std=reduce(window.std, "lower"),
        cv=reduce(window.cv, "lower"),
        fraction_above=None if window.fraction_above is None else reduce(window.fraction_above, "higher"),
        mean_length=None if window.mean_length is None else reduce(window.mean_length, None),
        count=jnp.sum(present(window.mean[:, index]), axis=0, dtype=jnp.int32),
    )
