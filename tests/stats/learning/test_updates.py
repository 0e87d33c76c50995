"""Divergence estimates and value diagnostics, against NumPy and SciPy in float64; values of docs/statistics.md, 8.6."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from tests.compiled import stats
from tests.known import unchecked

LOG_RATIOS = (0.1, -0.2, 0.05, 0.0)
STREAMS = {
    name: jax.jit(getattr(stats, name))
    for name in ("kl_k1", "kl_k2", "kl_k3", "clip_fraction", "effective_sample_fraction")
}
explained = jax.jit(stats.explained_variance)
policy_kl = jax.jit(stats.policy_kl, static_argnames="kind")


def exact_residual(x):
    """eˣ − 1 − x in float64 without cancellation."""
    x = np.asarray(x, "float64")
    series = sum(x**n / special.factorial(n) for n in range(2, 16))
    return np.where(np.abs(x) < 0.1, series, np.expm1(x) - x)


SLOW = {
    "kl_k1": lambda x: np.mean(-x),
    "kl_k2": lambda x: np.mean(x**2) / 2,
    "kl_k3": lambda x: np.mean(exact_residual(x)),
    "clip_fraction": lambda x: np.mean(np.abs(np.expm1(x)) > 0.2),
    "effective_sample_fraction": lambda x: np.exp(2 * special.logsumexp(x) - special.logsumexp(2 * x) - np.log(x.size)),
}


def test_worked_values(x64):
    x = jnp.array(LOG_RATIOS)
    for name, value in {"kl_k1": 0.0125, "kl_k2": 0.0065625, "kl_k3": 0.00629319188241338}.items():
        np.testing.assert_allclose(STREAMS[name](x), value, rtol=1e-13)
    assert STREAMS["clip_fraction"](x, 0.1) == 0.5


@settings(deadline=None, max_examples=40, derandomize=True)
@given(seed=st.integers(0, 10**6), scale=st.sampled_from([1e-6, 1e-4, 0.02, 0.3, 3.0, 15.0]))
def test_streams_against_numpy(seed, scale):
    rng = np.random.default_rng(seed)
    x, valid = (scale * rng.normal(size=50)).astype("float32"), rng.random(50) < 0.8
    kept = x[valid].astype("float64")
    largest = np.abs(kept).max()
    bounds = {
        "kl_k1": 2e-6 * max(1, scale),
        "kl_k2": 2e-6 * largest**2,
        "kl_k3": min(1e-7 * largest, 2e-6 * SLOW["kl_k3"](kept)) if scale < 1 else 1e-5 * SLOW["kl_k3"](kept),
        "clip_fraction": 1e-7,
        "effective_sample_fraction": 1e-6 * max(1, scale),
    }
    for name, fn in STREAMS.items():
        got = fn(np.where(valid, x, np.nan), valid=valid)
        np.testing.assert_allclose(got, SLOW[name](kept), rtol=0, atol=bounds[name], err_msg=name)


@pytest.mark.parametrize("size", [1e-12, 1e-8, 1e-4, 1e-2, 0.2499, 0.25, 0.2501, 1.0, 5.0])
def test_k3_keeps_its_precision_at_every_size(size, x64):
    x = np.array([size, -size])
    expected = exact_residual(x)
    for i in range(2):
        np.testing.assert_allclose(STREAMS["kl_k3"](x[i : i + 1]), expected[i], rtol=1e-12, atol=1e-300)
        single = np.float32(x[i : i + 1])
        got = STREAMS["kl_k3"](single)
        np.testing.assert_allclose(got, exact_residual(single)[0], rtol=2e-6, atol=0.5e-7 * size)


def test_k3_of_tiny_ratios_is_not_lost_in_float32():
    x = np.full(8, 1e-4, "float32")
    np.testing.assert_allclose(STREAMS["kl_k3"](x), 5e-9, rtol=1e-4)
    naive = np.mean(np.exp(x) - np.float32(1) - x)
    assert abs(naive - 5e-9) > 5e-9


def test_k3_is_never_negative(rng):
    x = (1e-3 * rng.normal(size=(200, 1))).astype("float32")
    assert (jax.vmap(STREAMS["kl_k3"])(x) >= 0).all()


def test_gradient_of_k3(x64):
    x = np.array([-3.0, -1e-9, 0.0, 1e-3, 0.3, 60.0])
    np.testing.assert_allclose(jax.grad(stats.kl_k3)(x), np.expm1(x) / x.size, rtol=1e-12)


def test_the_estimators_agree_on_a_small_update(rng, x64):
    """k₁ and k₃ are unbiased: their means over samples of π_old meet the exact divergence."""
    old = rng.dirichlet(np.ones(4))
    new = 0.8 * old + 0.2 * rng.dirichlet(np.ones(4))
    x = np.log(new / old)[rng.choice(4, 20_000, p=old)]
    exact = policy_kl(old, new)
    for name in ("kl_k1", "kl_k3"):
        np.testing.assert_allclose(STREAMS[name](x), exact, rtol=0.15)


def test_clipping_is_strict():
    x = np.log(np.array([1.25, 0.75, 1.5], "float64")).astype("float32")
    assert STREAMS["clip_fraction"](np.zeros(3, "float32"), 1e-9) == 0
    assert STREAMS["clip_fraction"](x, 0.26) == np.float32(1 / 3)


@pytest.mark.parametrize("clip", [0.0, -0.1, np.nan])
def test_a_clip_range_that_is_not_positive_is_undefined(clip):
    assert np.isnan(STREAMS["clip_fraction"](np.zeros(3, "float32"), clip))


@pytest.mark.parametrize("offset", [0.0, 200.0, -200.0])
def test_effective_samples_do_not_overflow(offset):
    fraction = STREAMS["effective_sample_fraction"]
    assert fraction(np.full(7, offset, "float32")) == 1
    x = np.array([offset, offset - 200, offset - 300, offset - 300], "float32")
    np.testing.assert_allclose(fraction(x), 0.25, rtol=1e-6)


@pytest.mark.parametrize("name", STREAMS)
def test_empty_and_diverged_streams_are_undefined(name):
    fn = STREAMS[name]
    assert np.isnan(fn(np.zeros(0, "float32")))
    assert np.isnan(fn(np.zeros(3, "float32"), valid=np.zeros(3, bool)))
    assert np.isnan(fn(np.array([0, np.nan, 0], "float32")))


def test_explained_variance(rng, x64):
    assert abs(explained(jnp.array([1.0, 2, 3, 4]), jnp.array([1.5, 2, 2.5, 4])) - 0.9) < 1e-15
    target, prediction, valid = rng.normal(size=50), rng.normal(size=50), rng.random(50) < 0.7
    expected = 1 - np.var((target - prediction)[valid]) / np.var(target[valid])
    got = explained(np.where(valid, target, np.nan), np.where(valid, prediction, np.inf), valid=valid)
    np.testing.assert_allclose(got, expected, rtol=1e-12)
    assert got < 0


def test_explained_variance_far_from_zero(rng):
    target = (1e6 + rng.normal(0, 50, 300)).astype("float32")
    prediction = (target + rng.normal(0, 10, 300)).astype("float32")
    wide, guess = target.astype("float64"), prediction.astype("float64")
    np.testing.assert_allclose(explained(target, prediction), 1 - np.var(wide - guess) / np.var(wide), atol=1e-5)


def test_explained_variance_at_its_edges():
    x = np.arange(5, dtype="float32")
    assert explained(x, x) == 1
    assert explained(x, x - 3) == 1
    assert explained(x, np.zeros_like(x)) == 0
    assert np.isnan(explained(np.full(5, 0.1, "float32"), x))
    assert explained(np.arange(5), x) == 1
    assert np.isfinite(jax.grad(stats.explained_variance, argnums=1)(x, x)).all()


@settings(deadline=None, max_examples=30, derandomize=True)
@given(seed=st.integers(0, 10**6), shift=st.sampled_from([0.0, 1e-4, 1e-2, 1.0]), spread=st.sampled_from([0.1, 3.0]))
def test_policy_kl_against_scipy(seed, shift, spread):
    rng = np.random.default_rng(seed)
    old = (spread * rng.normal(size=(3, 6))).astype("float32")
    new = (old + shift * rng.normal(size=(3, 6))).astype("float32")
    p, q = special.softmax(old.astype("float64"), -1), special.softmax(new.astype("float64"), -1)
    expected = special.kl_div(p, q).sum(-1)
    got = policy_kl(old, new, kind="logits")
    np.testing.assert_allclose(got, expected, rtol=2e-3, atol=1e-12)
    np.testing.assert_allclose(got, expected, rtol=0, atol=2e-6)
    np.testing.assert_allclose(policy_kl(p.astype("float32"), q.astype("float32")), expected, rtol=0, atol=2e-6)


def test_policy_kl_where_policies_share_no_support():
    old, new = np.array([0.5, 0.5, 0], "float32"), np.array([0.25, 0.25, 0.5], "float32")
    np.testing.assert_allclose(policy_kl(old, new), np.log(2), rtol=1e-6)
    assert np.isnan(policy_kl(new, old))
    far = np.array([0, -1e4, -500], "float32")
    np.testing.assert_allclose(policy_kl(far, far[::-1], kind="logits"), 500, rtol=1e-6)
    gradient = jax.grad(lambda z: policy_kl(z, far[::-1], kind="logits"))(far)
    assert np.isfinite(gradient).all()


def test_policy_kl_of_undefined_policies():
    p = np.array([[0.5, 0.5], [0.7, 0.7], [np.nan, 1]], "float32")
    half = np.full((3, 2), 0.5, "float32")
    for got in (policy_kl(p, half), policy_kl(half, p)):
        assert np.isnan(got).tolist() == [False, True, True]
    masked = np.array([0.5, 0.5, np.nan], "float32")
    assert policy_kl(masked, masked, valid=np.array([True, True, False])) == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: stats.kl_k3(jnp.zeros((2, 3))), r"`log_ratio` must be one stream .* got shape \(2, 3\)"),
        (lambda: stats.kl_k1(jnp.zeros(3), valid=jnp.ones(2, bool)), "`valid` must have the shape"),
        (lambda: stats.explained_variance(jnp.zeros(3), jnp.zeros(2)), r"`prediction` must .* \(3,\), got \(2,\)"),
        (lambda: stats.policy_kl(jnp.ones(2), jnp.ones(3)), r"one shape, got \(2,\) and \(3,\)"),
        (
            lambda: unchecked(stats.policy_kl, jnp.ones(2), jnp.ones(2), kind="p"),
            "`kind` must be 'probs' or 'logits'",
        ),
    ],
)
def test_wrong_structure_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
