"""`select=`: the configuration that is compared was chosen by other seeds, and what the naive choice flatters."""

import itertools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxviz as jv
from jaxviz.comparison import Comparison
from jaxviz.comparison._tables import Table
from jaxviz.comparison._worst import worst_if_diverged
from jaxviz.comparison.selection._selected import selected
from jaxviz.stats.resampling._configurations import halves, heights, resampled

KEY = jax.random.key(0)
TASKS, RATES = ("Acro", "Cart"), (0.001, 0.01, 0.1)


def scores(rng, means=(0.0, 1.0, 5.0), runs=6, tasks=TASKS, minimize=False):
    """Those of A2C, which has one configuration, and of PPO with one of each mean."""
    names = ("A2C", *(f"PPO lr={rate}" for rate in RATES[: len(means)]))
    raw = np.array((2.0, *means))[:, None, None] + rng.normal(size=(len(names), runs, len(tasks)))
    raw, there = (-raw if minimize else raw).astype(np.float32), np.ones(raw.shape, bool)
    bases = tuple(name.partition(" ")[0] for name in names)
    return Table(
        names, tasks, jnp.asarray(raw), jnp.asarray(there), jnp.asarray(~there), "final", "return", minimize, True, 0,
        bases=bases,
    )  # fmt: skip


def chosen_of(table, select):
    """The table of tuned algorithms, of raw scores, and what was chosen."""
    sign = -1 if table.minimize else 1
    x = worst_if_diverged(sign * table.raw, table.valid, table.diverged)
    return selected(KEY, table, x, jnp.full(len(table.tasks), sign, x.dtype), select)


