"""Law cases of trailing windows."""

import jax.numpy as jnp

from jaxviz import stats
from tests.laws.case import Case


def _rolling(name, *arguments, equivariance=None, float32=1e-4, **options):
    return Case(
        lambda x, v: getattr(stats, name)(x, *arguments, valid=v, **options),
        equivariance=equivariance,
        float32=float32,
    )


def _over_steps(name, *arguments, **options):
    def call(x, v):
        window = stats.StepWindow(9, jnp.arange(x.shape[0], dtype=jnp.int32) * 2)
        return getattr(stats, name)(x, window, *arguments, valid=v, **options)

    return Case(call, float32=1e-4)


def _of_own_size(name, *arguments, size=6, equivariance=None, **options):
    """The window is an array, which jit traces."""

    def call(x, v):
        return getattr(stats, name)(x, jnp.asarray(size), *arguments, valid=v, **options)

    return Case(call, equivariance=equivariance, float32=1e-4)


CASES = {
    "rolling_mean": [
        _rolling("rolling_mean", 5, equivariance="location"),
        _rolling("rolling_mean", 7, min_count=1, equivariance="location"),
        _rolling("rolling_mean", 1),
        _of_own_size("rolling_mean", equivariance="location"),
        _of_own_size("rolling_mean", min_count=2, max_window=10, equivariance="location"),
        _over_steps("rolling_mean"),
    ],
    "rolling_std": [
        _rolling("rolling_std", 6, min_count=2, equivariance="dispersion"),
        _rolling("rolling_std", 4, ddof=1, min_count=2, equivariance="dispersion"),
        _of_own_size("rolling_std", min_count=2, max_window=6, equivariance="dispersion"),
        _over_steps("rolling_std"),
    ],
    "rolling_cv": [_rolling("rolling_cv", 6, min_count=2), _of_own_size("rolling_cv", min_count=2)],
    "rolling_min": [
        _rolling("rolling_min", 6, min_count=1, equivariance="location"),
        _of_own_size("rolling_min", min_count=1, equivariance="location"),
    ],
    "rolling_max": [
        _rolling("rolling_max", 6, min_count=1, equivariance="location"),
        _over_steps("rolling_max", min_count=3),
        _of_own_size("rolling_max", min_count=1, max_window=8, equivariance="location"),
    ],
    "rolling_fraction_above": [
        _rolling("rolling_fraction_above", 6, 20.0, min_count=1),
        _of_own_size("rolling_fraction_above", 20.0, min_count=1, max_window=9),
    ],
    "rolling_median": [
        _rolling("rolling_median", 6, min_count=2, equivariance="location"),
        _rolling("rolling_median", 30, min_count=3, equivariance="location"),
        _over_steps("rolling_median"),
        _of_own_size("rolling_median", min_count=2, max_window=10, equivariance="location"),
    ],
    "rolling_quantile": [
        _rolling("rolling_quantile", 7, 0.3, equivariance="location"),
        _rolling("rolling_quantile", 30, 0.9, min_count=5, equivariance="location"),
        _of_own_size("rolling_quantile", 0.3, size=28, min_count=3, max_window=30, equivariance="location"),
    ],
    "rolling_slope": [
        _rolling("rolling_slope", 8, min_count=2, equivariance="dispersion"),
        _of_own_size("rolling_slope", size=8, min_count=2, max_window=9, equivariance="dispersion"),
        _over_steps("rolling_slope"),
    ],
    "exponential_mean": [
        _rolling("exponential_mean", 0.2, equivariance="location"),
        _rolling("exponential_mean", 1.0, min_count=3, equivariance="location"),
    ],
}
