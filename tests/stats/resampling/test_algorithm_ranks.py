"""Rank distributions of algorithms."""

import jax
import numpy as np
import pytest

from tests.compiled import stats as r

KEY = jax.random.key(0)


def ranks(scores, **settings):
    found = r.rank_distribution(KEY, scores, **{"reps": 200, **settings})
    return {name: np.asarray(share) for name, share in found.items()}


def test_rows_and_columns_sum_to_one(rng):
    scores = {name: rng.normal(size=(6, 3)).astype(np.float32) for name in "abc"}
    table = np.stack(list(ranks(scores).values()))
    np.testing.assert_allclose(table.sum(axis=0), 1, rtol=1e-5)
    np.testing.assert_allclose(table.sum(axis=1), 1, rtol=1e-5)
    mean_ranks = r.mean_rank(ranks(scores))
    np.testing.assert_allclose(sum(mean_ranks.values()), 6, rtol=1e-5)


def test_a_clear_winner_is_first_whatever_it_is_called(rng):
    noise = rng.normal(size=(3, 6, 3)).astype(np.float32)
    found = ranks({"zeta": noise[0] + 100, "alpha": noise[1], "mid": noise[2] + 50})
    np.testing.assert_array_equal(found["zeta"], [1, 0, 0])
    np.testing.assert_array_equal(found["mid"], [0, 1, 0])
    np.testing.assert_array_equal(found["alpha"], [0, 0, 1])


def test_tied_algorithms_share_their_ranks():
    same = np.ones((6, 3), np.float32)
    found = ranks({"a": same, "b": same, "c": same - 1})
    np.testing.assert_allclose(found["a"], [0.5, 0.5, 0], rtol=1e-6)
    np.testing.assert_allclose(found["b"], found["a"])
    np.testing.assert_allclose(found["c"], [0, 0, 1], atol=1e-6)


def test_probabilities_are_those_of_resampled_means():
    x, y = np.array([0.0, 0, 0, 3]), np.array([1.0] * 4)
    found = ranks({"x": x, "y": y}, reps=4000)
    draws = np.array(np.meshgrid(*[range(4)] * 4)).reshape(4, -1)
    means = x[draws].mean(axis=0)
    first = np.mean(means > 1) + np.mean(means == 1) / 2
    assert found["x"][0] == pytest.approx(first, abs=4 * np.sqrt(0.25 / 4000))


def test_unequal_runs_and_masks(rng):
    x, y = rng.normal(size=(6, 2)).astype(np.float32), rng.normal(size=(4, 2)).astype(np.float32)
    plain = ranks({"x": x[:4], "y": y})
    padded = x.copy()
    padded[4:] = np.nan
    masks = {"x": np.arange(6)[:, None] < np.full(2, 4), "y": np.ones((4, 2), bool)}
    masked = ranks({"x": padded, "y": y}, valid=masks)
    np.testing.assert_allclose(masked["x"], plain["x"], atol=0.15)
    assert np.isnan(ranks({"x": padded, "y": y})["y"]).all()


def test_wrong_structure_is_named():
    with pytest.raises(ValueError, match="at least one algorithm"):
        r.rank_distribution(KEY, {})
    with pytest.raises(ValueError, match="same tasks for every algorithm"):
        r.rank_distribution(KEY, {"a": np.ones((3, 2)), "b": np.ones((3, 4))})


def test_a_common_offset_changes_no_rank(rng):
    """On a grid of 1/16 the offset scores are exact; of runs in tasks far apart, too."""
    scores = {name: rng.integers(0, 64, size=(n, 2)).astype("f4") / 16 for name, n in (("a", 7), ("b", 5), ("c", 6))}
    offset = np.array([2**19, -(2**18)], "f4")
    near = r.rank_distribution(KEY, scores, reps=500)
    far = r.rank_distribution(KEY, {name: x + offset for name, x in scores.items()}, reps=500)
    for name in scores:
        np.testing.assert_array_equal(far[name], near[name])
