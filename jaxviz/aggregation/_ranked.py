"""Numbers and curves of runs as rank statistics read them: a run that diverged is the worst of all."""

from typing import Literal, NamedTuple

import jax.numpy as jnp

from .. import _masked
from .._types import Array, Bool, Float
from ._settings import Statistic

Better = Literal["higher", "lower"]
"""Which values of a number are good."""


class Ranking(NamedTuple):
    """Which runs diverged, and what stands for them."""

    diverged: Bool[Array, " run"]
    minimize: bool
    """Lower levels of the metric are better."""
    statistic: Statistic

    @property
    def level(self) -> Better:
        """The good direction of the metric itself."""
        return "lower" if self.minimize else "higher"

    def worst(self, better: Better) -> float:
        """Beyond every value: a quantile or an IQM of many runs stays defined. A mean does not: it gets NaN."""
        if self.statistic == "mean":
            return float("nan")
        return -float("inf") if better == "higher" else float("inf")

    def ranked(
        self, x: Float[Array, "run *point"], present: Bool[Array, "run *point"], better: Better
    ) -> Float[Array, "run *point"]:
        """`x` with the worst value in the place of those that a diverged run lost."""
        diverged = self.diverged.reshape(-1, *(1,) * (x.ndim - 1))
        lost = diverged & present & ~jnp.isfinite(x)
        return jnp.where(lost, jnp.asarray(self.worst(better), x.dtype), x)

    def column(self, x: Array, better: Better | None) -> tuple[Float[Array, " run"], Bool[Array, " run"]]:
        """One number per run, and which runs have it: a run that did not diverge and has none is missing."""
        x = _masked.as_float(x)
        present = self.diverged | ~jnp.isnan(x)
        return x if better is None else self.ranked(x, present, better), present
