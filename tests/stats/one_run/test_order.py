"""Order statistics against NumPy and SciPy, over sizes, ties, masks, infinities and every selection path."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as sps

from tests.compiled import stats
from tests.marks import exhaustive
from tests.stats.masked_streams import quick, streams

Q = np.array([0.0, 0.05, 0.25, 0.5, 0.77, 1.0])
NAMES = (
    "quantile",
    "median",
    "interquartile_range",
    "median_absolute_deviation",
    "trimmed_mean",
    "cvar_lower",
    "cvar_upper",
    "weighted_cvar_lower",
    "weighted_cvar_upper",
    "rank",
)
jitted = {name: jax.jit(getattr(stats, name)) for name in NAMES}
exact_trimmed_mean = jax.jit(partial(stats.trimmed_mean, exact=True))


def ulps(a, b, dtype):
    return np.abs(np.asarray(a, "f8") - b).max() / np.spacing(np.abs(b).max().astype(dtype))


@quick
@given(streams())
def test_quantiles_are_numpys(x64, stream):
    x, valid = stream
    got = jitted["quantile"](x, Q, valid=valid)
    if not valid.any():
        assert np.isnan(got).all()
        return
    atol = 4 * np.spacing(np.abs(x[valid]).max())
    np.testing.assert_allclose(got, np.quantile(x[valid], Q), rtol=0, atol=atol)


@pytest.mark.parametrize("runs", [1, exhaustive(3), 300])
@pytest.mark.parametrize("entries", [1, exhaustive(2), exhaustive(31), 33, exhaustive(128), 129, 1000])
def test_every_selection_path(rng, runs, entries):
    x = np.round(rng.normal(size=(runs, entries)), 1).astype("f4")
    x[:, ::7] *= 1e6
    got = jax.jit(jax.vmap(lambda row: stats.quantile(row, jnp.asarray(Q, "f4"))))(x)
    expected = np.quantile(x.astype("f8"), Q.astype("f4").astype("f8"), axis=1).T
    assert ulps(got, expected, "f4") <= 4


def test_over_runs_at_every_step(rng):
    x, valid = rng.normal(size=(40, 300)).astype("f4"), rng.random((40, 300)) < 0.6
    got = jax.vmap(lambda column, v: stats.quantile(column, jnp.asarray(Q, "f4"), valid=v), (1, 1), 1)(x, valid)
    held = np.where(valid, x, np.nan).astype("f8")
    np.testing.assert_allclose(got, np.nanquantile(held, Q.astype("f4").astype("f8"), axis=0), rtol=3e-7, atol=1e-7)


def test_infinite_entries_count_only_where_they_weigh(x64):
    x = np.array([-np.inf, 1, 2, np.inf, np.inf])
    np.testing.assert_array_equal(stats.quantile(x, np.array([0, 0.25, 0.5, 0.75, 1])), [-np.inf, 1, 2, np.inf, np.inf])
    assert stats.quantile(np.array([1.0, np.inf]), 0.5) == np.inf
    assert stats.median(np.array([-0.0, 0.0])) == 0


@quick
@given(streams(), st.sampled_from([0.0, 0.1, 0.25, 0.4, 0.5, 0.6]))
def test_trimmed_means(x64, stream, cut):
    x, valid = stream
    kept = np.sort(x[valid])
    m, k, c = len(kept), int(cut * valid.sum()), cut * valid.sum()
    got = jitted["trimmed_mean"](x, cut, valid=valid), exact_trimmed_mean(x, cut, valid=valid)
    scale = 1e-12 * np.abs(kept).max(initial=1)
    if m - 2 * k <= 0:
        assert np.isnan(got[0])
    else:
        np.testing.assert_allclose(got[0], kept[k : m - k].mean(), rtol=0, atol=scale)
    if m - 2 * c <= 0:
        assert np.isnan(got[1])
    else:
        i = np.arange(1, m + 1)
        weight = np.maximum(0, np.minimum(i, m - c) - np.maximum(i - 1, c))
        np.testing.assert_allclose(got[1], (weight * kept).sum() / (m - 2 * c), rtol=0, atol=scale)


def test_a_quarter_trimmed_is_scipys(rng):
    x = rng.normal(size=41).astype("f4")
    np.testing.assert_allclose(stats.trimmed_mean(x), sps.trim_mean(x.astype("f8"), 0.25), rtol=1e-6)


@quick
@given(streams(), st.sampled_from([0.05, 0.2, 0.5, 1.0]))
def test_tail_means(x64, stream, alpha):
    x, valid = stream
    kept = np.sort(x[valid])
    m = len(kept)
    names = ("cvar_lower", "cvar_upper", "weighted_cvar_lower", "weighted_cvar_upper")
    got = [jitted[name](x, alpha, valid=valid) for name in names]
    if not m:
        assert np.isnan(got).all()
        return
    scale = 1e-12 * np.abs(kept).max(initial=1)
    expected = [
        kept[kept <= np.quantile(kept, alpha)].mean(),
        kept[kept >= np.quantile(kept, 1 - alpha)].mean(),
        textbook(kept, alpha),
        -textbook(np.sort(-kept), alpha),
    ]
    np.testing.assert_allclose(got, expected, rtol=0, atol=scale)


def textbook(ordered, alpha):
    k = int(np.floor(alpha * len(ordered)))
    part = (alpha * len(ordered) - k) * ordered[k] if k < len(ordered) else 0
    return (ordered[:k].sum() + part) / (alpha * len(ordered))


@quick
@given(streams())
def test_spreads_and_ranks_are_scipys(x64, stream):
    x, valid = stream
    kept = x[valid]
    ranks = np.asarray(jitted["rank"](x, valid=valid))
    assert np.isnan(ranks[~valid]).all()
    np.testing.assert_array_equal(ranks[valid], sps.rankdata(kept))
    if not len(kept):
        return
    scale = 1e-12 * np.abs(kept).max(initial=1)
    mad = jitted["median_absolute_deviation"](x, valid=valid)
    np.testing.assert_allclose(mad, sps.median_abs_deviation(kept), rtol=0, atol=scale)
    np.testing.assert_allclose(jitted["interquartile_range"](x, valid=valid), sps.iqr(kept), rtol=0, atol=scale)


def test_a_valid_nan_undefines_an_invalid_one_does_not():
    x, valid = np.array([1, np.nan, 3.0]), np.array([True, False, True])
    assert stats.median(x, valid=valid) == 2
    assert stats.trimmed_mean(x, valid=valid) == 2
    for name in ("median", "interquartile_range", "median_absolute_deviation", "trimmed_mean", "cvar_lower"):
        assert np.isnan(getattr(stats, name)(x)), name
    assert np.isnan(stats.rank(x)).all()


@pytest.mark.parametrize("dtype", [jnp.float16, jnp.bfloat16, jnp.float32, jnp.int32, bool])
def test_dtypes(dtype):
    x = jnp.asarray([3, 0, 1, 1, 0], dtype)
    got = stats.median(x)
    assert got == 1
    assert got.dtype == (x.dtype if jnp.issubdtype(x.dtype, jnp.floating) else jnp.float32)


def test_gradients_go_to_the_entries_that_are_read():
    grad = jax.grad(lambda x: stats.quantile(x, 0.5))(jnp.asarray([4.0, 1.0, 2.0, 9.0]))
    np.testing.assert_allclose(grad, [0.5, 0, 0.5, 0])
    np.testing.assert_allclose(jax.grad(lambda x: stats.trimmed_mean(x))(jnp.asarray([1.0, 5, 2, 7])), [0, 0.5, 0.5, 0])


def test_a_cut_below_0_is_undefined():
    x = np.arange(5.0)
    assert np.isnan(stats.trimmed_mean(x, -0.1))
