"""Law cases of intervals, tests and power."""

import jax
import numpy as np

from jaxviz.stats.across_runs import _bimodality, _multiplicity, _sequential, _significance
from jaxviz.stats.across_runs import _power as p
from jaxviz.stats.across_runs._scores import iqm, mean, probability_of_improvement
from jaxviz.stats.resampling import _algorithm_ranks as ranks
from jaxviz.stats.resampling import _bands, _permutation
from jaxviz.stats.resampling import _bootstrap as r
from tests.laws.across_runs_cases import scores, two_samples
from tests.laws.case import Case, bounds

REPS = 16


def key():
    return jax.random.key(3)


def of_one(statistic, **settings):
    def call(x, v):
        return bounds(r.bootstrap_interval(key(), statistic, x, valid=v, reps=REPS, **settings))

    return Case(call, scores, equivariance="location")


def plain_mean(x, *, valid):
    return mean(x, valid=valid)


def of_two(d, v):
    return bounds(r.bootstrap_difference(key(), mean, d["x"], d["y"], unit="run", reps=REPS, valid_x=v, valid_y=v))


def improvement(d, v):
    return bounds(
        r.bootstrap_comparison(
            key(), probability_of_improvement, d["x"], d["y"], unit="cell", reps=REPS, valid_x=v, valid_y=v
        )
    )


def four(x, v):
    return {name: bounds(i) for name, i in r.aggregate_intervals(key(), x, reps=REPS, valid=v).items()}


def streams(rng):
    return {name: rng.normal(size=10) for name in "xy"}


def p_values(rng):
    return np.array([0.001, 0.2, 0.008, 0.04, 0.9, 0.04, 0.3, 0.02])


def permuted(d, v):
    test = _permutation.permutation_test(key(), d["x"], d["y"], reps=REPS, valid_x=v, valid_y=v)
    return test.statistic, test.p_value


def welch(d, v):
    test = _significance.welch_test(d["x"], d["y"], valid_x=v, valid_y=v)
    return test.statistic, test.degrees_of_freedom, test.p_value


def rank_sums(d, v):
    test = _significance.mann_whitney(d["x"], d["y"], valid_x=v, valid_y=v)
    return test.statistic, test.p_value


def dip(d, v):
    test = _bimodality.dip_test(d["x"], valid=v)
    return test.statistic, test.p_value


def all_pairs(d, v):
    pairs = _multiplicity.pairwise(d, valid={"x": v, "y": v})
    return pairs.result.statistic, pairs.adjusted


def adjusted(f):
    return [Case(lambda x, v: f(x, valid=v), p_values)]


def spreads(rng):
    return {"s_x": np.array(1.0), "s_y": np.array(1.5), "effect": np.array(1.2)}


CASES = {
    "bootstrap_interval": [
        of_one(iqm, unit="run"),
        of_one(plain_mean, unit="run", method="bca"),
    ],
    "bootstrap_difference": [Case(of_two, two_samples, equivariance="dispersion")],
    "bootstrap_comparison": [Case(improvement, two_samples, equivariance="invariant")],
    "aggregate_intervals": [Case(four, scores)],
    "simultaneous_band": [
        Case(lambda x, v: bounds(_bands.simultaneous_band(key(), x, reps=REPS, valid=v)), scores, float32=1e-4)
    ],
    "rank_distribution": [
        Case(lambda d, v: ranks.rank_distribution(key(), d, reps=REPS, valid={"x": v, "y": v}), two_samples)
    ],
    "mean_rank": [Case(lambda d, _: ranks.mean_rank(d), streams, masked=False)],
    "permutation_test": [Case(permuted, streams)],
    "dip_test": [Case(dip, streams, equivariance="invariant")],
    "welch_test": [Case(welch, streams, equivariance="invariant")],
    "mann_whitney": [Case(rank_sums, streams, equivariance="invariant")],
    "bonferroni": adjusted(_multiplicity.bonferroni),
    "holm": adjusted(_multiplicity.holm),
    "benjamini_hochberg": adjusted(_multiplicity.benjamini_hochberg),
    "benjamini_yekutieli": adjusted(_multiplicity.benjamini_yekutieli),
    "benjamini_yekutieli_thresholds": [
        Case(lambda x, _: _multiplicity.benjamini_yekutieli_thresholds(6).astype(x.dtype), p_values, masked=False)
    ],
    "sequential_alphas": [
        Case(lambda x, _: _sequential.sequential_alphas((3, 5, 8)).astype(x.dtype), p_values, masked=False)
    ],
    "pairwise": [Case(all_pairs, streams, equivariance="invariant")],
    "power": [Case(lambda d, _: p.power(d["s_x"], d["s_y"], d["effect"], 8), spreads, masked=False)],
    "seeds_needed": [
        Case(lambda d, _: p.seeds_needed(d["s_x"], d["s_y"], d["effect"], n_max=40), spreads, masked=False)
    ],
    "simulated_power": [
        Case(lambda d, v: p.simulated_power(key(), d["x"], d["y"], 5, reps=REPS, valid_x=v, valid_y=v), streams)
    ],
}
