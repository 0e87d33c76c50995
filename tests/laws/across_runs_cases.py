"""Law cases of the comparisons, profiles, ranks, curves and intervals across runs and tasks."""

import jax
import jax.numpy as jnp

from jaxviz import stats
from tests.laws.case import Case

KEY = 3


def one_task(rng):
    return rng.normal(5, 2, 14)


def table(rng):
    return rng.normal(1, 0.5, (9, 4))


def curves(rng):
    return rng.normal(5, 2, (9, 6))


def pair(rng):
    return {"x": rng.normal(5, 2, (9, 4)), "y": rng.normal(6, 2, (9, 4))}


def samples(rng):
    return {"x": rng.normal(5, 2, 9), "y": rng.normal(7, 2, 10)}


def p_values(rng):
    return rng.uniform(0.001, 0.4, 6)


def _aggregate(name, *arguments, equivariance="location", **options):
    return Case(
        lambda x, v: getattr(stats, name)(x, *arguments, valid=v, **options), one_task, equivariance=equivariance
    )


def _table(name, *arguments, data=table, **options):
    return Case(
        lambda x, _: getattr(stats, name)(x, *arguments, **options),
        data,
        masked=False,
        differentiable=False,
        float32=1e-4,
    )


def _two(name, data=pair, **options):
    return Case(
        lambda d, _: getattr(stats, name)(d["x"], d["y"], **options),
        data,
        masked=False,
        differentiable=False,
        float32=1e-4,
    )


def _random(call, data):
    """A bootstrap or permutation: the same key gives the same draws in either precision."""
    return Case(lambda d, _: call(jax.random.key(KEY), d), data, masked=False, differentiable=False, float32=1e-3)


def _adjust(name):
    return Case(lambda p, v: getattr(stats, name)(p, valid=v), p_values, differentiable=False)


def _aligned(x, _):
    step = jnp.broadcast_to(jnp.arange(x.shape[1]) * 3, x.shape)
    return stats.align(x, step, jnp.array([0, 4, 9, 20]))


def _flags(x, _):
    return stats.fraction_of_runs(x > 5).estimate


CASES = {
    "mean": [_aggregate("mean")],
    "iqm": [_aggregate("iqm"), _table("iqm")],
    "iqm_exact": [_aggregate("iqm_exact")],
    "optimality_gap": [_aggregate("optimality_gap", 6.0, equivariance=None)],
    "median_of_task_means": [_aggregate("median_of_task_means")],
    "normalize_scores": [_table("normalize_scores", 1.0, 3.0)],
    "probability_of_improvement": [_two("probability_of_improvement")],
    "cliffs_delta": [_two("cliffs_delta")],
    "performance_profile": [_table("performance_profile", [0.0, 0.5, 1.0])],
    "average_score_profile": [_table("average_score_profile", [0.0, 0.5, 1.0])],
    "superhuman_share": [_table("superhuman_share")],
    "difficulty_progress": [_table("difficulty_progress", 0.3)],
    "mean_over_runs": [_table("mean_over_runs", data=curves)],
    "std_over_runs": [_table("std_over_runs", data=curves)],
    "standard_error": [_table("standard_error", data=curves)],
    "min_over_runs": [_table("min_over_runs", data=curves)],
    "max_over_runs": [_table("max_over_runs", data=curves)],
    "quantile_band": [_table("quantile_band", data=curves)],
    "tolerance_interval": [_table("tolerance_interval", 0.5, 0.8, data=curves)],
    "interpercentile_range": [_table("interpercentile_range", 0.0, 10.0, data=one_task)],
    "count_over_runs": [Case(lambda x, _: stats.count_over_runs(x > 5), curves, masked=False, differentiable=False)],
    "fraction_of_runs": [Case(_flags, one_task, masked=False, differentiable=False)],
    "align": [Case(_aligned, curves, masked=False, equivariance=None)],
    "welch_test": [_two("welch_test", samples)],
    "mann_whitney": [_two("mann_whitney", samples)],
    "bonferroni": [_adjust("bonferroni")],
    "holm": [_adjust("holm")],
    "benjamini_hochberg": [_adjust("benjamini_hochberg")],
    "benjamini_yekutieli": [_adjust("benjamini_yekutieli")],
    "benjamini_yekutieli_thresholds": [
        Case(lambda _, __: stats.benjamini_yekutieli_thresholds(6), p_values, masked=False, differentiable=False)
    ],
    "pairwise": [Case(lambda d, _: stats.pairwise(d), samples, masked=False, differentiable=False, float32=1e-4)],
    "power": [
        Case(
            lambda d, _: stats.power(jnp.std(d["x"]), jnp.std(d["y"]), 1.0, 12),
            samples,
            masked=False,
            differentiable=False,
            float32=1e-4,
        )
    ],
    "seeds_needed": [
        Case(
            lambda d, _: stats.seeds_needed(jnp.std(d["x"]), jnp.std(d["y"]), 2.0, n_max=60),
            samples,
            masked=False,
            differentiable=False,
        )
    ],
    "bootstrap_interval": [
        _random(lambda key, x: stats.bootstrap_interval(key, stats.iqm, x, unit="cell", reps=60), table),
        _random(lambda key, x: stats.bootstrap_interval(key, stats.mean, x, unit="run", method="bca", reps=60), table),
    ],
    "bootstrap_difference": [
        _random(lambda key, d: stats.bootstrap_difference(key, stats.mean, d["x"], d["y"], unit="cell", reps=60), pair)
    ],
    "bootstrap_comparison": [
        _random(
            lambda key, d: stats.bootstrap_comparison(
                key, stats.probability_of_improvement, d["x"], d["y"], unit="cell", reps=60
            ),
            pair,
        )
    ],
    "aggregate_intervals": [_random(lambda key, x: stats.aggregate_intervals(key, x, reps=60), table)],
    "simultaneous_band": [_random(lambda key, x: stats.simultaneous_band(key, x, reps=60), curves)],
    "permutation_test": [_random(lambda key, d: stats.permutation_test(key, d["x"], d["y"], reps=60), samples)],
    "simulated_power": [_random(lambda key, d: stats.simulated_power(key, d["x"], d["y"], 6, reps=60), samples)],
    "rank_distribution": [_random(lambda key, d: stats.rank_distribution(key, d, reps=60), pair)],
    "mean_rank": [
        Case(
            lambda d, _: stats.mean_rank({"a": d["x"][0] / 10, "b": d["y"][0] / 10}),
            pair,
            masked=False,
            differentiable=False,
        )
    ],
}
