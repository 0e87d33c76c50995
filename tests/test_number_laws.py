"""Laws about numbers over the kernels of one stream: constants, half precision, nothing and a single entry."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.laws.case import noisy_curve
from tests.laws.collect import Named, all_cases, public_kernels

KERNELS = public_kernels()
OF_ONE_STREAM = [c for c in all_cases() if hasattr(KERNELS.get(c.kernel), "__wrapped__")]
"""Kernels that `computed_in_single` decorates."""
SUMS = {"mann_kendall", "update_statistics"}
"""With fields that stay float32 because they grow with the stream."""
AT_FIXED_STEPS = {"differences", "values_at", "dispersion_within_run", "median_performance", "short_term_risk"}
"""Their cases bring steps of their own, as many as the data has."""
NORMALISED = {"categorical_entropy", "normalized_entropy", "perplexity", "confidence"}
"""Probabilities rounded to bfloat16 do not add up to 1 within the tolerance."""


def cases(applies: Callable[[Named], bool]) -> pytest.MarkDecorator:
    """The first case of every kernel to which a law applies; further ones are exhaustive."""
    chosen = [c for c in OF_ONE_STREAM if applies(c)]
    first = {c.kernel: c.id for c in reversed(chosen)}
    return pytest.mark.parametrize(
        "named",
        [pytest.param(c, id=c.id, marks=() if c.id == first[c.kernel] else pytest.mark.exhaustive) for c in chosen],
    )


def floats(tree: object) -> list[np.ndarray]:
    leaves = [leaf for leaf in jax.tree.leaves(tree) if jnp.issubdtype(leaf.dtype, jnp.floating)]
    return [np.asarray(leaf.astype(jnp.float32)) for leaf in leaves]


@cases(lambda c: c.case.equivariance in ("location", "dispersion"))
def test_a_constant_has_itself_as_level_and_no_spread(named):
    call = jax.jit(named.case.call)
    for constant in (0.1, 0.7, -1e-3, 123456.7):
        data = jax.tree.map(
            lambda leaf, c=constant: np.full_like(leaf, c) if leaf.dtype.kind == "f" else leaf, named.data("float32")
        )
        expected = np.float32(constant) if named.case.equivariance == "location" else 0
        for found in floats(call(data, named.valid())):
            assert np.all(np.isnan(found) | (found == expected))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@cases(lambda c: c.kernel not in NORMALISED)
def test_half_precision_is_float32_rounded_once(named, dtype):
    half = jax.tree.map(
        lambda leaf: jnp.asarray(leaf).astype(dtype) if np.asarray(leaf).dtype.kind == "f" else leaf,
        named.data("float32"),
    )
    single = jax.tree.map(lambda leaf: leaf.astype(jnp.float32) if leaf.dtype == dtype else leaf, half)
    call = jax.jit(named.case.call)
    got, want = call(half, named.valid()), call(single, named.valid())
    for a, b in zip(floats(got), floats(jax.tree.map(lambda x, y: x.astype(y.dtype), want, got)), strict=True):
        np.testing.assert_array_equal(a, b)
    if named.kernel not in SUMS and any(jnp.issubdtype(leaf.dtype, jnp.floating) for leaf in jax.tree.leaves(half)):
        kinds = {str(leaf.dtype) for leaf in jax.tree.leaves(got) if jnp.issubdtype(leaf.dtype, jnp.floating)}
        assert kinds <= {dtype, "float32"} - ({"float32"} if jax.tree.leaves(half)[0].dtype == dtype else set())


@cases(lambda c: c.case.data is noisy_curve and c.case.masked and c.kernel not in AT_FIXED_STEPS)
def test_no_entry_is_undefined_and_one_entry_is_enough_to_run(named):
    nothing = named.case.call(np.zeros(0, np.float32), np.zeros(0, bool))
    if named.case.empty == "nan":
        assert all(np.isnan(found).all() for found in floats(nothing))
    jax.block_until_ready(named.case.call(np.ones(1, np.float32), np.ones(1, bool)))
