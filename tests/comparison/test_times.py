"""Steps to a target and the best evaluation as scores: against float64 NumPy and scipy's Kaplan–Meier curve."""

import jax
import numpy as np
import pytest
from scipy import stats as scipy_stats

import jaxviz as jv
from jaxviz.comparison import EQUAL
from jaxviz.comparison._tables import table_of

KEY = jax.random.key(0)
EVERY = 1000
"""Steps of an update."""


def climbing(meets, updates, level=10.0):
    """Runs of so many updates whose return is 0, and `level` from an update of their own on (None: never)."""
    returns = [np.where(np.arange(updates) >= (updates if m is None else m), level, 0.0) for m in meets]
    return jv.from_curves(np.stack(returns), step=EVERY * np.arange(1, updates + 1))


MEETS = {"A": (1, 3, 4, 8, None), "B": (2, 2, 9, None, None)}


@pytest.fixture(scope="module")
def study():
    return jv.Study(
        {name: {"Easy": climbing(meets, 12), "Hard": climbing(meets, 12, 30.0)} for name, meets in MEETS.items()}
    )


def restricted(meets, budget):
    """∫₀^τ S(t) dt of scipy's Kaplan–Meier curve."""
    done = [EVERY * (m + 1) for m in meets if m is not None]
    lost = [budget for m in meets if m is None]
    curve = scipy_stats.ecdf(scipy_stats.CensoredData(uncensored=done, right=lost)).sf
    edges = np.concatenate([[0], np.minimum(curve.quantiles, budget), [budget]])
    return float(np.sum(np.diff(edges) * np.concatenate([[1], curve.probabilities])))


def test_means_of_times_are_restricted_means_of_survival_curves(study):
    found = jv.compare(study.select(task="Easy"), KEY, score="time_to_target", target=10, reps=200)
    expected = [restricted(meets, 12 * EVERY) for meets in MEETS.values()]
    np.testing.assert_allclose(found.aggregate.mean.estimate, expected, rtol=1e-6)
    assert (found.estimator, found.minimize, found.scale.name) == ("mean", True, "raw")
    assert "3 of 10 runs never do, and count the whole budget" in jv.describe(found)
    assert found.findings == tuple(jv.doctor(study.select(task="Easy")))
    assert (found.profile.threshold[0], found.profile.threshold[-1]) == (12 * EVERY, 2 * EVERY)


def test_several_tasks_have_the_share_of_the_budget_that_is_left(study):
    found = jv.compare(study, KEY, score="time_to_target", target={"Easy": 10, "Hard": 20}, reps=200)
    expected = [1 - restricted(meets, 12 * EVERY) / (12 * EVERY) for meets in MEETS.values()]
    np.testing.assert_allclose(found.aggregate.mean.estimate, expected, rtol=1e-6)
    assert not found.minimize
    per_task = jv.compare(study, KEY, score="time_to_target", target=20, reps=200)  # on Easy nobody gets there
    np.testing.assert_allclose(per_task.aggregate.mean.estimate, np.array(expected) / 2, rtol=1e-6)


def test_a_run_that_ends_early_without_the_target_ends_the_budget_and_one_with_it_does_not():
    short = {"A": {"Easy": [climbing((1, 7), 12), climbing((2,), 4)]}, "B": {"Easy": climbing((9, None), 12)}}
    table = table_of(jv.Study(short), "time_to_target", None, 10)
    assert table.budgets == (12 * EVERY,)
    np.testing.assert_array_equal(np.sort(table.raw[0, :3, 0]), [2000, 3000, 8000])
    short["B"]["Easy"] = [climbing((9,), 12), climbing((None,), 5)]
    table = table_of(jv.Study(short), "time_to_target", None, 10)
    assert table.budgets == (5 * EVERY,)
    np.testing.assert_array_equal(np.sort(table.raw[0, :3, 0]), [2000, 3000, 5000])
    assert any("5,000 of 12,000 steps" in remark for remark in table.remarks)


def test_a_run_that_diverged_never_meets_the_target_and_shortens_no_budget():
    lost = np.full((1, 12), 20.0)
    lost[0, 4:] = np.inf
    run = jv.from_curves(np.concatenate([lost, np.zeros((1, 12))]), step=EVERY * np.arange(1, 13))
    study = jv.Study({"A": {"Easy": climbing((1, 2), 12)}, "B": {"Easy": run}})
    table = table_of(study, "time_to_target", None, 10)
    assert table.budgets == (12 * EVERY,)
    np.testing.assert_array_equal(table.raw[1, :, 0], [12000, 12000])


def test_an_analysis_has_its_own_target(study: jv.Study):
    analysis = jv.analyze(study, target=10, groups=("convergence",))
    one, other = (table_of(given, "time_to_target", None, target) for given, target in ((analysis, None), (study, 10)))
    np.testing.assert_array_equal(one.raw, other.raw)


@pytest.mark.parametrize(
    ("given", "settings", "message"),
    [
        ("study", {}, "`target` is needed"),
        ("study", {"target": {"Easy": 1}}, "no number for Hard"),
        ("study", {"target": 10, "minimize": False}, "fewer steps are better"),
        ("study", {"target": 10, "score": "final"}, "`target` is for score='time_to_target'"),
        ("analysis", {}, "needs a target"),
        ("analysis", {"target": 10}, "is that of the analysis"),
    ],
)
def test_what_cannot_be_asked_is_said(study: jv.Study, given, settings, message):
    asked = study if given == "study" else jv.analyze(study, groups=("convergence",))
    with pytest.raises(ValueError, match=message):
        jv.compare(asked, KEY, **{"score": "time_to_target", **settings})


def test_the_absolute_score_is_the_best_evaluation():
    rng = np.random.default_rng(0)
    returns = {name: rng.normal(size=(6, 5, 4)) for name in ("A", "B")}
    runs = {name: jv.from_arrays(np.zeros((6, 8)), evaluation_returns=x) for name, x in returns.items()}
    table = table_of(jv.Study({name: {"T": run} for name, run in runs.items()}), "absolute", None)
    expected = [x.mean(axis=-1).max(axis=-1) for x in returns.values()]
    np.testing.assert_allclose(table.raw[:, :, 0], expected, rtol=1e-5)
    alike = jv.compare(jv.Study({"A": runs["A"], "B": runs["A"]}), KEY, score="absolute", margin=5, reps=200)
    assert alike.pairs.verdict.tolist() == [EQUAL]
    assert any("optimistic" in remark for remark in alike.remarks)
