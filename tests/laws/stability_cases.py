"""Law cases of `stats/one_run/_stability.py`."""

import numpy as np

from jaxviz.stats.one_run import _stability as s
from tests.laws.case import Case, noisy_curve


def curve_with_steps(rng):
    return {"x": noisy_curve(rng), "step": np.cumsum(rng.integers(1, 9, 37)).astype(np.int32)}


def transfer(rng):
    return rng.normal(0.5, 0.2, (5, 5))


CASES = {
    "coefficient_of_variation": [
        Case(lambda x, v: s.coefficient_of_variation(x, valid=v)),
        Case(lambda x, v: s.coefficient_of_variation(x, ddof=1, valid=v)),
    ],
    "drawdown": [Case(lambda x, v: s.drawdown(x, valid=v), equivariance="dispersion")],
    "max_drawdown": [Case(lambda x, v: s.max_drawdown(x, valid=v), equivariance="dispersion")],
    "relative_drawdown": [Case(lambda x, v: s.relative_drawdown(x, valid=v), equivariance="invariant")],
    "final_to_peak": [
        Case(lambda x, v: s.final_to_peak(x, valid=v), equivariance="invariant"),
        Case(lambda x, v: s.final_to_peak(x, -10.0, valid=v)),
    ],
    "forgetting": [Case(lambda x, v: s.forgetting(x, valid=v), equivariance="dispersion")],
    "backward_transfer": [Case(lambda R, _: s.backward_transfer(R), transfer, masked=False, equivariance="dispersion")],
    "time_under_water": [
        Case(lambda x, v: s.time_under_water(x, valid=v), equivariance="invariant"),
        Case(lambda d, v: s.time_under_water(d["x"], tolerance=5.0, step=d["step"], valid=v), curve_with_steps),
    ],
    "longest_under_water": [
        Case(lambda x, v: s.longest_under_water(x, valid=v), differentiable=False),
        Case(
            lambda d, v: s.longest_under_water(d["x"], tolerance=5.0, step=d["step"], valid=v),
            curve_with_steps,
            differentiable=False,
        ),
    ],
    "recovery_time": [
        Case(lambda x, v: s.recovery_time(x, valid=v), differentiable=False),
        Case(lambda d, v: s.recovery_time(d["x"], step=d["step"], valid=v), curve_with_steps, differentiable=False),
    ],
    "consistency": [Case(lambda x, v: s.consistency(x, 40.0, 10, valid=v))],
    "collapse": [
        Case(lambda x, v: s.collapse(x, window=1, drop=0.1, hold=2, valid=v), equivariance="invariant"),
        Case(lambda d, v: s.collapse(d["x"], window=3, drop=0.05, hold=2, step=d["step"], valid=v), curve_with_steps),
    ],
}
