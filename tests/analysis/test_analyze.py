"""`analyze`: every field against a slow NumPy oracle, for one run and for batches."""

from dataclasses import replace

import jax
import numpy as np
import pytest
from jax._src import test_util

from jaxviz import aggregate, analyze, from_arrays, from_purejaxrl, from_rejax
from jaxviz.analysis import PolicyEntropy
from tests.inputs.test_readers import info
from tests.known import known, known_as

WINDOW = 5
TARGET = 11.0


def rolling(x, window):
    return np.array([x[t - window + 1 : t + 1].mean() if t >= window - 1 else np.nan for t in range(len(x))])


def noisy(rng, n=60):
    return (np.linspace(0, 15, n) + rng.normal(0, 2, n)).astype(np.float32)


@pytest.fixture(scope="module")
def batch():
    """A PureJaxRL result of two configurations and three seeds, with its analysis."""
    run = from_purejaxrl({"metrics": info(2, 3, 6, 16, 4), "losses": {"entropy": np.ones((2, 3, 6))}})
    return run, analyze(run, windows=(3, WINDOW), target=TARGET)


def assert_close(actual, expected):
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-5)


def test_every_field_of_one_run(rng):
    x = noisy(rng)
    a = analyze(from_arrays(x, lengths=np.full(60, 7)), windows=(WINDOW,), target=TARGET)
    b = analyze(from_arrays(x, lengths=(x > 8).astype(int) * 9 + 1), windows=(WINDOW,))
    smooth = rolling(x.astype(float), WINDOW)
    full = smooth[WINDOW - 1 :]
    peak = np.maximum.accumulate(full)
    windows, performance, stability = known(a.windows), known(a.performance), known(a.stability)
    episodes = known(a.episodes)
    assert_close(windows["5"].mean, smooth)
    std = [x[t - 4 : t + 1].std() if t >= 4 else np.nan for t in range(60)]
    assert_close(windows["5"].std, std)
    assert_close(windows["5"].cv, np.array(std) / np.abs(smooth))
    assert_close(known(windows["5"].fraction_above), rolling((x >= TARGET).astype(float), 5))
    assert_close(known(known(b.windows)["5"].mean_length), rolling((x > 8) * 9.0 + 1, 5))
    assert_close(known(windows["5"].drawdown)[WINDOW - 1 :], peak - full)
    assert_close(performance.jumpstart, x[:10].mean())
    assert_close(performance.final, x[-10:].mean())
    assert int(performance.final_entries) == 10
    assert_close(performance.last_window, x[-5:].mean())
    assert_close(performance.best, full.max())
    assert bool(performance.solved) == (x[-10:].mean() >= TARGET)
    assert_close(stability.coefficient_of_variation, x[-10:].std() / x[-10:].mean())
    assert_close(stability.max_drawdown, (peak - full).max())
    assert_close(stability.forgetting, peak[-1] - full[-1])
    assert_close(stability.final_to_peak, (full[-1] - full[0]) / (peak[-1] - full[0]))
    assert_close(known(stability.consistency), (x[-10:] >= TARGET).mean())
    crossed = np.flatnonzero(np.nan_to_num(smooth, nan=-np.inf) >= TARGET)
    assert int(known(known(a.convergence).crossing).step) == (crossed[0] + 1) * 7
    assert int(episodes.count) == 60
    assert_close(episodes.mean_return, x.mean())
    np.testing.assert_allclose(known(episodes.mean_length), 7)
    assert not bool(a.diverged.returns)
    assert a.entropy is None
    assert a.evaluation is None


