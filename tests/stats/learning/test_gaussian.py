"""Entropy and divergence of Gaussian policies, against adaptive quadrature and SciPy in float64.

Reference values: docs/statistics.md, section 8.6.
"""

from functools import cache
from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate
from scipy import stats as sps

from jaxviz.stats.learning import _gaussian

MEANS = (-10.0, -3.0, -0.7, 0.0, 1.0, 4.0, 10.0)
LOG_STDS = (np.log(1e-3), -2.0, -0.1, 0.0, 0.1, 1.0, 2.0)

entropy = jax.jit(_gaussian.gaussian_entropy)
tanh_entropy = jax.jit(_gaussian.tanh_gaussian_entropy)
tanh_gradient = jax.jit(jax.grad(_gaussian.tanh_gaussian_entropy, argnums=(0, 1)))
kl = jax.jit(_gaussian.gaussian_kl)


@cache
def slow_tanh_entropy(mean, log_std):
    """Gaussian entropy plus the expected log-derivative of tanh, by adaptive quadrature split at its kink."""
    std = np.exp(log_std)

    def integrand(u):
        return sps.norm.pdf(u, mean, std) * 2 * (np.log(2) - np.logaddexp(u, -u))

    low, high = mean - 12 * std, mean + 12 * std
    edges = sorted({low, high, mean, *(e for e in (-20.0, 0.0, 20.0) if low < e < high)})
    pieces = [integrate.quad(integrand, a, b, limit=500, epsabs=1e-12, epsrel=1e-12)[0] for a, b in pairwise(edges)]
    return sps.norm.entropy(scale=std) + sum(pieces)


def test_gaussian_entropy(x64):
    assert abs(entropy(jnp.zeros(1)) - 1.4189385332046727) < 1e-15
    log_std = np.array([[0.3, -2.0, 1.0], [-5.0, 0.0, -3.0]])
    np.testing.assert_allclose(entropy(log_std), sps.norm.entropy(scale=np.exp(log_std)).sum(-1), rtol=1e-13)
    assert entropy(log_std)[1] < 0


@pytest.mark.parametrize("log_std", [-np.inf, np.nan, np.inf])
def test_a_standard_deviation_that_is_not_positive_is_undefined(log_std):
    x = jnp.array([[0.0, log_std], [0.0, 0.0]])
    assert np.isnan(entropy(x)).tolist() == [True, False]
    assert np.isnan(tanh_entropy(jnp.zeros((2, 2)), x)).tolist() == [True, False]


@pytest.mark.parametrize(("mean", "std", "value"), [(0, 1, 0.66980412), (1, 0.5, -0.25338823), (2, 7.389, -7.50043070)])
def test_tanh_gaussian_worked_values(mean, std, value, x64):
    got = tanh_entropy(jnp.array([float(mean)]), jnp.log(jnp.array([float(std)])))
    np.testing.assert_allclose(got, value, rtol=0, atol=1e-8)


def test_tanh_gaussian_over_the_whole_range(x64):
    mean, log_std = (g.ravel()[:, None] for g in np.meshgrid(MEANS, LOG_STDS))
    expected = [slow_tanh_entropy(float(m), float(s)) for m, s in zip(mean[:, 0], log_std[:, 0], strict=True)]
    np.testing.assert_allclose(tanh_entropy(mean, log_std), expected, rtol=0, atol=1e-10)
    single = tanh_entropy(mean.astype("float32"), log_std.astype("float32"))
    assert single.dtype == jnp.float32
    np.testing.assert_allclose(single, expected, rtol=0, atol=2e-5)


def test_the_two_rules_meet_at_unit_standard_deviation(x64):
    mean = jnp.linspace(-10, 10, 41)
    one = jnp.ones_like(mean)
    np.testing.assert_allclose(
        _gaussian._narrow_correction(mean, one), _gaussian._wide_correction(mean, one), rtol=0, atol=1e-11
    )


