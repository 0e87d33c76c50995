"""The reliability of one run: the statistics of `_reliability.py`, all at once."""

import jax.numpy as jnp

from ... import _masked
from ..._types import Array, ArrayLike, Float, Mask, Steps
from . import _order, _reliability


def run_reliability(
    x: ArrayLike,
    step: Steps | None = None,
    *,
    valid: Mask | None = None,
) -> dict[str, Float[Array, ""]]:
    """`curve_range`, `dispersion_within_run`, `short_term_risk`, `long_term_risk` and `median_performance`, by name.

    The same numbers with their default settings, but all order statistics of one stream are selected together.
    """
    x, present = _masked.stream(x, valid)
    high, middle = _order.quantile(x, jnp.asarray([0.95, 0.5], x.dtype), valid=present)
    change = _reliability.differences(x, step, valid=present)
    quarters = jnp.asarray([0.25, 0.75], x.dtype)
    (low, up), worst = _order.quantile_and_cvar(change.values, quarters, 0.05, valid=change.valid)
    return {
        "curve_range": high - _masked.first(x, present),
        "dispersion_within_run": up - low,
        "short_term_risk": worst,
        "long_term_risk": _reliability.long_term_risk(x, valid=present),
        "median_performance": middle,
    }