def test_a_half_of_the_runs_chooses():
    present = np.arange(7)[None, :, None] < np.array([[7, 6], [3, 0], [1, 2]])[:, None]
    chosen = np.asarray(halves(KEY, present))
    assert not (chosen & ~present).any()
    np.testing.assert_array_equal(chosen.sum(axis=1), present.sum(axis=1) // 2)
    shares = np.mean([np.asarray(halves(jax.random.key(i), present)) for i in range(300)], axis=0)
    np.testing.assert_allclose(shares[0, :, 1], [*[0.5] * 6, 0], atol=0.12)


def enumerated(x):
    """What equally likely bags of the runs [configuration, run] choose and leave out, all of them one by one."""
    bags = [np.bincount(bag, minlength=x.shape[1]) for bag in itertools.product(range(x.shape[1]), repeat=x.shape[1])]
    total, known, chosen = 0.0, 0, np.zeros(len(x))
    for counts in itertools.product(bags, repeat=len(x)):
        best = int(np.argmax([row @ count for row, count in zip(x, counts, strict=True)]))
        chosen[best] += 1
        if (left := x[best][counts[best] == 0]).size:
            total, known = total + left.mean(), known + 1
    return total / known, chosen / chosen.sum()


def test_the_nested_bootstrap_is_its_enumeration():
    x = np.array([[0.0, 1.0, 3.0], [2.0, 1.5, 0.0]])
    expected, shares = enumerated(x)
    table = jnp.asarray(x)[..., None]
    found = resampled(KEY, table, jnp.ones(table.shape, bool), reps=40_000)
    np.testing.assert_allclose(found.each, [expected], atol=0.02)
    np.testing.assert_array_equal(found.each, found.together)
    np.testing.assert_allclose(found.share_together, shares, atol=0.01)


@pytest.mark.parametrize(("configurations", "flattery"), [(8, 0.82), (40, 1.25)])
def test_the_best_of_equal_configurations_flatters_and_runs_left_out_do_not(rng, configurations, flattery):
    """By how many standard deviations of three seeds: the expected maximum of as many normal means."""
    x = jnp.asarray(rng.normal(size=(400, configurations, 3, 1)), jnp.float32)
    present = jnp.ones(x.shape[1:], bool)
    naive = jax.vmap(lambda one: jnp.max(heights(one, present)))(x)
    found = jax.vmap(lambda key, one: resampled(key, one, present, reps=200))(jax.random.split(KEY, len(x)), x)
    np.testing.assert_allclose(naive.mean(), flattery, atol=0.06)
    np.testing.assert_allclose(found.each.mean(), 0, atol=0.09)  # three standard errors


def test_runs_that_choose_do_not_report(rng):
    given = scores(rng)
    found, chosen = chosen_of(given, "split")
    assert found.algorithms == ("A2C", "PPO (one configuration)", "PPO (a configuration per task)")
    assert np.asarray(found.valid).sum(axis=1).tolist() == [[6, 6], [3, 3], [3, 3]]
    best, reported = np.asarray(given.raw)[3], np.asarray(found.raw)[1][np.asarray(found.valid)[1]].reshape(3, 2)
    assert all(set(reported[:, t]) < set(best[:, t]) for t in range(2))
    (one,) = [one for one in chosen if not one.task]
    assert (one.configuration, one.candidates, one.how) == ("lr=0.1", 3, "split")
    np.testing.assert_allclose((one.naive, one.honest), (best.mean(), reported.mean()), rtol=1e-5)
    assert [(one.task, one.configuration) for one in chosen if one.task] == [(task, "lr=0.1") for task in TASKS]


@pytest.mark.parametrize("minimize", [False, True])
def test_all_runs_report_lowered_by_what_the_choice_flatters(rng, minimize):
    given = scores(rng, means=(1.0, 1.0, 1.0), runs=3, tasks=("Cart",), minimize=minimize)
    found, (one,) = chosen_of(given, "bootstrap")
    assert found.algorithms == ("A2C", "PPO")
    assert one.flattery > 0
    assert one.share < 1
    plain = np.asarray(given.raw)[given.algorithms.index(f"PPO {one.configuration}")]
    change = one.flattery if minimize else -one.flattery
    np.testing.assert_allclose(np.asarray(found.raw)[1, :3], plain + change, rtol=1e-5)
    np.testing.assert_array_equal(np.asarray(found.raw)[0, :3], np.asarray(given.raw)[0])


def test_a_choice_that_is_clear_flatters_nothing(rng):
    _, (one,) = chosen_of(scores(rng, means=(0.0, 50.0, 500.0), tasks=("Cart",)), "bootstrap")
    assert one.share == 1
    assert abs(one.flattery) < 0.5


@pytest.mark.parametrize("select", ["split", "bootstrap"])
def test_a_configuration_that_diverged_is_not_chosen(rng, select):
    given = scores(rng, means=(0.0, 0.0), tasks=("Cart",))
    lost = given.diverged.at[1].set(True)
    _, (one,) = chosen_of(given._replace(raw=jnp.where(lost, jnp.nan, given.raw), diverged=lost), select)
    assert one.configuration == "lr=0.01"


def test_a_task_that_one_configuration_lacks_is_for_the_others(rng):
    given = scores(rng)
    found, chosen = chosen_of(given._replace(valid=given.valid.at[3, :, 1].set(False)), "bootstrap")
    names = {one.task: (one.configuration, one.candidates) for one in chosen}
    assert names == {"": ("lr=0.01", 2), "Acro": ("lr=0.1", 3), "Cart": ("lr=0.01", 2)}
    assert np.asarray(found.valid).any(axis=1).all()


def test_an_algorithm_that_lacks_a_task_is_tuned_on_the_others(rng):
    given = scores(rng)
    found, _ = chosen_of(given._replace(valid=given.valid.at[1:, :, 1].set(False)), "split")
    assert found.algorithms == ("A2C", "PPO")
    assert np.asarray(found.valid).sum(axis=1).tolist() == [[6, 6], [3, 0]]


@pytest.mark.parametrize(
    ("runs", "select", "words"),
    [
        (3, "split", '"split" needs 4 runs or more of every configuration, got 3 of PPO lr=0.001 on Acro.*"bootstrap"'),
        (2, "bootstrap", '"bootstrap" needs 3 runs or more'),
    ],
)
def test_too_few_runs_are_named(rng, runs, select, words):
    with pytest.raises(ValueError, match=words):
        chosen_of(scores(rng, runs=runs), select)


def study(rng):
    """A curve for each run that stays at its height: 2 of A2C, 0 and 5 of PPO."""
    means = {jv.Cell("A2C", task): 2 for task in TASKS}
    means |= {jv.Cell("PPO", task, {"lr": rate}): mean for task in TASKS for rate, mean in ((0.001, 0), (0.1, 5))}
    return jv.Study({cell: jv.from_curves(x + rng.normal(size=(6, 1)) + np.zeros(20)) for cell, x in means.items()})


def test_what_cannot_be_chosen_from_is_told(rng):
    with pytest.raises(ValueError, match="`select` chooses between configurations"):
        jv.compare({"a": rng.normal(size=5), "b": rng.normal(size=5)}, KEY, select="split")
    wrong: Any = "best"
    with pytest.raises(ValueError, match="`select` must be one of None, 'split', 'bootstrap'"):
        jv.compare({"a": rng.normal(size=5)}, KEY, select=wrong)
    with pytest.raises(ValueError, match="`key` is traced"):
        jax.vmap(lambda key: jv.compare({"a": rng.normal(size=5)}, key, select="split"))(jax.random.split(KEY, 2))


def test_a_comparison_of_what_was_chosen(rng, tmp_path):
    """Words, exports and the file say it; the baseline may be named as the study does."""
    given = jv.analyze(study(rng), groups=("performance",))
    found = jv.compare(given, KEY, select="split", normalize="raw", baseline="PPO", reps=500)
    assert found.baseline == "PPO (one configuration)"
    line = "PPO (one configuration): lr=0.1, the best of 2 by half of the runs; the other half reports a mean of"
    for text in (
        jv.describe(found),
        *(write(found).replace("\\", "") for write in (jv.view.to_latex, jv.view.to_markdown)),
    ):
        assert line in text
        assert "lr=0.1 on Acro; lr=0.1 on Cart, each the best of 2 by half of the runs" in text
    assert '"configuration": "lr=0.1"' in jv.view.to_json(found)
    assert Comparison.load(found.save(tmp_path / "c")).chosen == found.chosen
    with pytest.raises(ValueError, match=r"`baseline` must be one of A2C, PPO"):
        jv.compare(given, KEY, select="split", normalize="raw", baseline="SAC", reps=500)
