"""Sampled policies in the Analysis and the Aggregate: Gaussians, and policies over training."""

import dataclasses

import jax
import numpy as np
import pytest
import scipy.stats as sps

import jaxviz as jv
from jaxviz import aggregate, analyze, from_arrays, from_purejaxrl
from jaxviz._run import GaussianSample
from jaxviz.aggregation import PolicyEntropyAggregate
from jaxviz.analysis import GaussianEntropy
from jaxviz.stats import tanh_gaussian_entropy
from jaxviz.stats.across_runs._over_runs import QUANTILE_LEVELS
from tests.known import known, known_as

RUNS, UPDATES, SAMPLES, ACTIONS, DIMENSIONS = 3, 6, 20, 5, 2
RETURNS = np.ones((RUNS, 4), np.float32)


@pytest.fixture
def probs(rng):
    """[run, update, sample, action]"""
    return rng.dirichlet(np.ones(ACTIONS), (RUNS, UPDATES, SAMPLES)).astype(np.float32)


@pytest.fixture
def gaussian(rng):
    """mean and log_std [run, update, sample, dimension]"""
    shape = (RUNS, UPDATES, SAMPLES, DIMENSIONS)
    return rng.normal(size=shape).astype(np.float32), rng.normal(-1, 0.3, shape).astype(np.float32)


def analyzed(run):
    return analyze(run, groups=("entropy", "policies"))


def gaussian_entropy(run):
    return known_as(GaussianEntropy, analyzed(run).entropy)


