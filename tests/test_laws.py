"""The laws of docs/statistics.md, section 1.4, over every public kernel."""

from collections.abc import Collection
from functools import lru_cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.laws.collect import Named, all_cases, public_kernels
from tests.laws.half_precision import IN_SINGLE, NORMALISED, SUMS, in_half, rounded, single

CASES = all_cases()
FIRST = [named.case for named in CASES if named.index == 0]
"""One case of every kernel: an eager call compiles each operation by itself, which takes as long as all other laws."""


SLOW_TO_COMPILE = {
    "aggregate_intervals", "successive_halving", "seeds_needed", "simultaneous_band", "difficulty_progress", "power",
    "pairwise", "bootstrap_difference", "bootstrap_comparison", "rank_distribution", "steps_saved_interval",
    "simulated_power",
}  # fmt: skip
"""Built from kernels whose own laws run everywhere; seconds each to compile batched and differentiated."""
BATCHED_BY_HAND = {
    "quantile", "median", "rank", "rank_per_task", "trimmed_mean", "iqm", "cvar_lower", "weighted_cvar_upper",
    "dip_test", "change_points", "theil_sen", "plateau", "dispersion", "interpercentile_range", "median_performance",
}  # fmt: skip
"""They sort or select, which have rules of their own for batches; JAX makes the batches of all others."""
BY_JAX = set(public_kernels()) - BATCHED_BY_HAND
ROUNDED_LAST = set(public_kernels()) - {"iqm", "rolling_std", "kl_k3", "theil_sen", "global_norm", "max_drawdown"}
"""Kernels whose programs are only looked at, by `test_number_laws.py`, for where they round to half precision."""


def cases(applies=lambda case: True, first_marks=(), exhaustive: Collection[str] = ()):
    """Every case to which a law applies; those beyond a kernel's first are marked as exhaustive, and so are all of some
    kernels.
    """
    chosen = [c for c in CASES if applies(c.case)]
    first = {c.kernel: c.id for c in reversed(chosen) if c.kernel not in exhaustive}
    marks = [first_marks if c.id == first.get(c.kernel) else [pytest.mark.exhaustive] for c in chosen]
    return pytest.mark.parametrize(
        "named", [pytest.param(c, id=c.id, marks=mark) for c, mark in zip(chosen, marks, strict=True)]
    )


FILLS = (np.nan, np.inf, -np.inf, 1e9)


def test_every_public_kernel_has_a_case():
    assert set(public_kernels()) - {c.kernel for c in CASES} == set()


def test_every_case_names_a_public_kernel():
    assert {c.kernel for c in CASES} - set(public_kernels()) == set()


@lru_cache(maxsize=8)
def jitted(named: Named):
    """The kernel under jit, and the number of times it was traced."""
    traces = []

    def call(data, valid):
        traces.append(1)
        return named.case.call(data, valid)

    return jax.jit(call), traces


def floating(tree) -> list[np.ndarray]:
    return [np.asarray(leaf) for leaf in jax.tree.leaves(tree) if jnp.issubdtype(leaf.dtype, jnp.floating)]


def assert_same(a, b, tolerance: float):
    """Equal integers and flags; floats within a tolerance relative to the largest value; NaN where NaN."""
    assert jax.tree.structure(a) == jax.tree.structure(b)
    for x, y in zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True):
        x, y = np.asarray(x), np.asarray(y)
        if x.dtype.kind != "f":
            np.testing.assert_array_equal(x, y)
            continue
        scale = np.max(np.abs(y[np.isfinite(y)]), initial=1e-30)
        np.testing.assert_allclose(x, y, rtol=0, atol=tolerance * scale)


def overwrite(data, valid, fill):
    """The data with `fill` in the invalid entries of its floating leaves."""

    def one(leaf):
        if leaf.dtype.kind != "f":
            return leaf
        leaf = leaf.copy()
        leaf[~valid] = fill
        return leaf

    return jax.tree.map(one, data)


def total_of_finite(call):
    def total(data, valid):
        leaves = [x for x in jax.tree.leaves(call(data, valid)) if jnp.issubdtype(x.dtype, jnp.floating)]
        return sum((jnp.sum(jnp.where(jnp.isfinite(x), x, 0)) for x in leaves), jnp.float32(0))

    return jax.jit(jax.grad(total, allow_int=True))


@cases(lambda case: case in FIRST, first_marks=[pytest.mark.exhaustive])
def test_eager_equals_jit(named):
    data, valid = named.data("float32"), named.valid()
    assert_same(named.case.call(data, valid), jitted(named)[0](data, valid), 1e-5)


@cases()
def test_traced_once(named):
    fn, traces = jitted(named)
    for seed in range(3):
        fn(named.data("float32", seed), named.valid(seed))
    assert len(traces) == 1


@cases()
def test_dtype_is_kept(named):
    result = jitted(named)[0](named.data("float32"), named.valid())
    assert {leaf.dtype for leaf in floating(result)} <= {np.dtype("float32")}


def stacked_seeds(named):
    """The data of three seeds as one batch, its masks, and the axes of both."""
    valid = None if named.valid() is None else np.stack([named.valid(seed) for seed in range(3)])
    data = jax.tree.map(lambda *leaves: np.stack(leaves), *(named.data("float32", seed) for seed in range(3)))
    return (data, valid), (0, None if valid is None else 0)


