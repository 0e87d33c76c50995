"""`jv.next_seeds`: looks that share the error, and who needs more runs."""

import numpy as np
import pytest
from scipy import stats as theory

import jaxviz as jv
from jaxviz.comparison import BETTER, UNDECIDED
from jaxviz.stats.across_runs import _sequential
from tests.comparison.test_compare import compared, drawn

LOOKS = (3, 6, 12)


def test_verdicts_are_at_what_the_plan_leaves_to_the_look(rng):
    scores = drawn(rng, (0, 0.6, 8), 6, 2, noise=0.4)
    plain, looked = compared(scores), compared(scores, looks=LOOKS)
    alpha = float(jv.stats.sequential_alphas(LOOKS)[1])
    assert float(plain.alpha) == pytest.approx(0.05)
    assert float(looked.alpha) == pytest.approx(alpha)
    np.testing.assert_array_equal(plain.pairs.difference.low, looked.pairs.difference.low)
    p = np.asarray(looked.pairs.p_value)
    smaller = np.sum(p[None] < p[:, None], axis=1)
    np.testing.assert_allclose(1 - looked.pairs.adjusted.level, alpha / (3 - smaller), rtol=1e-3)
    assert np.all(looked.pairs.adjusted.low <= plain.pairs.adjusted.low)
    assert f"look 2 of 3 (at 3, 6, 12 runs), whose verdicts are at {alpha:.2g}" in jv.describe(looked)


def test_runs_go_to_those_of_an_undecided_pair(rng):
    scores = drawn(rng, (0, 0, 40), 6, 2)
    plan = jv.next_seeds(compared(scores, looks=LOOKS))
    assert not plan.stop
    assert plan.undecided == (("a0", "a1"),)
    assert plan.further == {name: {"task 1": 6, "task 2": 6} for name in ("a0", "a1")}
    assert jv.describe(plan) == (
        "Look 2 of 3, 6 runs: 1 pair undecided. For the look at 12 runs:\n"
        "  a0: 6 more of each of 2 tasks\n  a1: 6 more of each of 2 tasks"
    )


def test_what_an_algorithm_lacks_is_counted_by_task_and_a_missing_task_left_alone(rng):
    scores = {"a": {"x": rng.normal(size=6), "y": rng.normal(size=4)}, "b": {"x": rng.normal(size=6)}}
    scores["c"] = {task: rng.normal(size=6) for task in "xy"}
    plan = jv.next_seeds(compared(scores, looks=LOOKS))
    assert plan.further == {"a": {"x": 6, "y": 8}, "b": {"x": 6}, "c": {"x": 6, "y": 6}}
    assert "a: 6 more of x, 8 more of y" in jv.describe(plan)
    assert "b: 6 more of x" in jv.describe(plan)


@pytest.mark.parametrize(
    ("shifts", "looks", "words"),
    [((0, 0, 40), (3, 6), "1 pair undecided; the plan has ended"), ((0, 40, 90), LOOKS, "every pair has a verdict")],
)
def test_it_ends_with_the_verdicts_or_with_the_looks(rng, shifts, looks, words):
    plan = jv.next_seeds(compared(drawn(rng, shifts, 6, 2), looks=looks))
    assert plan.stop
    assert words in jv.describe(plan)


def test_it_is_said_what_to_call(rng):
    scores = drawn(rng, (0, 0, 1), 6, 2)
    with pytest.raises(ValueError, match=r"made without looks.*jv\.compare\(study, key, looks="):
        jv.next_seeds(compared(scores))
    with pytest.raises(ValueError, match=r"`looks` must hold the present number of runs, 6"):
        compared(scores, looks=(3, 5, 8))
    with pytest.raises(ValueError, match=r"numbers of runs that ascend"):
        compared(scores, looks=(6, 6))


def test_a_plan_of_one_algorithm_that_is_better_ends_early(rng):
    everything = drawn(rng, (0, 10, 0), 20, 2)
    found = compared({name: x[:6] for name, x in everything.items()}, looks=(3, 6, 9, 12), baseline="a0")
    assert found.pairs.verdict.tolist() == [BETTER, UNDECIDED]
    assert set(jv.next_seeds(found).further) == {"a0", "a2"}


def test_a_look_at_which_no_test_can_reject_is_said(rng):
    found = compared(drawn(rng, (0, 9, 18), 6, 2), looks=(6, 50))
    assert found.pairs.verdict.tolist() == [UNDECIDED] * 3
    assert "no verdict can be found among 3 pairs with reps=1000: take" in jv.describe(found)


def test_alphas_are_those_of_simulated_sums(rng):
    """Sums of normal numbers, looked at as the plan does: rejected in 5 % of cases."""
    looks = np.array([3, 5, 8, 12, 20])
    alphas = np.asarray(jv.stats.sequential_alphas(looks.tolist()), np.float64)
    z = np.cumsum(rng.normal(size=(100_000, 20)), axis=1)[:, looks - 1] / np.sqrt(looks)
    rejected = np.any(np.abs(z) >= theory.norm.isf(alphas / 2), axis=1).mean()
    assert rejected == pytest.approx(0.05, abs=3 * np.sqrt(0.05 * 0.95 / 1e5))


def test_bounds_of_published_tables():
    """Lan and DeMets' bounds for five equal looks, half of 5 % spent on either side: as gsDesign prints."""
    t = np.arange(1, 6, dtype=np.float32) / 5
    spent = (4 * theory.norm.sf(theory.norm.isf(0.0125) / np.sqrt(t))).astype(np.float32)
    steps = np.diff(t, prepend=0).astype(np.float32)
    alphas = _sequential._alphas(np.sqrt(t), np.sqrt(steps), np.diff(spent, prepend=0).astype(np.float32))
    bounds = theory.norm.isf(np.asarray(alphas, np.float64) / 2)
    np.testing.assert_allclose(bounds, [4.8769, 3.3569, 2.6803, 2.2898, 2.0310], atol=2e-4)
