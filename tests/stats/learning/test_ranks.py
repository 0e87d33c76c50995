"""Ranks of feature matrices, against NumPy's singular values in float64; values of docs/statistics.md, 8.6."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jaxviz.stats.learning import _ranks
from tests.known import known

NAMES = ("stable_rank", "effective_rank", "srank", "pca_rank", "feature_rank")
RANKS = {name: jax.jit(getattr(_ranks, name)) for name in NAMES}
all_ranks = jax.jit(lambda x, valid: {name: getattr(_ranks, name)(x, valid=valid) for name in NAMES})
REAL = NAMES[:2]
WORKED = np.diag([4, 2, 1, 0.5, 0])


def slow_mass_rank(mass, delta):
    """The first k whose leading mass reaches 1 − δ of the whole, and how far the sums stay from that bound."""
    share = np.cumsum(mass) / mass.sum()
    return int(np.argmax(share >= 1 - delta)) + 1, np.abs(share - (1 - delta)).min()


def test_worked_values(x64):
    got = {name: float(fn(WORKED)) for name, fn in RANKS.items()}
    assert got["stable_rank"] == pytest.approx(1.328125, abs=1e-12)
    assert got["effective_rank"] == pytest.approx(3.117142110535455, abs=1e-12)
    assert (got["srank"], got["pca_rank"], got["feature_rank"]) == (4, 4, 4)
    assert RANKS["srank"](WORKED, 0.1) == 3


def with_spectrum(rng, shape, decay):
    rows, columns = shape
    k = min(shape)
    left, _ = np.linalg.qr(rng.normal(size=(rows, k)))
    right, _ = np.linalg.qr(rng.normal(size=(columns, k)))
    return (left * decay ** np.arange(k)) @ right.T


@settings(deadline=None, max_examples=30, derandomize=True)
@given(
    seed=st.integers(0, 10**6),
    shape=st.sampled_from([(24, 8), (6, 10)]),
    decay=st.sampled_from([1.0, 0.9, 0.5, 0.1]),
    scale=st.sampled_from([1e-6, 1.0, 1e6]),
)
def test_ranks_against_numpy(seed, shape, decay, scale):
    rng = np.random.default_rng(seed)
    x = (scale * with_spectrum(rng, shape, decay)).astype("float32")
    valid = rng.random(shape[0]) < 0.8
    valid[0] = True
    sigma = np.linalg.svd(x[valid].astype("float64"), compute_uv=False)
    got = {name: float(value) for name, value in all_ranks(np.where(valid[:, None], x, np.nan), valid).items()}
    p = sigma / sigma.sum()
    assert got["stable_rank"] == pytest.approx(np.sum(sigma**2) / sigma[0] ** 2, rel=1e-4)
    assert got["effective_rank"] == pytest.approx(np.exp(-np.sum(p * np.log(np.maximum(p, 1e-300)))), rel=1e-4)
    for name, mass in {"srank": sigma, "pca_rank": sigma**2}.items():
        expected, margin = slow_mass_rank(mass, 0.01)
        assert got[name] == expected or margin < 1e-5
    size = sigma / np.sqrt(valid.sum())
    rounding = 1e-5 * size[0] > 0.01 or np.abs(size - 0.01).min() < 1e-5
    assert got["feature_rank"] == np.sum(size > 0.01) or rounding


def test_long_tails_of_small_singular_values_count(rng):
    """The Gram matrix would lose them in float32."""
    x = with_spectrum(rng, (400, 60), 0.8).astype("float32")
    p = np.linalg.svd(x.astype("float64"), compute_uv=False)
    p /= p.sum()
    np.testing.assert_allclose(RANKS["effective_rank"](x), np.exp(-np.sum(p * np.log(p))), rtol=1e-4)


def test_bounds(rng):
    one, full = np.outer(np.arange(1, 9), np.ones(4)).astype("float32"), np.eye(6, dtype="float32")
    for name in ("stable_rank", "effective_rank", "srank", "pca_rank"):
        np.testing.assert_allclose(RANKS[name](one), 1, rtol=1e-4)
        np.testing.assert_allclose(RANKS[name](full), 6, rtol=1e-5)


def test_ranks_do_not_depend_on_scale_but_feature_rank_does(rng):
    x = with_spectrum(rng, (20, 6), 0.5).astype("float32")
    for name in NAMES[:-1]:
        np.testing.assert_allclose(RANKS[name](x), RANKS[name](np.float32(2**20) * x), rtol=1e-6)
    assert RANKS["feature_rank"](1e-6 * x) == 0
    assert RANKS["feature_rank"](x, 0.0) == 6


def test_delta():
    assert RANKS["srank"](WORKED.astype("float32"), 1.0) == 1
    assert RANKS["srank"](WORKED.astype("float32"), 0.0) == 4
    for delta in (-0.1, 1.1, np.nan):
        assert np.isnan(RANKS["srank"](WORKED.astype("float32"), delta))


def test_all_zero_features():
    got = all_ranks(np.zeros((5, 3), "float32"), np.ones(5, bool))
    assert {name: float(got[name]) for name in NAMES[2:]} == dict.fromkeys(NAMES[2:], 0.0)
    assert all(np.isnan(got[name]) for name in REAL)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_undefines_every_rank(bad, rng):
    x = rng.normal(size=(5, 3)).astype("float32")
    x[2, 1] = bad
    assert all(np.isnan(value) for value in all_ranks(x, np.ones(5, bool)).values())


def test_no_sample_is_undefined():
    assert all(np.isnan(value) for value in all_ranks(np.ones((5, 3), "float32"), np.zeros(5, bool)).values())
    assert all(np.isnan(fn(np.zeros((0, 3), "float32"))) for fn in RANKS.values())


def test_gradients_point_towards_richer_features(rng):
    """A step along the gradient raises the real-valued ranks."""
    x = with_spectrum(rng, (12, 4), 0.5).astype("float32")
    for name in REAL:
        gradient = jax.grad(RANKS[name])(x)
        assert np.isfinite(gradient).all()
        assert RANKS[name](x + 1e-3 * gradient) > RANKS[name](x)


def test_ranks_called_together_share_one_decomposition():
    text = all_ranks.lower(jnp.ones((16, 4)), jnp.ones(16, bool)).compile().as_text()
    assert known(text).count("gesdd") <= 1


@pytest.mark.parametrize("fn", [getattr(_ranks, name) for name in NAMES])
def test_wrong_structure_is_named(fn):
    with pytest.raises(ValueError, match=r"`features` must be \[sample, feature\] .* got shape \(3,\)"):
        fn(jnp.ones(3))
    with pytest.raises(ValueError, match=r"got shape \(3, 0\)"):
        fn(jnp.ones((3, 0)))
    with pytest.raises(ValueError, match="`valid` must have the shape"):
        fn(jnp.ones((3, 2)), valid=jnp.ones(2, bool))
