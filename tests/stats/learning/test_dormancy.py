"""Dormant and inactive units, against a loop over units."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxviz.stats.learning import _dormancy

dormant = jax.jit(_dormancy.dormant_fraction)
inactive = jax.jit(_dormancy.inactive_fraction)


@pytest.fixture
def layers(rng):
    """A dense layer and feature maps, rectified, with units of every size."""
    dense = np.maximum(rng.normal(size=(20, 9)), 0) * np.geomspace(1e-4, 10, 9)
    conv = np.maximum(rng.normal(size=(20, 3, 2, 5)), 0) * np.array([0, 1e-3, 0.05, 1, 2])
    return {"dense": dense.astype("float32"), "conv": [conv.astype("float32"), None]}


def slow_counts(layer, tau):
    """(dormant units, units) of one layer."""
    h = np.abs(layer.astype("float64")).reshape(-1, layer.shape[-1])
    size = [h[:, j].mean() for j in range(h.shape[1])]
    average = np.mean(size)
    return sum(average == 0 or s / average <= tau for s in size), len(size)


@pytest.mark.parametrize("tau", [0.0, 0.025, 0.1, 1.0])
def test_dormant_units_over_all_layers(layers, tau):
    counts = [slow_counts(layer, tau) for layer in jax.tree.leaves(layers)]
    expected = sum(c for c, _ in counts) / sum(n for _, n in counts)
    assert 0 < expected < 1
    np.testing.assert_allclose(dormant(layers, tau), expected, rtol=1e-6)


def test_layers_count_by_their_units():
    """Not the mean of the layers' shares."""
    silent, awake = np.zeros((4, 1), "float32"), np.ones((4, 9), "float32")
    np.testing.assert_allclose(dormant([silent, awake]), 0.1, rtol=1e-6)
    np.testing.assert_allclose(inactive([silent, awake]), 0.1, rtol=1e-6)


def test_a_silent_layer_is_wholly_dormant():
    for tau in (0.0, 0.025):
        assert dormant(np.zeros((5, 3), "float32"), tau) == 1


def test_tau_zero_means_exactly_zero():
    h = np.array([[1e-12, 0, 1.0], [0, 0, 1.0]], "float32")
    np.testing.assert_allclose(dormant(h, 0.0), 1 / 3, rtol=1e-6)


def test_dormancy_does_not_depend_on_scale_or_sign(layers):
    h = layers["dense"]
    assert dormant(h) == dormant(-1024 * h)


def test_inactive_units(rng):
    h = np.ones((100, 4), "float32")
    h[1:, 0] = 0
    h[:, 1] = 0
    h[2:, 2] = 0
    assert inactive(h) == 0.25
    assert inactive(h, 0.015) == 0.5
    assert inactive(h, 0.5) == 0.75


@pytest.mark.parametrize("samples", [10, 49, 100, 300])
def test_a_unit_on_the_edge_is_active(samples):
    h = np.zeros((samples, 1), "float32")
    h[0] = 1
    assert inactive(h, 1 / samples) == 0
    assert inactive(h, 1 / samples, valid=np.ones(samples, bool)) == 0


def test_positions_count_like_samples():
    h = np.zeros((10, 2, 5, 1), "float32")
    h[:, 0, 0] = 1
    assert inactive(h, 0.09) == 0
    assert inactive(h, 0.11) == 1


def test_invalid_samples_do_not_exist(layers, rng):
    valid = rng.random(20) < 0.6
    h = layers["dense"]
    broken = np.where(valid[:, None], h, np.nan)
    for fn in (dormant, inactive):
        assert fn(broken, valid=valid) == fn(h[valid])
        assert np.isnan(fn(h, valid=np.zeros(20, bool)))
        assert np.isnan(fn(broken))
        assert np.isnan(fn({"first": h, "second": broken}))


def test_no_layer_is_undefined():
    for fn in (dormant, inactive):
        assert np.isnan(fn({}))
        assert np.isnan(fn(np.zeros((0, 3), "float32")))


@pytest.mark.parametrize("fn", [_dormancy.dormant_fraction, _dormancy.inactive_fraction])
def test_wrong_structure_is_named(fn):
    with pytest.raises(ValueError, match=r"\[sample, ..., unit\] in every layer, got shape \(3,\)"):
        fn(jnp.ones(3))
    with pytest.raises(ValueError, match=r"one number of samples in every layer, got \[2, 3\]"):
        fn([jnp.ones((2, 4)), jnp.ones((3, 4))])
    with pytest.raises(ValueError, match="`valid` must have the shape"):
        fn(jnp.ones((2, 4)), valid=jnp.ones(3, bool))
