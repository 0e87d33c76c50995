"""Shapes and dtypes in annotations are true: law cases run under jaxtyping and beartype, in a process of their own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.laws.collect import public_kernels

ROOT = Path(__file__).resolve().parents[1]

KNOWN = {
    "aggregate_intervals",
    "average_score_profile",
    "benjamini_hochberg",
    "benjamini_yekutieli",
    "bonferroni",
    "bootstrap_comparison",
    "bootstrap_difference",
    "bootstrap_interval",
    "categorical_entropy",
    "cliffs_delta",
    "clip_fraction",
    "confidence",
    "count_over_runs",
    "coverage",
    "difficulty_progress",
    "dormant_fraction",
    "effective_rank",
    "effective_sample_fraction",
    "entropy_collapse",
    "explained_variance",
    "feature_rank",
    "fraction_of_runs",
    "fraction_reached",
    "gaussian_entropy",
    "gaussian_kl",
    "gradient_noise_scale_per_example",
    "holm",
    "inactive_fraction",
    "interpercentile_range",
    "iqm",
    "iqm_exact",
    "kaplan_meier",
    "kl_k1",
    "kl_k2",
    "kl_k3",
    "mann_whitney",
    "max_over_runs",
    "mean",
    "mean_over_runs",
    "mean_rank",
    "median_crossing",
    "median_of_task_means",
    "min_over_runs",
    "normalized_entropy",
    "optimality_gap",
    "pairwise",
    "pca_rank",
    "performance_profile",
    "permutation_test",
    "perplexity",
    "policy_kl",
    "probability_of_improvement",
    "quantile_band",
    "rank_distribution",
    "restricted_mean",
    "sampled_entropy",
    "simulated_power",
    "simultaneous_band",
    "srank",
    "stable_rank",
    "standard_error",
    "std_over_runs",
    "steps_saved",
    "successive_halving",
    "superhuman_share",
    "tanh_gaussian_entropy",
    "tolerance_interval",
    "visitation_entropy",
    "welch_test",
}
"""Kernels with annotations that are not true yet: the list only shrinks."""


@pytest.fixture(scope="module")
def violations():
    """By case, of all cases."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.laws.checker"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("kernel", sorted(public_kernels()))
def test_annotations_are_true(kernel, violations):
    found = {case: violation for case, violation in violations.items() if case.rpartition("-")[0] == kernel}
    assert not found or kernel in KNOWN
