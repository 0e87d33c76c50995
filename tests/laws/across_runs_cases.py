"""Law cases of what is computed across runs: `_across_runs`, `_profiles`, `_over_runs`, `_align`."""

import jax.numpy as jnp
import numpy as np

from jaxviz.stats.across_runs import _over_runs as o
from jaxviz.stats.across_runs import _profiles
from jaxviz.stats.across_runs import _scores as a
from jaxviz.stats.across_runs._duplicates import duplicate_runs
from jaxviz.stats.across_runs._improvement import improvement_interval
from jaxviz.stats.one_run import _align
from tests.laws.case import Case, bounds

THRESHOLDS = np.array([-1.0, 0.5, 2.0])


def scores(rng):
    x = rng.normal(0.5, 1, (10, 3))
    x[4] = x[5]
    return x


def curve_set(rng):
    return rng.normal(0.5, 1, (10, 2, 3))


def two_samples(rng):
    return {"x": scores(rng), "y": scores(rng).round(1)}


def curves(rng):
    return {"x": scores(rng), "step": np.cumsum(rng.integers(1, 5, (10, 3)), axis=1).astype(np.int32)}


def aligned(d, valid, **settings):
    mask = jnp.broadcast_to(valid[:, None], d["x"].shape)
    got = _align.align(d["x"], d["step"], np.arange(0, 16, 3), valid=mask, **settings)
    return got.values, got.valid, got.held


def fraction(x, valid):
    share = o.fraction_of_runs(x[:, 0] > 0.5, valid=valid)
    return share.estimate, share.low, share.high, share.n


def profile(of):
    return lambda x, v: of(x, jnp.asarray(THRESHOLDS, x.dtype), valid=v)


CASES = {
    "mean": [Case(lambda x, v: a.mean(x, valid=v), scores, equivariance="location")],
    "iqm": [
        Case(lambda x, v: a.iqm(x, valid=v), scores, equivariance="location"),
        Case(lambda x, v: a.iqm(x, valid=v), curve_set, equivariance="location"),
    ],
    "iqm_exact": [Case(lambda x, v: a.iqm_exact(x, valid=v), scores, equivariance="location")],
    "median_of_task_means": [Case(lambda x, v: a.median_of_task_means(x, valid=v), scores, equivariance="location")],
    "optimality_gap": [Case(lambda x, v: a.optimality_gap(x, valid=v), scores)],
    "normalize_scores": [
        Case(lambda x, _: a.normalize_scores(x, jnp.zeros(3, x.dtype), 2.0), scores, masked=False),
    ],
    "probability_of_improvement": [
        Case(
            lambda d, v: a.probability_of_improvement(d["x"], d["y"], valid_x=v, valid_y=v),
            two_samples,
            equivariance="invariant",
        )
    ],
    "improvement_interval": [
        Case(
            lambda d, v: bounds(improvement_interval(d["x"], d["y"], valid_x=v, valid_y=v)),
            two_samples,
            equivariance="invariant",
        )
    ],
    "cliffs_delta": [Case(lambda d, v: a.cliffs_delta(d["x"], d["y"], valid_x=v, valid_y=v), two_samples)],
    "performance_profile": [Case(profile(_profiles.performance_profile), scores)],
    "average_score_profile": [Case(profile(_profiles.average_score_profile), scores)],
    "superhuman_share": [
        Case(lambda x, v: _profiles.superhuman_share(x, valid=v), scores),
        Case(lambda x, v: _profiles.superhuman_share(x, of_task_means=True, valid=v), scores),
    ],
    "difficulty_progress": [
        Case(lambda x, v: _profiles.difficulty_progress(x, 0.3, valid=v), scores, equivariance="location")
    ],
    "duplicate_runs": [Case(lambda x, v: duplicate_runs(x, valid=v), scores)],
    "count_over_runs": [Case(lambda x, v: o.count_over_runs(v), scores)],
    "mean_over_runs": [Case(lambda x, v: o.mean_over_runs(x, valid=v), scores, equivariance="location")],
    "std_over_runs": [Case(lambda x, v: o.std_over_runs(x, valid=v), scores, equivariance="dispersion")],
    "standard_error": [Case(lambda x, v: o.standard_error(x, valid=v), scores, equivariance="dispersion")],
    "min_over_runs": [Case(lambda x, v: o.min_over_runs(x, valid=v), scores, equivariance="location")],
    "max_over_runs": [Case(lambda x, v: o.max_over_runs(x, valid=v), scores, equivariance="location")],
    "quantile_band": [Case(lambda x, v: o.quantile_band(x, valid=v), scores, equivariance="location")],
    "tolerance_interval": [Case(lambda x, v: o.tolerance_interval(x, 0.3, 0.8, valid=v), scores)],
    "interpercentile_range": [Case(lambda x, v: o.interpercentile_range(x[:, 0], -1.0, 3.0, valid=v), scores)],
    "fraction_of_runs": [Case(fraction, scores)],
    "align": [
        Case(aligned, curves, equivariance="location"),
        Case(lambda d, v: aligned(d, v, interpolation="previous", support="intersection"), curves),
        Case(lambda d, v: aligned(d, v, interpolation="bin", hold_last=True), curves),
    ],
}
