"""Performance profiles and what is read from them; values of docs/statistics.md, 8.1."""

import jax
import numpy as np
import pytest
from hypothesis import given

from tests.compiled import stats as p
from tests.stats.masked_streams import quick
from tests.stats.score_tables import atari_100k, tables

THRESHOLDS = np.array([0, 0.1, 0.25, 0.5, 1, 2])
profile = jax.jit(lambda x, t, v: p.performance_profile(x, t, valid=v))
average = jax.jit(lambda x, t, v: p.average_score_profile(x, t, valid=v))
progress = jax.jit(lambda x, s, v: p.difficulty_progress(x, s, valid=v))


def test_atari_100k(x64, shared_data):
    x = atari_100k(shared_data, "SPR")
    cells = np.array([2518, 1828, 1352, 978, 557, 186])
    games = np.array([26, 20, 15, 11, 6, 1])
    np.testing.assert_allclose(profile(x, THRESHOLDS, None), cells / 2600, rtol=1e-12)
    np.testing.assert_allclose(average(x, THRESHOLDS, None), games / 26, rtol=1e-12)
    assert p.superhuman_share(x) == pytest.approx(557 / 2600)
    assert p.superhuman_share(x, of_task_means=True) == pytest.approx(6 / 26)


@quick
@given(table=tables())
def test_profiles_match_a_slow_oracle(x64, table):
    x, valid = table
    thresholds = np.concatenate([x[0], [0, 1e6, 1e6 + 0.5]])
    runs = [np.mean(c[m][:, None] > thresholds, axis=0) for c, m in zip(x.T, valid.T, strict=True)]
    means = np.array([c[m].mean() for c, m in zip(x.T, valid.T, strict=True)])
    hidden = np.where(valid, x, np.inf)
    np.testing.assert_allclose(profile(hidden, thresholds, valid), np.mean(runs, axis=0), atol=1e-12)
    away = np.abs(means[:, None] - thresholds).min(axis=0) > 1e-6  # a mean that is a threshold may round either way
    expected = (means[:, None] > thresholds).mean(axis=0)
    np.testing.assert_allclose(average(hidden, thresholds, valid)[away], expected[away], atol=1e-12)


@quick
@given(table=tables())
def test_difficulty_progress_matches_a_slow_oracle(x64, table):
    x, valid = table
    cells = np.sort(x[valid])
    k = int(0.3 * cells.size)
    expected = cells[:k].mean() if k else np.nan
    np.testing.assert_allclose(progress(np.where(valid, x, np.nan), 0.3, valid), expected, rtol=1e-12, atol=1e-9)


def test_the_comparison_is_strict_and_non_increasing(rng):
    x = rng.normal(size=(6, 3)).astype(np.float32)
    assert profile(np.ones((6, 3), np.float32), np.array([1.0], np.float32), None) == 0
    shares = profile(x, np.linspace(-3, 3, 50).reshape(5, 10), None)
    assert shares.shape == (5, 10)
    assert (np.diff(np.ravel(shares)) <= 0).all()


def test_nothing_to_take_the_mean_of():
    x = np.ones((6, 3), np.float32)
    assert np.isnan(progress(x, 0.01, None))
    assert np.isnan(progress(x, 1.01, None))
    assert progress(x, 1.0, None) == 1
    x[0, 0] = np.nan
    assert np.isnan(progress(x, 0.5, None))
    assert np.isnan(profile(x, THRESHOLDS, None)).all()
    assert np.isnan(average(x, THRESHOLDS, None)).all()


def test_wrong_structure_is_named(rng):
    with pytest.raises(ValueError, match=r"`scores` must be \[run\] or \[run, task\], got shape \(2, 3, 4\)"):
        p.performance_profile(rng.normal(size=(2, 3, 4)), 0.0)