def test_a_batch_is_its_runs(batch):
    run, analysis = batch
    assert analysis.batch_shape == (2, 3)
    alone = analyze(run[1, 2], windows=(3, WINDOW), target=TARGET)
    for a, b in zip(jax.tree.leaves(analysis[1, 2]), jax.tree.leaves(alone), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


def test_the_curve_under_each_estimand(batch):
    run, analysis = batch
    curve = analysis.curve
    np.testing.assert_allclose(curve.value, np.asarray(run.updates.total) / np.asarray(run.updates.count), rtol=1e-6)
    assert (curve.estimand, curve.source) == ("episode", "updates")
    hold = analyze(run, windows=(WINDOW,), estimand="hold", groups=()).curve
    expected = np.asarray(run.updates.hold_total) / np.asarray(run.updates.hold_count)
    np.testing.assert_allclose(hold.value, expected, rtol=1e-6)


def test_held_values_need_the_estimand_to_say_so():
    run = from_purejaxrl({"metrics": {"returns": np.arange(6.0), "timesteps": np.arange(6)}})
    with pytest.raises(ValueError, match="pass estimand='hold'"):
        analyze(run)
    held = analyze(run, estimand="hold", windows=(2,), groups=())
    np.testing.assert_allclose(held.curve.value, np.arange(6.0))


def test_evaluations_alone(rng):
    returns = rng.normal(size=(4, 10, 8)).astype(np.float32)
    analysis = analyze(from_rejax((np.ones(returns.shape, int), returns)), windows=(3,))
    evaluation = known(analysis.evaluation)
    np.testing.assert_allclose(evaluation.mean, returns.mean(-1), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(evaluation.std, returns.std(-1, ddof=1), rtol=1e-5)
    np.testing.assert_allclose(analysis.curve.value, evaluation.mean)
    assert analysis.curve.source == "evaluation"


def test_a_run_that_diverged_to_infinity_did_not_solve_the_task():
    returns = np.full((2, 30), 20.0, np.float32)
    returns[1, 25:] = np.inf
    analysis = analyze(from_arrays(returns), windows=(WINDOW,), target=TARGET, groups=("performance",))
    assert known(known(analysis.performance).solved).tolist() == [True, False]
    assert analysis.diverged.returns.tolist() == [False, True]


def test_policy_entropy(rng):
    logits = rng.normal(size=(50, 3))
    p = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    entropy = known_as(PolicyEntropy, analyze(from_arrays([1.0, 2.0], action_probs=p), windows=(2,)).entropy)
    h = -(p * np.log(p)).sum(-1)
    np.testing.assert_allclose(entropy.sample_entropy, h, rtol=1e-5)
    np.testing.assert_allclose(entropy.mean_normalized_entropy, h.mean() / np.log(3), rtol=1e-5)
    np.testing.assert_allclose(entropy.action_marginal, p.mean(0), rtol=1e-5)
    marginal = -(p.mean(0) * np.log(p.mean(0))).sum()
    np.testing.assert_allclose(entropy.mutual_information, marginal - h.mean(), rtol=1e-3)


def test_groups_can_be_switched_off(rng):
    analysis = analyze(from_arrays(noisy(rng)), windows=(WINDOW,), groups=("performance",))
    assert analysis.windows is None
    assert analysis.stability is None
    assert analysis.performance is not None


def late_mean(run):
    return run.episodes.returns[-10:].mean()


def test_extra_statistics_appear_under_their_names(batch, rng):
    run = from_arrays(np.stack([noisy(rng)] * 2))
    analysis = analyze(run, windows=(WINDOW,), groups=(), extra={"late_mean": late_mean})
    assert known(analysis.extra)["late_mean"].shape == (2,)


def test_another_target_does_not_trace_again(rng):
    traces = []

    def count(run):
        traces.append(1)
        return run.episodes.returns[0]

    run = from_arrays(noisy(rng))
    for target in (1.0, 2.0, 3):
        analyze(run, windows=(WINDOW,), target=target, groups=("performance",), extra={"count": count})
    assert len(traces) == 1


def test_another_metric_is_the_same_program(rng):
    """In the analysis and over runs; functions of the caller are told its name."""
    run = from_arrays(rng.normal(size=(2, 30)).astype(np.float32))
    first = analyze(run, groups=("performance",))
    aggregate(first, jax.random.key(0), reps=20)
    cost = replace(run, metric="cost")
    with test_util.count_jit_and_pmap_lowerings() as count:
        found = analyze(cost, groups=("performance",))
        summary = aggregate(found, jax.random.key(0), reps=20)
    assert count() == 0
    assert (found.metric, summary.metric, first.metric) == ("cost", "cost", "return")
    told = []
    analyze(cost, groups=(), extra={"name": lambda run: told.append(run.metric) or run.updates is None})
    assert told == ["cost"]


def test_works_under_jit_and_vmap(rng):
    x = np.stack([noisy(rng) for _ in range(3)])

    def stability(x):
        return known(analyze(from_arrays(x), windows=(WINDOW,), groups=("stability",)).stability)

    mapped, whole = jax.jit(jax.vmap(stability))(x), stability(x)
    np.testing.assert_allclose(mapped.max_drawdown, whole.max_drawdown, rtol=1e-5)


def test_a_diverged_run_is_flagged_and_only_it_is_undefined(rng):
    x = np.stack([noisy(rng) for _ in range(3)])
    x[1, 30] = np.nan
    analysis = analyze(from_arrays(x), windows=(WINDOW,), target=TARGET, groups=("performance", "windows"))
    assert np.asarray(analysis.diverged.returns).tolist() == [False, True, False]
    assert np.isnan(known(analysis.performance).best).tolist() == [False, True, False]
    assert np.isnan(known(known(analysis.windows)["5"].mean)[1, 30:35]).all()
    assert np.isfinite(known(known(analysis.windows)["5"].mean)[1, 35:]).all()
    assert np.isfinite(known(analysis.performance).last_window).all()


@pytest.mark.parametrize("returns", [[], [3.0], [1, 2]])
def test_short_and_empty_runs_are_defined_results(returns):
    analysis = analyze(from_arrays(returns), windows=(100,), target=1.0)
    final = float(known(analysis.performance).final)
    assert np.isnan(final) if not returns else final == np.mean(returns)
    assert np.isnan(known(analysis.performance).last_window)  # the run has no 100 episodes
    assert not bool(analysis.diverged.returns)


def test_a_run_without_a_finished_episode():
    metrics = info(6, 16, 4)
    metrics["returned_episode"][:] = False
    analysis = analyze(from_purejaxrl(metrics), windows=(WINDOW,), target=TARGET)
    assert int(known(analysis.episodes).count) == 0
    assert float(known(known(analysis.episodes).empty_updates)) == 1.0
    assert np.isnan(known(analysis.performance).last_window)
    assert not bool(known(analysis.performance).solved)
    assert not bool(known(known(analysis.convergence).crossing).reached)
    assert not bool(analysis.diverged.returns)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"windows": ()}, "`windows` must be positive integers"),
        ({"windows": (0,)}, "`windows` must be positive integers"),
        ({"windows": (2.5,)}, "`windows` must be positive integers"),
        ({"groups": ("speed",)}, "`groups` must be among"),
        ({"estimand": "mean"}, "`estimand` must be one of"),
        ({"target": [1.0, 2.0]}, "`target` must be one number"),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        analyze(from_arrays([1.0, 2.0]), **options)


def test_an_analysis_is_a_pytree_with_metric_names(batch):
    from jaxviz.host import flat_metrics

    names = set(flat_metrics(batch[1]))
    assert {"stability/max_drawdown", "windows/5/mean", "performance/final", "convergence/crossing/step"} <= names
    assert jax.tree.structure(jax.tree.map(lambda x: x, batch[1])) == jax.tree.structure(batch[1])
