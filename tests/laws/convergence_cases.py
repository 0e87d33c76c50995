"""Law cases of levels, areas, crossings, survival, trends and change points."""

import jax
import numpy as np

from jaxviz import stats as c
from tests.laws.case import Case
from tests.laws.resampling_cases import bounds
from tests.laws.stability_cases import curve_with_steps


def shifting(rng):
    return np.repeat([0.0, 8.0, 3.0], [17, 15, 15]) + rng.normal(0, 1, 47)


def crossings(rng):
    """Times of 24 runs, with ties, and which were reached."""
    return {"time": rng.integers(1, 15, 24).astype(np.int32), "reached": rng.random(24) < 0.7}


def durations(rng):
    return {"time": np.round(rng.gamma(2.0, 3.0, 24), 1), "reached": rng.random(24) < 0.7}


def two_groups(rng):
    a, b = (np.cumsum(rng.normal(drift, 1, (7, 30)), axis=1) for drift in (0.6, 0.3))
    return {"a": a, "b": b}


def _trend(call):
    return [
        Case(lambda x, v: call(x, valid=v), equivariance="dispersion"),
        Case(lambda d, v: call(d["x"], step=d["step"], window=12, level=0.8, valid=v), curve_with_steps),
    ]


def _slope(x, **options):
    line = c.theil_sen(x, **options)
    return line.slope, line.low, line.high


def _censored(d, v):
    key = jax.random.key(3)
    return bounds(c.restricted_mean_interval(key, d["time"], d["reached"], 8, reps=16, valid=v))


def _saved(d, _):
    return bounds(c.steps_saved_interval(jax.random.key(3), d["a"], d["b"], 4.0, reps=16))


CASES = {
    "first_crossing": [
        Case(lambda x, v: c.first_crossing(x, 30.0, valid=v), differentiable=False),
        Case(
            lambda d, v: c.first_crossing(d["x"], 30.0, step=d["step"], window=2, hold=3, valid=v),
            curve_with_steps,
            differentiable=False,
        ),
    ],
    "area_under_curve": [
        Case(lambda x, v: c.area_under_curve(x, valid=v), equivariance="location"),
        Case(lambda d, v: c.area_under_curve(d["x"], d["step"], horizon=100, valid=v), curve_with_steps),
    ],
    "final_performance": [
        Case(lambda x, v: c.final_performance(x, valid=v), equivariance="location"),
        Case(lambda x, v: c.final_performance(x, 0.5, valid=v), equivariance="location"),
    ],
    "interval_means": [
        Case(lambda x, v: c.interval_means(x, total=40, intervals=6, valid=v), equivariance="location"),
        Case(
            lambda d, v: c.interval_means(d["x"], d["step"], total=d["step"][-1], intervals=9, valid=v),
            curve_with_steps,
        ),
    ],
    "jumpstart": [Case(lambda x, v: c.jumpstart(x, valid=v), equivariance="location")],
    "kaplan_meier": [
        Case(lambda d, v: c.kaplan_meier(d["time"], d["reached"], valid=v), crossings),
        Case(lambda d, v: c.kaplan_meier(d["time"], d["reached"], level=0.8, valid=v), durations),
    ],
    "median_crossing": [
        Case(lambda d, v: c.median_crossing(d["time"], d["reached"], valid=v), crossings),
        Case(lambda d, v: c.median_crossing(d["time"], d["reached"], valid=v), durations),
    ],
    "restricted_mean": [
        Case(lambda d, v: c.restricted_mean(d["time"], d["reached"], 10, valid=v), crossings),
        Case(lambda d, v: c.restricted_mean(d["time"], d["reached"], 8.0, valid=v), durations),
    ],
    "restricted_mean_interval": [Case(_censored, crossings), Case(_censored, durations)],
    "fraction_reached": [
        Case(lambda d, v: c.fraction_reached(d["reached"], valid=v), crossings, empty="any", differentiable=False)
    ],
    "steps_saved_interval": [Case(_saved, two_groups, masked=False)],
    "steps_saved": [Case(lambda d, _: c.steps_saved(d["a"], d["b"], 4.0), two_groups, masked=False)],
    "theil_sen": [*_trend(_slope), Case(lambda x, v: c.theil_sen(x, valid=v).intercept, equivariance="location")],
    "mann_kendall": [
        Case(lambda x, v: c.mann_kendall(x, valid=v), equivariance="invariant"),
        Case(lambda x, v: c.mann_kendall(x, window=9, valid=v), equivariance="invariant"),
    ],
    "plateau": [
        Case(lambda x, v: c.plateau(x, window=15, valid=v), equivariance="dispersion"),
        Case(
            lambda d, v: c.plateau(d["x"], step=d["step"], window=20, tolerance=30.0, level=0.9, valid=v),
            curve_with_steps,
            empty="any",
        ),
    ],
    "change_points": [
        Case(lambda x, v: c.change_points(x, 10.0, max_changes=4, valid=v), shifting),
        Case(lambda x, v: c.change_points(x, max_changes=1, min_size=3, valid=v), shifting, float32=1e-4),
    ],
    "page_hinkley": [Case(lambda x, v: c.page_hinkley(x, 0.5, 6.0, valid=v), shifting, differentiable=False)],
    "mser5": [Case(lambda x, v: c.mser5(x, valid=v), shifting, differentiable=False)],
}
CASES["time_to_threshold"] = CASES["first_crossing"][:1]
