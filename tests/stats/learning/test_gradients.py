"""Norms, ratios and noise scales over pytrees, against NumPy in float64 and optax.

Reference values: docs/statistics.md, section 8.6.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from tests.compiled import stats

norm = jax.jit(stats.global_norm, static_argnames="per_leaf")
per_example = jax.jit(stats.gradient_noise_scale_per_example)
noise_scale = jax.jit(stats.gradient_noise_scale)


@pytest.fixture
def tree(rng):
    """Parameters as libraries hold them: floats beside counters and gaps."""
    return {
        "dense": {"kernel": rng.normal(size=(6, 4)).astype("float32"), "bias": np.zeros(4, "float32")},
        "scale": (np.float32(-2.0), None),
        "count": np.arange(3),
    }


def flat(tree):
    leaves = [np.ravel(x) for x in jax.tree.leaves(tree) if np.asarray(x).dtype.kind == "f"]
    return np.concatenate(leaves).astype("float64")


def test_norm_of_all_floating_leaves(tree):
    np.testing.assert_allclose(norm(tree), np.linalg.norm(flat(tree)), rtol=1e-6)
    del tree["count"]
    np.testing.assert_allclose(norm(tree), optax.tree.norm(tree), rtol=1e-6)


def test_per_leaf_keeps_the_structure(tree):
    norms = norm(tree, per_leaf=True)
    np.testing.assert_allclose(norms["dense"]["kernel"], np.linalg.norm(tree["dense"]["kernel"]), rtol=1e-6)
    assert norms["dense"]["bias"] == 0
    assert norms["scale"][0] == 2
    assert norms["count"] is None


def test_functions_among_the_leaves_are_skipped():
    model = eqx.nn.MLP(2, 3, 4, 1, key=jax.random.key(0))
    expected = np.linalg.norm(flat(eqx.filter(model, eqx.is_array)))
    np.testing.assert_allclose(stats.global_norm(model), expected, rtol=1e-6)
    gradient = eqx.filter_grad(lambda m: jnp.sum(m(jnp.ones(2))))(model)
    assert stats.update_ratio(gradient, model) > 0


@pytest.mark.parametrize("size", [1e30, 1e-30])
def test_norm_neither_overflows_nor_underflows(size):
    x = {"a": np.full(3, size, "float32"), "b": np.float32(-size)}
    np.testing.assert_allclose(norm(x), 2 * size, rtol=1e-6)


def test_norm_of_nothing_and_of_what_is_not_finite():
    assert stats.global_norm({}) == 0
    assert stats.global_norm({"a": None, "n": jnp.arange(3)}) == 0
    assert norm({"a": np.zeros((0, 3), "float32")}) == 0
    assert np.isnan(norm({"a": np.array([1, np.nan], "float32"), "b": np.float32(1)}))
    assert np.isposinf(norm({"a": np.array([1, np.inf], "float32"), "b": np.float32(1)}))


def test_gradient_of_the_norm(tree):
    kernel = tree["dense"]["kernel"]
    gradient = jax.grad(lambda k: stats.global_norm({**tree, "dense": {"kernel": k}}))(kernel)
    expected = kernel / np.linalg.norm(np.append(kernel, 2.0))
    np.testing.assert_allclose(gradient, expected, rtol=1e-5)
    zero = jax.grad(stats.global_norm)({"a": jnp.zeros(3)})["a"]
    np.testing.assert_array_equal(zero, np.zeros(3))


def test_mixed_precision_and_complex_leaves():
    mixed = {"a": jnp.full(4, 3, jnp.bfloat16), "b": jnp.full(4, 4, jnp.float32)}
    assert norm(mixed).dtype == jnp.float32
    assert norm(mixed) == 10
    assert norm({"z": jnp.array([3 + 4j])}) == 5


def test_update_ratio(tree):
    update = jax.tree.map(lambda x: (0.01 * x).astype(x.dtype), tree)
    np.testing.assert_allclose(stats.update_ratio(update, tree), 0.01, rtol=1e-6)
    per_leaf = stats.update_ratio(update, tree, per_leaf=True)
    np.testing.assert_allclose(per_leaf["dense"]["kernel"], 0.01, rtol=1e-6)
    assert np.isnan(per_leaf["dense"]["bias"])


def test_distance_from_init(tree):
    moved = jax.tree.map(lambda x: x + np.ones_like(x), tree)
    np.testing.assert_allclose(stats.distance_from_init(moved, tree), np.sqrt(29), rtol=1e-6)
    per_leaf = stats.distance_from_init(moved, tree, per_leaf=True)
    np.testing.assert_allclose(per_leaf["dense"]["bias"], 2, rtol=1e-6)
    assert stats.distance_from_init(tree, tree) == 0


def test_mean_abs_weight(tree):
    np.testing.assert_allclose(stats.mean_abs_weight(tree), np.abs(flat(tree)).mean(), rtol=1e-6)
    assert stats.mean_abs_weight(tree, per_leaf=True)["scale"][0] == 2
    assert np.isnan(stats.mean_abs_weight({}))


def test_zero_gradient_fraction(tree):
    np.testing.assert_allclose(stats.zero_gradient_fraction(tree), 4 / 29, rtol=1e-6)
    per_leaf = stats.zero_gradient_fraction(tree, per_leaf=True)
    assert (per_leaf["dense"]["bias"], per_leaf["dense"]["kernel"]) == (1, 0)
    assert np.isnan(stats.zero_gradient_fraction({"a": jnp.array([0, np.nan])}))
    assert np.isnan(stats.zero_gradient_fraction({"a": jnp.zeros((0,))}))


def test_the_noise_scale_worked_value():
    got = noise_scale(10.0, 3.0, 8, 64)
    assert (float(got.signal), float(got.noise), float(got.scale)) == (2, 64, 32)


def test_the_noise_scale_where_there_is_no_signal():
    got = noise_scale(np.array([10.0, 10.0], "float32"), np.array([1.0, 1.25], "float32"), 8, 64)
    np.testing.assert_allclose(got.signal, [-16 / 56, 0], atol=1e-7)
    assert np.isnan(got.scale).all()
    assert np.isfinite(got.noise).all()


@pytest.mark.parametrize("batches", [(64, 8), (8, 8), (0, 8), (-8, 8)])
def test_the_noise_scale_needs_a_small_and_a_big_batch(batches):
    assert all(np.isnan(x) for x in jax.tree.leaves(noise_scale(10.0, 3.0, *batches)))


def test_both_parts_of_the_noise_scale_are_unbiased(rng):
    """Gradients with |G|² = 1 and tr Σ = 20, seen at batch sizes 4 and 32."""
    small, big = (np.sum((0.05 + rng.normal(0, np.sqrt(0.05 / batch), (2000, 400))) ** 2, axis=1) for batch in (4, 32))
    got = noise_scale(small.mean(), big.mean(), 4, 32)
    np.testing.assert_allclose([got.signal, got.noise, got.scale], [1, 20, 20], rtol=0.05)


def test_the_noise_scale_of_single_examples(rng, x64):
    grads = {"kernel": rng.normal(0.5, 1, (12, 3, 2)), "bias": rng.normal(0.5, 1, (12, 4))}
    valid = rng.random(12) < 0.7
    g = np.concatenate([grads["bias"], grads["kernel"].reshape(12, -1)], axis=1)[valid]
    expected = g.var(axis=0, ddof=1).sum() / np.sum(g.mean(axis=0) ** 2)
    broken = {name: np.where(valid.reshape(-1, *[1] * (x.ndim - 1)), x, np.nan) for name, x in grads.items()}
    np.testing.assert_allclose(per_example(broken, valid=valid), expected, rtol=1e-12)


def test_the_noise_scale_of_single_examples_at_its_edges():
    assert np.isnan(per_example({"a": np.ones((1, 3), "float32")}))
    assert np.isnan(per_example({"a": np.ones((4, 3), "float32")}, valid=np.array([True, False, False, False])))
    assert np.isnan(per_example({"a": np.array([[1.0], [-1.0]], "float32")}))
    assert per_example({"a": np.ones((4, 3), "float32")}) == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: stats.distance_from_init({"a": jnp.ones(2)}, {"b": jnp.ones(2)}), "must have one structure"),
        (lambda: stats.distance_from_init({"a": jnp.ones(2)}, {"a": jnp.ones(3)}), r"got \(2,\) and \(3,\) at \["),
        (lambda: stats.update_ratio({"a": jnp.ones(2)}, [jnp.ones(2)]), "`update` and `params`"),
        (lambda: stats.gradient_noise_scale_per_example({"a": jnp.ones(())}), r"a leaf of shape \(\)"),
        (
            lambda: stats.gradient_noise_scale_per_example({"a": jnp.ones((2, 3)), "b": jnp.ones(3)}),
            r"`grads` .* lengths \[2, 3\]",
        ),
        (lambda: stats.gradient_noise_scale_per_example({}), "`grads` must have"),
    ],
)
def test_wrong_structure_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
