"""Runs and tasks together: scores, curves over runs, censored times, tests and power."""

from ._bimodality import DipTest, dip_test
from ._duplicates import duplicate_runs
from ._improvement import improvement_interval
from ._multiplicity import (
    Pairwise,
    benjamini_hochberg,
    benjamini_yekutieli,
    benjamini_yekutieli_thresholds,
    bonferroni,
    holm,
    pairwise,
)
from ._over_runs import (
    ToleranceInterval,
    count_over_runs,
    fraction_of_runs,
    interpercentile_range,
    max_over_runs,
    mean_over_runs,
    min_over_runs,
    quantile_band,
    standard_error,
    std_over_runs,
    tolerance_interval,
)
from ._power import power, seeds_needed, simulated_power
from ._profiles import average_score_profile, difficulty_progress, performance_profile, superhuman_share
from ._reliability import dispersion_across_rollouts, dispersion_across_runs, rank_per_task, risk_across_runs
from ._restricted_means import restricted_mean_interval, steps_saved_interval
from ._scores import (
    cliffs_delta,
    iqm,
    iqm_exact,
    mean,
    median_of_task_means,
    normalize_scores,
    optimality_gap,
    probability_of_improvement,
)
from ._sequential import sequential_alphas
from ._significance import MannWhitneyTest, WelchTest, mann_whitney, welch_test
from ._survival import (
    KaplanMeier,
    RestrictedMean,
    fraction_reached,
    kaplan_meier,
    median_crossing,
    restricted_mean,
    steps_saved,
)

__all__ = [
    "DipTest",
    "KaplanMeier",
    "MannWhitneyTest",
    "Pairwise",
    "RestrictedMean",
    "ToleranceInterval",
    "WelchTest",
    "average_score_profile",
    "benjamini_hochberg",
    "benjamini_yekutieli",
    "benjamini_yekutieli_thresholds",
    "bonferroni",
    "cliffs_delta",
    "count_over_runs",
    "difficulty_progress",
    "dip_test",
    "dispersion_across_rollouts",
    "dispersion_across_runs",
    "duplicate_runs",
    "fraction_of_runs",
    "fraction_reached",
    "holm",
    "improvement_interval",
    "interpercentile_range",
    "iqm",
    "iqm_exact",
    "kaplan_meier",
    "mann_whitney",
    "max_over_runs",
    "mean",
    "mean_over_runs",
    "median_crossing",
    "median_of_task_means",
    "min_over_runs",
    "normalize_scores",
    "optimality_gap",
    "pairwise",
    "performance_profile",
    "power",
    "probability_of_improvement",
    "quantile_band",
    "rank_per_task",
    "restricted_mean",
    "restricted_mean_interval",
    "risk_across_runs",
    "seeds_needed",
    "sequential_alphas",
    "simulated_power",
    "standard_error",
    "std_over_runs",
    "steps_saved",
    "steps_saved_interval",
    "superhuman_share",
    "tolerance_interval",
    "welch_test",
]
