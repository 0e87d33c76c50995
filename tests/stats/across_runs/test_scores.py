"""Point aggregates over runs and tasks, and comparisons of two algorithms; values of docs/statistics.md, 8.1."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from rliable import metrics as rliable
from scipy import stats

from tests.compiled import stats as a
from tests.stats.masked_streams import quick
from tests.stats.score_tables import atari_100k, tables

AGGREGATES = (a.mean, a.iqm, a.iqm_exact, a.median_of_task_means, a.optimality_gap)
jitted = {f.__name__: jax.jit(lambda x, valid, f=f: f(x, valid=valid)) for f in AGGREGATES}
improvement = jax.jit(lambda x, y, v, w: a.probability_of_improvement(x, y, valid_x=v, valid_y=w))
SHAPE = (6, 3)
COMPLETE = np.ones(SHAPE, bool)


def oracle(name, x, valid):
    by_task = [column[mask] for column, mask in zip(x.T, valid.T, strict=True)]
    means = [task.mean() for task in by_task]
    cells = np.sort(x[valid])
    n = cells.size
    if name == "iqm":
        return stats.trim_mean(cells, 0.25)
    if name == "iqm_exact":
        place = np.arange(1, n + 1)
        weight = np.maximum(0, np.minimum(place, 0.75 * n) - np.maximum(place - 1, 0.25 * n))
        return weight @ cells / weight.sum()
    capped = [np.minimum(task, 1).mean() for task in by_task]
    gap = 1 - np.mean(capped)
    return {"mean": np.mean(means), "median_of_task_means": np.median(means), "optimality_gap": gap}[name]


@pytest.mark.parametrize("name", jitted)
@quick
@given(table=tables())
def test_aggregates_match_a_slow_oracle(x64, name, table):
    x, valid = table
    got = jitted[name](np.where(valid, x, np.nan), valid)
    np.testing.assert_allclose(got, oracle(name, x, valid), rtol=0, atol=1e-12 * max(1, np.abs(x).max()))


@pytest.mark.parametrize(
    ("algorithm", "median", "mean", "iqm", "gap"),
    [
        ("SPR", 0.39562938291779215, 0.6157957428691673, 0.33664931949376936, 0.5773017532342755),
        ("DER", 0.18936086395020874, 0.35030497562762936, 0.18315194969318593, 0.6975022842787035),
    ],
)
def test_atari_100k(x64, shared_data, algorithm, median, mean, iqm, gap):
    x = atari_100k(shared_data, algorithm)
    assert a.median_of_task_means(x) == pytest.approx(median, abs=1e-13)
    assert a.mean(x) == pytest.approx(mean, abs=1e-13)
    assert a.iqm(x) == pytest.approx(iqm, abs=1e-13)
    assert a.iqm_exact(x) == pytest.approx(iqm, abs=1e-12)
    assert a.optimality_gap(x) == pytest.approx(gap, abs=1e-13)


def test_probability_of_improvement_on_atari_100k(x64, shared_data):
    spr, der = (atari_100k(shared_data, name) for name in ("SPR", "DER"))
    assert improvement(spr, der, None, None) == pytest.approx(0.6858403846153845, abs=1e-12)
    assert improvement(der, spr, None, None) == pytest.approx(1 - 0.6858403846153845, abs=1e-12)


@pytest.mark.parametrize(
    ("x", "integer", "exact"),
    [((1, 2, 10), 4.333333333333333, 3.1666666666666665), ((1, 2, 3, 4, 5, 60), 3.5, 3.5)],
)
def test_iqm_by_hand(x64, x, integer, exact):
    assert a.iqm(np.array(x)) == pytest.approx(integer, abs=1e-12)
    assert a.iqm_exact(np.array(x)) == pytest.approx(exact, abs=1e-12)


def test_rliable_agrees(x64, rng):
    x, y = rng.gamma(1, 1, SHAPE), rng.gamma(1, 1, (4, 3)).round(1)
    peers = {
        "mean": rliable.aggregate_mean,
        "iqm": rliable.aggregate_iqm,
        "median_of_task_means": rliable.aggregate_median,
        "optimality_gap": rliable.aggregate_optimality_gap,
    }
    for name, peer in peers.items():
        assert jitted[name](x, COMPLETE) == pytest.approx(peer(x), abs=1e-12)
    assert a.optimality_gap(x, 2.0) == pytest.approx(rliable.aggregate_optimality_gap(x, 2), abs=1e-12)
    x = x.round(1)
    expected = rliable.probability_of_improvement(x, y)
    assert improvement(x, y, None, None) == pytest.approx(expected, abs=1e-12)


def test_float32_keeps_its_dtype_and_tolerance(rng):
    x = rng.gamma(1, 1, SHAPE)
    for name, f in jitted.items():
        got = f(x.astype(np.float32), COMPLETE)
        assert got.dtype == np.float32
        assert got == pytest.approx(oracle(name, x, COMPLETE), abs=1e-6 * x.max())
    assert a.mean(np.array([1, 2, 4])).dtype == np.float32


def test_points_of_a_curve_set_are_aggregated_each_on_its_own(rng):
    x = rng.normal(size=(*SHAPE, 4, 2)).astype(np.float32)
    valid = rng.random((*SHAPE, 4)) < 0.8
    valid[0] = True
    for f in jitted.values():
        together = f(x, valid)
        assert together.shape == (4, 2)
        np.testing.assert_allclose(together[1, 0], f(x[:, :, 1, 0], valid[:, :, 1]), rtol=1e-6)


def test_one_task_may_come_as_a_stream(rng):
    x = rng.normal(size=6).astype(np.float32)
    np.testing.assert_array_equal(a.mean(x, valid=x > 0), a.mean(x[:, None], valid=(x > 0)[:, None]))


def test_a_task_without_a_run_is_never_dropped_in_silence():
    x = np.arange(18.0, dtype=np.float32).reshape(SHAPE)
    valid = COMPLETE.copy()
    valid[:, 1] = False
    for f in jitted.values():
        assert np.isnan(f(x, valid))
    assert np.isnan(improvement(x, x, valid, COMPLETE))
    np.testing.assert_array_equal(np.isnan(a.cliffs_delta(x, x, valid_x=valid)), [False, True, False])


def test_a_diverged_run_undefines_what_reads_it():
    x = np.ones(SHAPE, np.float32)
    x[2, 1] = np.nan
    for name, f in jitted.items():
        assert np.isnan(f(x, COMPLETE))
        assert f(x, ~np.isnan(x)) == (0 if name == "optimality_gap" else 1)
    assert np.isnan(improvement(x, x, COMPLETE, COMPLETE))


def test_infinite_scores_are_values_to_order_statistics():
    x = np.array([*range(17), np.inf], np.float32).reshape(SHAPE)
    assert jitted["iqm"](x, COMPLETE) == 8.5
    assert jitted["iqm_exact"](-x, COMPLETE) == -8.5
    assert jitted["mean"](x, COMPLETE) == np.inf


def test_tasks_weigh_equally_in_means_and_cells_in_the_iqm():
    x = np.zeros(SHAPE, np.float32)
    x[0, 2] = 1
    valid = COMPLETE.copy()
    valid[1:, 2] = False  # one run of 13 has its task for itself
    assert jitted["mean"](x, valid) == pytest.approx(1 / 3)
    assert jitted["iqm"](x, valid) == 0


def test_cliffs_delta_is_twice_the_probability_minus_one():
    x, y = np.array([1.0, 2, 3]), np.array([2.0, 0])  # x wins 4 of 6 pairs and ties one
    assert a.cliffs_delta(x, y) == pytest.approx(2 * 4.5 / 6 - 1)
    assert a.cliffs_delta(x, x) == 0


def test_normalize_scores():
    x = np.array([[1.0, 5], [3, 5]], np.float32)
    low, high = np.array([1.0, 5], np.float32), np.array([2.0, 5], np.float32)
    np.testing.assert_array_equal(a.normalize_scores(x, low, high), [[0, np.nan], [2, np.nan]])
    np.testing.assert_array_equal(a.normalize_scores(x[:, 0], 1, 3), [0, 1])
    assert a.normalize_scores(x[:, :, None], low, high).shape == (2, 2, 1)


def test_wrong_structure_is_named():
    x = jnp.ones((4, 3))
    with pytest.raises(ValueError, match=r"`scores` must be \[run\]"):
        a.iqm(1.0)
    with pytest.raises(ValueError, match=r"`valid` must have the leading axes of the scores \(4, 3\), got \(3,\)"):
        a.iqm(x, valid=np.ones(3, bool))
    with pytest.raises(ValueError, match="`valid` must be boolean"):
        a.iqm(x, valid=np.ones(4))
    with pytest.raises(ValueError, match="same tasks"):
        a.probability_of_improvement(x, x[:, :2])
    with pytest.raises(ValueError, match=r"`low` must be a scalar or one per task \(3,\)"):
        a.normalize_scores(x, np.ones(4), 1)
