"""Student's t and normal quantiles against SciPy, in both precisions."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from jaxviz.stats._engine import _distributions as d

NU = np.array([1, 1.5, 2, 3, 3.93, 7.5, 15, 40, 198, 1e3, 1e4, 1e6])
T = np.array([-30, -3, -1, -1e-3, 0, 0.5, 2, 4, 20])
ALPHA = np.array([0.999, 0.9, 0.5, 0.2, 0.1, 0.05, 0.01, 1e-3, 1e-6])


def on_grid(f):
    return jax.jit(jax.vmap(jax.vmap(f, (0, None)), (None, 0)))


critical, cdf, two_sided = (on_grid(f) for f in (d.t_critical, d.t_cdf, d.t_two_sided))


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-10), ("float32", 1e-5)])
def test_student_t(x64, dtype, tolerance):
    t, nu, alpha = (a.astype(dtype) for a in (T, NU, ALPHA))
    wide_t, wide_nu, wide_alpha = (a.astype(float) for a in (t, nu[:, None], alpha))  # what really goes in
    assert critical(alpha, nu).dtype == dtype
    np.testing.assert_allclose(critical(alpha, nu), stats.t.isf(wide_alpha / 2, wide_nu), tolerance, tolerance)
    np.testing.assert_allclose(cdf(t, nu), stats.t.cdf(wide_t, wide_nu), rtol=0, atol=tolerance)
    np.testing.assert_allclose(
        two_sided(t, nu), 2 * stats.t.sf(np.abs(wide_t), wide_nu), tolerance, np.finfo(dtype).tiny
    )


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-10), ("float32", 1e-5)])
def test_normal(x64, dtype, tolerance):
    q = np.array([1e-6, 1e-3, 0.025, 0.3, 0.5, 0.9, 0.975]).astype(dtype)
    np.testing.assert_allclose(
        d.normal_quantile(jnp.asarray(q)), stats.norm.ppf(q.astype(float)), atol=tolerance, rtol=tolerance
    )
    level = q[3:]
    z = d.level_z(level, np.dtype(dtype))
    np.testing.assert_allclose(z, stats.norm.isf((1 - level.astype(float)) / 2), atol=tolerance)


def test_outside_their_domain_they_are_undefined():
    one, nan = np.float32(1), np.float32(np.nan)
    assert np.isnan(d.normal_quantile(jnp.array([0, 1, -1, 2], jnp.float32))).all()
    for alpha, nu in ((0, 3), (1, 3), (0.05, 0), (0.05, nan), (nan, 3)):
        assert np.isnan(d.t_critical(np.float32(alpha), np.float32(nu)))
    assert np.isnan(d.t_two_sided(nan, one))
    assert np.isnan(d.t_cdf(one, np.float32(-1)))
    assert d.t_two_sided(np.float32(np.inf), one) == 0
    assert d.t_cdf(np.float32(np.inf), one) == 1


def test_gradients_are_those_of_the_distribution(x64):
    by_alpha, by_nu = jax.jit(jax.grad(d.t_critical, (0, 1)))(0.05, 7.0)
    step = 1e-5
    expected = (stats.t.isf(0.025 + step / 2, 7) - stats.t.isf(0.025 - step / 2, 7)) / (2 * step)
    assert by_alpha == pytest.approx(expected, rel=1e-6)
    expected = (stats.t.isf(0.025, 7 + step) - stats.t.isf(0.025, 7 - step)) / (2 * step)
    assert by_nu == pytest.approx(expected, rel=1e-6)
    by_t = jax.jit(jax.grad(d.t_cdf))(1.3, 7.0)
    assert by_t == pytest.approx(stats.t.pdf(1.3, 7), rel=1e-9)
