"""Law cases of the files named `_reliability.py` in `stats/one_run` and `stats/across_runs`, and of `_lowpass.py`."""

import jax.numpy as jnp
import numpy as np

from jaxviz import stats
from tests.laws.case import Case, noisy_curve

STEP = np.cumsum(np.random.default_rng(7).integers(1, 9, 37)).astype(np.int32)
AT = np.array([20, 60, 120], np.int32)


def runs(rng):
    return rng.normal(5, 2, (12, 6))


def algorithms(rng):
    return rng.normal(5, 2, (3, 4, 5))


def step():
    return jnp.asarray(STEP)


def _whole(name, **options):
    return lambda x, v: getattr(stats, name)(x, step(), valid=v, **options)


CASES = {
    "lowpass": [Case(lambda x, v: stats.lowpass(x, 0.3, valid=v), equivariance="location", float32=1e-4)],
    "differences": [Case(lambda x, v: stats.differences(x, step(), valid=v).values, equivariance="dispersion")],
    "curve_range": [Case(lambda x, v: stats.curve_range(x, valid=v), equivariance="dispersion")],
    "values_at": [
        Case(lambda x, v: stats.values_at(x, step(), jnp.asarray(AT), window=15, valid=v), equivariance="location")
    ],
    "dispersion": [
        Case(lambda x, v, kind=kind: stats.dispersion(x, kind, valid=v), equivariance="dispersion")
        for kind in ("std", "iqr", "mad")
    ],
    "dispersion_within_run": [
        Case(_whole("dispersion_within_run", kind="std"), equivariance="dispersion"),
        Case(
            lambda x, v: stats.dispersion_within_run(x, step(), at=jnp.asarray(AT), window=40, valid=v),
            equivariance="dispersion",
        ),
    ],
    "median_performance": [
        Case(_whole("median_performance"), equivariance="location"),
        Case(lambda x, v: stats.median_performance(x, step(), at=jnp.asarray(AT), window=40, valid=v)),
    ],
    "short_term_risk": [Case(_whole("short_term_risk", alpha=0.2), equivariance="dispersion")],
    "long_term_risk": [Case(lambda x, v: stats.long_term_risk(x, 0.2, valid=v), equivariance="dispersion")],
    "high_frequency_energy": [
        Case(lambda x, _: stats.high_frequency_energy(x), masked=False, equivariance="invariant"),
    ],
    "dispersion_across_runs": [
        Case(lambda x, _: stats.dispersion_across_runs(x, "mad"), runs, masked=False, equivariance="dispersion")
    ],
    "risk_across_runs": [
        Case(lambda x, _, t=t: stats.risk_across_runs(x, 0.3, t), runs, masked=False, equivariance="location")
        for t in ("lower", "upper")
    ],
    "dispersion_across_rollouts": [
        Case(lambda x, v: stats.dispersion_across_rollouts(x, valid=v), noisy_curve, equivariance="dispersion")
    ],
    "rank_per_task": [Case(lambda x, _: stats.rank_per_task(x), algorithms, masked=False, equivariance="invariant")],
}