def test_tanh_gaussian_is_a_sum_over_dimensions(x64):
    mean, log_std = np.array([0.5, -1.0, 3.0]), np.array([-1.0, 0.5, 0.0])
    parts = [tanh_entropy(mean[i : i + 1], log_std[i : i + 1]) for i in range(3)]
    np.testing.assert_allclose(tanh_entropy(mean, log_std), sum(parts), rtol=1e-12)


def test_tanh_gaussian_stays_below_the_uniform_policy(x64):
    log_std = np.linspace(-3, 2, 60)[:, None]
    h = tanh_entropy(np.zeros_like(log_std), log_std)
    assert h.max() <= np.log(2)
    assert h.max() > np.log(2) - 0.05


def test_tanh_gaussian_gradients(x64):
    """The derivative with respect to both parameters, by central differences; finite far outside the range."""
    mean, log_std, step = np.array([0.7, -2.0]), np.array([-0.5, 1.2]), 1e-5
    gradient = tanh_gradient(mean, log_std)
    for i in range(2):
        e = step * np.eye(2)[i]
        by_mean = tanh_entropy(mean + e, log_std) - tanh_entropy(mean - e, log_std)
        by_std = tanh_entropy(mean, log_std + e) - tanh_entropy(mean, log_std - e)
        np.testing.assert_allclose(gradient[0][i], by_mean / (2 * step), rtol=1e-7)
        np.testing.assert_allclose(gradient[1][i], by_std / (2 * step), rtol=1e-7)
    for extreme in tanh_gradient(np.array([0.0, 1e3]), np.array([-60.0, 9])):
        assert np.isfinite(extreme).all()


def test_gaussian_kl_against_the_closed_form(rng, x64):
    m0, s0, m1, s1 = (rng.normal(0, 1, (6, 4)) for _ in range(4))
    ratio = np.exp(2 * (s0 - s1))
    expected = 0.5 * (ratio - 1 - np.log(ratio) + (m0 - m1) ** 2 / np.exp(2 * s1)).sum(-1)
    np.testing.assert_allclose(kl(m0, s0, m1, s1), expected, rtol=1e-12)


def test_gaussian_kl_of_policies_that_hardly_differ():
    """In float32 the naive form is off by more than the divergence itself."""
    log_std, zero = np.full(3, -1.25, "float32"), np.zeros(3, "float32")
    new = np.nextafter(log_std, np.float32(0))
    double = 2 * (log_std - new)
    expected = np.sum(double.astype("float64") ** 2) / 4
    naive = np.sum(np.exp(double) - np.float32(1) - double) / 2
    assert abs(naive - expected) > 0.1 * expected
    np.testing.assert_allclose(kl(zero, log_std, zero, new), expected, rtol=1e-5)
    assert kl(zero, log_std, zero, log_std) == 0


def test_invalid_dimensions_do_not_exist(rng):
    mean, log_std = rng.normal(size=(2, 3)).astype("float32"), rng.normal(size=(2, 3)).astype("float32")
    valid = np.array([True, True, False])
    broken = np.where(valid, log_std, np.nan)
    np.testing.assert_allclose(entropy(broken, valid=valid), entropy(log_std[:, :2]), rtol=1e-6)
    np.testing.assert_allclose(
        tanh_entropy(mean, broken, valid=valid), tanh_entropy(mean[:, :2], log_std[:, :2]), rtol=1e-5
    )
    assert np.isnan(entropy(log_std, valid=np.zeros(3, bool))).all()


def test_wrong_structure_is_named():
    with pytest.raises(ValueError, match=r"`mean` must have the shape .* \(3,\), got \(2,\)"):
        _gaussian.tanh_gaussian_entropy(jnp.zeros(2), jnp.zeros(3))
    with pytest.raises(ValueError, match=r"`new_log_std` must have the shape"):
        _gaussian.gaussian_kl(jnp.zeros(3), jnp.zeros(3), jnp.zeros(3), jnp.zeros(2))
    with pytest.raises(ValueError, match=r"`log_std` must be"):
        _gaussian.gaussian_entropy(jnp.zeros(()))
