"""Law cases of `stats/_windows.py`."""

from jaxviz import stats
from tests.laws.case import Case


def _rolling(name, *arguments, equivariance=None, float32=1e-4, **options):
    return Case(
        lambda x, v: getattr(stats, name)(x, *arguments, valid=v, **options),
        equivariance=equivariance,
        float32=float32,
    )


CASES = {
    "rolling_mean": [
        _rolling("rolling_mean", 5, equivariance="location"),
        _rolling("rolling_mean", 7, min_count=1, equivariance="location"),
        _rolling("rolling_mean", 1),
    ],
    "rolling_std": [
        _rolling("rolling_std", 6, min_count=2, equivariance="dispersion"),
        _rolling("rolling_std", 4, ddof=1, min_count=2, equivariance="dispersion"),
    ],
    "rolling_cv": [_rolling("rolling_cv", 6, min_count=2)],
    "rolling_min": [_rolling("rolling_min", 6, min_count=1, equivariance="location")],
    "rolling_max": [_rolling("rolling_max", 6, min_count=1, equivariance="location")],
    "rolling_fraction_above": [_rolling("rolling_fraction_above", 6, 20.0, min_count=1)],
}
