"""Law cases of `stats/one_run/_order.py`."""

import jax.numpy as jnp

from jaxviz import stats
from tests.laws.case import Case, Equivariance


def _stream(name, *arguments, equivariance: Equivariance = "location", **options):
    return Case(
        lambda x, v: getattr(stats, name)(x, *arguments, valid=v, **options), equivariance=equivariance, float32=1e-4
    )


def _quantiles(x, v):
    return stats.quantile(x, jnp.asarray([0.0, 0.25, 0.9], x.dtype), valid=v)


CASES = {
    "quantile": [_stream("quantile", 0.3), Case(_quantiles, equivariance="location", float32=1e-4)],
    "median": [_stream("median")],
    "interquartile_range": [_stream("interquartile_range", equivariance="dispersion")],
    "median_absolute_deviation": [
        _stream("median_absolute_deviation", equivariance="dispersion"),
        _stream("median_absolute_deviation", equivariance="dispersion", normal_consistent=True),
    ],
    "trimmed_mean": [_stream("trimmed_mean"), _stream("trimmed_mean", 0.2, exact=True)],
    "cvar_lower": [_stream("cvar_lower", 0.2)],
    "cvar_upper": [_stream("cvar_upper", 0.2)],
    "weighted_cvar_lower": [_stream("weighted_cvar_lower", 0.2)],
    "weighted_cvar_upper": [_stream("weighted_cvar_upper", 0.2)],
    "rank": [
        Case(lambda x, v: stats.rank(x, valid=v), equivariance="invariant", differentiable=False),
    ],
}