@cases()
def test_vmap_has_the_shapes_of_a_loop(named):
    """Seen in the trace, without compiling."""
    batch, axes = stacked_seeds(named)
    alone = jax.eval_shape(named.case.call, named.data("float32"), named.valid())
    together = jax.eval_shape(jax.vmap(named.case.call, in_axes=axes), *batch)
    assert jax.tree.structure(together) == jax.tree.structure(alone)
    for many, one in zip(jax.tree.leaves(together), jax.tree.leaves(alone), strict=True):
        assert (many.shape, many.dtype) == ((3, *one.shape), one.dtype)


@cases(exhaustive=BY_JAX)
def test_vmap_equals_loop(named):
    fn = jitted(named)[0]
    given, axes = stacked_seeds(named)
    batch = jax.jit(jax.vmap(named.case.call, in_axes=axes))(*given)
    for i in range(3):
        alone = fn(named.data("float32", i), named.valid(i))
        assert_same(jax.tree.map(lambda leaf, i=i: leaf[i], batch), alone, 1e-5)


@cases(lambda case: case.masked)
def test_padding_is_irrelevant(named):
    fn, valid = jitted(named)[0], named.valid()
    reference = fn(overwrite(named.data("float32"), valid, 0), valid)
    for fill in FILLS:
        assert_same(fn(overwrite(named.data("float32"), valid, fill), valid), reference, 0.0)


@cases(lambda case: case.masked and case.empty == "nan")
def test_an_empty_stream_is_undefined(named):
    valid = np.zeros_like(named.valid())
    for leaf in floating(jitted(named)[0](named.data("float32"), valid)):
        assert np.isnan(leaf).all()


@cases(lambda case: case.differentiable, exhaustive=SLOW_TO_COMPILE)
def test_gradients_are_finite_and_ignore_padding(named):
    gradient, valid = total_of_finite(named.case.call), named.valid()
    data = named.data("float32")
    plain = floating(gradient(data, valid))
    assert all(np.isfinite(leaf).all() for leaf in plain)
    if valid is not None:
        padded = floating(gradient(overwrite(data, valid, np.nan), valid))
        assert all(np.isfinite(leaf).all() for leaf in padded)
        for a, b in zip(plain, padded, strict=True):
            np.testing.assert_array_equal(a[valid], b[valid])


@cases(first_marks=[pytest.mark.exhaustive, pytest.mark.float64])
def test_float32_agrees_with_float64(named, in_float32, x64):
    double = jax.jit(named.case.call)(named.data("float64"), named.valid())
    assert {leaf.dtype for leaf in floating(double)} <= {np.dtype("float64")}
    assert_same(in_float32, double, named.case.float32)


@pytest.fixture
def in_float32(named):
    """The kernel's result in float32."""
    return jitted(named)[0](named.data("float32"), named.valid())


@cases(exhaustive=ROUNDED_LAST)
def test_float16_is_float32_rounded_once(named):
    check_rounded_once(named, "float16")


@cases(first_marks=[pytest.mark.exhaustive])
def test_bfloat16_is_float32_rounded_once(named):
    check_rounded_once(named, "bfloat16")


def check_rounded_once(named, dtype):
    """Of data in half precision, the result is that of the same numbers in float32, rounded."""
    if named.kernel in NORMALISED:
        return
    half = in_half(named, dtype)
    got = jax.jit(named.case.call)(half, named.valid())
    want = jax.tree.map(lambda x, y: rounded(x, y.dtype), jitted(named)[0](single(half), named.valid()), got)
    for a, b in zip(floating(single(got)), floating(single(want)), strict=True):
        np.testing.assert_array_equal(a, b)
    kinds = {str(leaf.dtype) for leaf in floating(got)}
    assert kinds <= ({dtype, "float32"} if named.kernel in SUMS | IN_SINGLE else {dtype})


@cases(lambda case: case.equivariance is not None)
def test_equivariance(named):
    kind = named.case.equivariance
    fn, valid, data = jitted(named)[0], named.valid(), named.data("float32")
    a, b = 2.0, 16.0
    moved = jax.tree.map(lambda leaf: (a * leaf + b).astype(leaf.dtype) if leaf.dtype.kind == "f" else leaf, data)
    expected = {
        "location": lambda leaf: a * leaf + b,
        "dispersion": lambda leaf: a * leaf,
        "invariant": lambda leaf: leaf,
    }[kind]
    got, want = floating(fn(moved, valid)), floating(fn(data, valid))
    for x, y in zip(got, want, strict=True):
        assert_same(x, expected(y).astype(np.float32), 1e-4)


@cases(lambda case: case.equivariance is not None)
def test_scales_far_from_one(named):
    """f(s·x) = s·f(x), or f(x), for s from 2⁻⁹⁸ to 2⁹⁸: nothing compares with a fixed number or squares 1e29."""
    fn, valid, data = jitted(named)[0], named.valid(), named.data("float32")
    unscaled = floating(fn(data, valid))
    for scale in map(np.float32, (2.0**-98, 2.0**-40, 2.0**40, 2.0**98)):
        scaled = jax.tree.map(lambda leaf, s=scale: leaf * s if leaf.dtype.kind == "f" else leaf, data)
        for x, y in zip(floating(fn(scaled, valid)), unscaled, strict=True):
            assert_same(x if named.case.equivariance == "invariant" else x / scale, y, 1e-4)