def test_a_gaussian_policy(gaussian):
    mean, log_std = (x[:, -1] for x in gaussian)
    found = gaussian_entropy(from_arrays(RETURNS, action_mean=mean, action_log_std=log_std))
    expected = sps.norm.entropy(scale=np.exp(log_std.astype(np.float64))).sum(-1)
    np.testing.assert_allclose(found.sample_entropy, expected, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(found.mean_entropy, expected.mean(-1), rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(found.sample_action, mean)
    np.testing.assert_allclose(found.mean_std, np.exp(log_std).mean(1), rtol=1e-5)
    pooled = np.quantile(mean.reshape(-1, DIMENSIONS), QUANTILE_LEVELS, axis=0)
    np.testing.assert_allclose(found.over_samples("sample_action"), pooled, rtol=1e-5, atol=1e-6)


def test_a_squashed_gaussian_policy(gaussian):
    mean, log_std = (x[:, -1] for x in gaussian)
    found = gaussian_entropy(from_arrays(RETURNS, action_mean=mean, action_log_std=log_std, squashed=True))
    np.testing.assert_allclose(found.sample_entropy, tanh_gaussian_entropy(mean, log_std), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found.sample_action, np.tanh(mean), rtol=1e-5, atol=1e-6)


def test_samples_that_are_not_finite_leave_the_quantiles(gaussian):
    mean, log_std = (x[:, -1] for x in gaussian)
    mean = mean.copy()
    mean[0, 0, 0] = np.nan
    found = gaussian_entropy(from_arrays(RETURNS, action_mean=mean, action_log_std=log_std))
    pooled = np.nanquantile(mean.reshape(-1, DIMENSIONS), QUANTILE_LEVELS, axis=0)
    np.testing.assert_allclose(found.over_samples("sample_action"), pooled, rtol=1e-5, atol=1e-6)
    assert np.isnan(found.mean_action[0, 0])
    assert np.isfinite(found.mean_action[1:]).all()


def test_a_policy_over_training_is_that_of_every_update(probs):
    run = from_arrays(RETURNS, action_probs=probs, policy_step=np.arange(1, UPDATES + 1) * 10)
    analysis = analyzed(run)
    course = known(analysis.policies)
    entropy = -(probs * np.log(probs)).sum(-1)
    np.testing.assert_allclose(course.entropy, entropy.mean(-1), rtol=1e-5)
    np.testing.assert_allclose(known(course.perplexity), np.exp(entropy).mean(-1), rtol=1e-5)
    np.testing.assert_allclose(known(course.action_marginal), probs.mean(2), rtol=1e-5)
    np.testing.assert_array_equal(known(course.step)[1], [10, 20, 30, 40, 50, 60])
    assert course.mean_action is None
    np.testing.assert_allclose(known(analysis.entropy).sample_entropy, entropy[:, -1], rtol=1e-5)  # the last update


def test_a_gaussian_policy_over_training(gaussian):
    mean, log_std = gaussian
    run = from_arrays(RETURNS, action_mean=mean, action_log_std=log_std[0, 0, 0], squashed=True)
    course = known(analyzed(run).policies)
    np.testing.assert_allclose(known(course.mean_action), np.tanh(mean).mean(2), rtol=1e-4, atol=1e-6)
    assert course.squashed
    assert course.perplexity is None
    assert course.action_marginal is None


def test_over_runs_a_course_is_a_curve(probs):
    run = from_arrays(RETURNS, action_probs=probs, policy_step=np.arange(UPDATES))
    summary = aggregate(analyzed(run), jax.random.key(0), statistic="mean", reps=50)
    entropy = -(probs * np.log(probs)).sum(-1).mean(-1)
    curve = known(summary.policies).entropy
    np.testing.assert_allclose(curve.interval.estimate, entropy.mean(0), rtol=1e-5)
    np.testing.assert_allclose(curve.quantiles, np.quantile(entropy, QUANTILE_LEVELS, axis=0), rtol=1e-5)
    np.testing.assert_array_equal(curve.step, np.arange(UPDATES))
    np.testing.assert_allclose(known(known(summary.policies).action_marginal), probs.mean((0, 2)), rtol=1e-5)
    np.testing.assert_allclose(
        known_as(PolicyEntropyAggregate, summary.entropy).action_marginal, probs[:, -1].mean((0, 1)), rtol=1e-5
    )


def test_one_run_is_a_row_of_the_batch(probs):
    whole, alone = (analyzed(from_arrays(r, action_probs=p)) for r, p in ((RETURNS, probs), (RETURNS[1], probs[1])))
    for part in ("policies", "entropy"):
        chosen, own = (jax.tree.leaves(getattr(a, part)) for a in (whole[1], alone))
        for a, b in zip(chosen, own, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-6)


@pytest.mark.parametrize("squashed", [False, True])
def test_policies_come_back_from_a_file_bit_for_bit(gaussian, probs, squashed, tmp_path):
    mean, log_std = gaussian
    policies = {"action_mean": mean, "action_log_std": log_std, "squashed": squashed}
    for given in (policies, {"action_probs": probs}):
        run = from_arrays(RETURNS, **given, observations=mean, policy_step=np.arange(UPDATES))
        back = jv.load_run(jv.save_run(tmp_path / "run.npz", run))
        assert jax.tree.structure(back) == jax.tree.structure(run)
        jax.tree.map(np.testing.assert_array_equal, back, run)


def test_policies_beside_purejaxrl_metrics(gaussian, probs, rng):
    done = np.zeros((RUNS, UPDATES, 4, 2), bool)
    done[:, :, -1] = True
    metrics = {
        "returned_episode": done,
        "returned_episode_returns": np.ones(done.shape, np.float32),
        "returned_episode_lengths": np.full(done.shape, 4),
    }
    mean, log_std = gaussian
    run = from_purejaxrl({"metrics": metrics, "policy": {"mean": mean, "log_std": log_std, "squashed": True}})
    assert isinstance(run.policy, GaussianSample)
    assert run.policy.squashed
    np.testing.assert_array_equal(known(run.policies).step, known(run.updates).step)
    run = from_purejaxrl({"metrics": metrics, "policy": {"probs": probs[:, 0]}})
    assert run.policies is None
    with pytest.raises(ValueError, match=r"`policy\['probs'\]` is missing"):
        from_purejaxrl({"metrics": metrics, "policy": {"observations": mean}})


def test_what_does_not_fit_is_an_error(gaussian, probs):
    mean, log_std = gaussian
    with pytest.raises(ValueError, match="both `action_mean` and `action_log_std`"):
        from_arrays(RETURNS, action_mean=mean)
    with pytest.raises(ValueError, match="not both"):
        from_arrays(RETURNS, action_probs=probs, action_mean=mean, action_log_std=log_std)
    with pytest.raises(ValueError, match=r"`policy_step` needs a policy over training .*\(3, 20\)"):
        from_arrays(RETURNS, action_probs=probs[:, 0], policy_step=[1])
    with pytest.raises(ValueError, match=r"`policy_step` must have shape \(6,\)"):
        from_arrays(RETURNS, action_probs=probs, policy_step=[1, 2])
    with pytest.raises(ValueError, match="share their leading batch axes"):
        dataclasses.replace(from_arrays(RETURNS[:2]), policies=from_arrays(RETURNS, action_probs=probs).policies)


def test_describe_names_what_was_sampled(gaussian):
    mean, log_std = gaussian
    text = jv.describe(from_arrays(RETURNS, action_mean=mean, action_log_std=log_std))
    assert "policy: 20 samples of a Gaussian of 2 dimensions" in text
    assert "policy over training: 6 updates, 20 samples" in text
