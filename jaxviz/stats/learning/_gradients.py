"""Sizes of parameters, gradients and updates, over pytrees.

Leaves that are not floating arrays (None, integers, functions) are skipped. With `per_leaf=True` the result is a pytree
of the same structure with one number a leaf, None for a leaf that was skipped.
"""

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import lax

from ... import _masked
from ..._explained import explained
from ..._half import computed_in_single, single
from ..._shown import Result
from ..._types import Array, ArrayLike, Bool, Float, Inexact, Mask, PyTree


class GradientNoise(Result):
    """Simple gradient-noise scale and the two unbiased estimates it is the ratio of."""

    signal: Float[Array, "..."]
    """G², the squared norm of the true gradient."""
    noise: Float[Array, "..."]
    """S = tr Σ, the variance of one example's gradient summed over the parameters."""
    scale: Float[Array, "..."]
    """B = S / G², in examples."""


@explained
def global_norm(tree: PyTree, *, per_leaf: bool = False) -> PyTree:
    """Euclidean norm of all leaves together, ‖x‖ = √ΣΣ x².

    Shapes: pytree → [] (or a pytree of []). Unit of x, direction: neither. Scaled by the largest |x|, so that 1e30 does
    not overflow in float32. Empty tree → 0. optax's `global_norm` squares unscaled.

    >>> round(float(stats.global_norm({"w": np.array([3.0, 4.0])})), 3)
    5.0
    """
    tree = floating(tree)
    if per_leaf:
        return jax.tree.map(lambda x: _norm([x], _real(x.dtype)), tree)
    leaves = jax.tree.leaves(tree)
    return _norm(leaves, _widest(leaves))


@explained
def update_ratio(update: PyTree, params: PyTree, *, per_leaf: bool = False) -> PyTree:
    """Size of the update against the parameters before it, ‖Δθ‖ / ‖θ‖.

    Shapes: two pytrees of one structure → [] (or a pytree of []). Pure number, direction: neither; 1e-3 is lore, not a
    bound. ‖θ‖ = 0 → NaN.

    >>> round(float(stats.update_ratio({"w": np.array([0.3, 0.4])}, {"w": np.array([3.0, 4.0])})), 3)
    0.1
    """
    update, params = _same_structure(update, params, "update", "params")
    kept = jax.eval_shape(partial(global_norm, per_leaf=per_leaf), update)
    moved, size = (global_norm(jax.tree.map(single, tree), per_leaf=per_leaf) for tree in (update, params))
    return jax.tree.map(lambda a, b, like: _masked.ratio(a, b.astype(a.dtype)).astype(like.dtype), moved, size, kept)


@explained
def distance_from_init(params: PyTree, init: PyTree, *, per_leaf: bool = False) -> PyTree:
    """How far the parameters have travelled, ‖θₜ − θ₀‖.

    Shapes: two pytrees of one structure → [] (or a pytree of []). Unit of θ, direction: neither. Different structures
    or leaf shapes: `ValueError`.

    >>> round(float(stats.distance_from_init({"w": np.array([3.0, 4.0])}, {"w": np.array([0.0, 0.0])})), 3)
    5.0
    """
    params, init = _same_structure(params, init, "params", "init")
    if per_leaf:
        return jax.tree.map(lambda a, b: _norm([_difference(a, b)], _real(a.dtype)), params, init)
    pairs = list(zip(jax.tree.leaves(params), jax.tree.leaves(init), strict=True))
    return _norm([_difference(a, b) for a, b in pairs], _widest([a for a, _ in pairs]))


@explained
def mean_abs_weight(params: PyTree, *, per_leaf: bool = False) -> PyTree:
    """Mean size of a parameter, mean |θ|.

    Shapes: pytree → [] (or a pytree of []). Unit of θ, ↓ (growth goes with lost plasticity, Dohare et al. 2023). No
    parameter → NaN.

    >>> round(float(stats.mean_abs_weight({"w": np.array([3.0, -4.0])})), 3)
    3.5
    """
    return _mean_over_entries(jnp.abs, params, per_leaf)


@explained
def zero_gradient_fraction(grads: PyTree, *, per_leaf: bool = False) -> PyTree:
    """Share of the gradient's entries that are exactly 0.

    Shapes: pytree → [] (or a pytree of []). Pure number in [0, 1], ↓. No entry, or a NaN entry → NaN.

    >>> round(float(stats.zero_gradient_fraction({"w": np.array([0.0, 1.0])})), 3)
    0.5
    """

    def is_zero(x: Array) -> Array:
        return jnp.where(jnp.isnan(x), jnp.nan, (x == 0).astype(_real(x.dtype)))

    return _mean_over_entries(is_zero, grads, per_leaf)


@explained
@computed_in_single()
def gradient_noise_scale(g2_small: ArrayLike, g2_big: ArrayLike, b_small: ArrayLike, b_big: ArrayLike) -> GradientNoise:
    """Batch size at which gradient noise and signal balance, from squared norms at two batch sizes.

    G² = (b_big·g2_big − b_small·g2_small) / (b_big − b_small)
    S  = (g2_small − g2_big) / (1/b_small − 1/b_big),  B = S / G²

    Shapes: `g2_small`, `g2_big` |mean gradient|² of any one shape → the same. Unit of B: examples, direction: neither.
    G² and S are unbiased and noisy: smooth them *separately*, then divide. Both are linear in the inputs, so smoothing
    `g2_small` and `g2_big` first is the same. G² ≤ 0 → B NaN; b_small ≥ b_big or b_small ≤ 0 → all NaN.
    Source: McCandlish et al. 2018, appendix A.

    >>> round(float(stats.gradient_noise_scale(3.0, 2.0, 1, 10).scale), 3)
    0.588
    """
    g2_small = _masked.as_float(g2_small)
    g2_big = _masked.as_float(g2_big).astype(g2_small.dtype)
    small, big = (jnp.asarray(b).astype(g2_small.dtype) for b in (b_small, b_big))
    gap = jnp.where((small > 0) & (small < big), big - small, jnp.nan)
    signal = (big * g2_big - small * g2_small) / gap
    noise = (g2_small - g2_big) * (small * big / gap)
    positive = signal > 0
    scale = _masked.undefined_unless(positive, noise / jnp.where(positive, signal, 1))
    return GradientNoise(signal, noise, scale)


@explained
@computed_in_single()
def gradient_noise_scale_per_example(grads: PyTree, *, valid: Mask | None = None) -> Float[Array, ""]:
    """Simple gradient-noise scale from the gradients of single examples.

    tr Σ̂ / |ḡ|²,  Σ̂ with ddof 1,  ḡ = mean gradient

    Shapes: pytree of [entry, …], one gradient an example → []. Unit: examples, direction: neither. |ḡ|² holds noise of
    its own (tr Σ/m), so a result above m is too low. Fewer than two examples, or ḡ = 0 → NaN.
    Source: McCandlish et al. 2018.

    >>> grads = {"w": np.array([[1.0], [2.0], [3.0]])}
    >>> round(float(stats.gradient_noise_scale_per_example(grads)), 3)
    0.25
    """
    leaves = [_examples(leaf) for leaf in jax.tree.leaves(floating(grads))]
    lengths = {leaf.shape[0] for leaf in leaves}
    if len(lengths) != 1:
        raise ValueError(f"`grads` must have one leading axis of examples on every leaf, got lengths {sorted(lengths)}")
    present = _masked.validity(jnp.zeros(lengths.pop()), valid)
    centres = [_centre(leaf, present) for leaf in leaves]
    factor = _masked.inverse(_masked.power_of_two(*(part for centre in centres for part in centre)))
    noise, signal = zip(
        *(_noise_and_signal(leaf, present, *centre, factor) for leaf, centre in zip(leaves, centres, strict=True)),
        strict=True,
    )
    return _masked.ratio(_total(noise), _total(signal))


def floating(tree: PyTree) -> PyTree:
    """`tree` with everything but its floating (and complex) leaves replaced by None."""
    return jax.tree.map(jnp.asarray, eqx.filter(tree, _is_floating))


def _is_floating(leaf: Any) -> bool:
    if isinstance(leaf, float | complex):
        return True
    return hasattr(leaf, "dtype") and jnp.issubdtype(leaf.dtype, jnp.inexact)


def _real(dtype: jnp.dtype) -> jnp.dtype:
    return jnp.finfo(dtype).dtype


def _widest(leaves: Sequence[Array]) -> jnp.dtype:
    """The floating dtype that holds all leaves."""
    return max((_real(x.dtype) for x in leaves), key=lambda d: jnp.finfo(d).bits, default=jnp.result_type(float))


def _difference(a: Inexact[Array, "*shape"], b: Inexact[Array, "*shape"]) -> Inexact[Array, "*shape"]:
    return single(a) - single(b).astype(single(a).dtype)


def _total(numbers: Sequence[Float[Array, ""]]) -> Float[Array, ""]:
    """Sum of one number a leaf."""
    dtype = _widest(numbers)
    return sum((x.astype(dtype) for x in numbers), start=jnp.zeros((), dtype))


def _norm(leaves: Sequence[Inexact[Array, "..."]], dtype: jnp.dtype) -> Float[Array, ""]:
    """√ΣΣ x², scaled by the largest |x|; the scale cancels, so no gradient flows through it."""
    wide = _widest([jnp.zeros((), jnp.float32), *leaves])
    sizes = [jnp.abs(x).astype(wide) for x in leaves]
    tops = [jnp.zeros((), wide), *(jnp.max(size, initial=0) for size in sizes)]
    largest = lax.stop_gradient(jnp.max(jnp.stack(tops)))
    scale = jnp.where((largest > 0) & jnp.isfinite(largest), largest, 1)
    return (scale * _masked.safe_sqrt(_total([jnp.sum((size / scale) ** 2) for size in sizes]))).astype(dtype)


def _mean_over_entries(fn: Callable[[Array], Array], tree: PyTree, per_leaf: bool) -> PyTree:
    """Mean of fn(x) over the entries of each leaf, or of all leaves."""
    entries = jax.tree.map(lambda x: fn(x).reshape(-1), floating(tree))
    if per_leaf:
        return jax.tree.map(lambda x: _masked.mean(x, None), entries)
    leaves = [x for x in jax.tree.leaves(entries) if x.size]
    dtype = _widest(jax.tree.leaves(entries))
    if not leaves:
        return jnp.full((), jnp.nan, dtype)
    wide = [x.astype(jnp.result_type(single(jnp.zeros((), dtype)))) for x in leaves]
    start = _masked.origin(wide[0], None)
    size = jnp.asarray(sum(x.size for x in wide), start.dtype)
    return _masked.from_origin(start, _total([_masked.total(x - start) for x in wide]), size).astype(dtype)


def _same_structure(a: PyTree, b: PyTree, name_a: str, name_b: str) -> tuple[PyTree, PyTree]:
    a, b = floating(a), floating(b)
    if jax.tree.structure(a) != jax.tree.structure(b):
        raise ValueError(
            f"`{name_a}` and `{name_b}` must have one structure, "
            f"got {jax.tree.structure(a)} and {jax.tree.structure(b)}"
        )
    for (path, x), y in zip(jax.tree_util.tree_leaves_with_path(a), jax.tree.leaves(b), strict=True):
        if x.shape != y.shape:
            leaf = jax.tree_util.keystr(path)
            raise ValueError(f"`{name_a}` and `{name_b}` must agree in shape, got {x.shape} and {y.shape} at {leaf}")
    return a, b


def _examples(leaf: Inexact[Array, "..."]) -> Inexact[Array, "entry parameter"]:
    if leaf.ndim < 1:
        raise ValueError("`grads` must have a leading axis of examples on every leaf, got a leaf of shape ()")
    return leaf.reshape(leaf.shape[0], math.prod(leaf.shape[1:]))


def _without_padding(
    g: Inexact[Array, "entry parameter"], present: Bool[Array, " entry"]
) -> Inexact[Array, "entry parameter"]:
    return _masked.blank(g, jnp.broadcast_to(present[:, None], g.shape))


def _centre(
    g: Inexact[Array, "entry parameter"], present: Bool[Array, " entry"]
) -> tuple[Inexact[Array, " parameter"], Inexact[Array, " parameter"]]:
    """The first example and the mean's distance from it: a mean far from 0 would take the digits of the spread."""
    m = _masked.count(present).astype(_real(g.dtype))
    origin = g[_masked.first_index(present)] if g.shape[0] else jnp.zeros(g.shape[1:], g.dtype)
    origin = lax.stop_gradient(jnp.where(jnp.any(present), origin, 0))
    apart = _without_padding(g - origin[None], present)
    return origin, jnp.sum(apart, axis=0) / jnp.maximum(m, 1)


def _noise_and_signal(
    g: Inexact[Array, "entry parameter"],
    present: Bool[Array, " entry"],
    origin: Inexact[Array, " parameter"],
    distance: Inexact[Array, " parameter"],
    factor: Float[Array, ""],
) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """Σ over parameters of the variance (ddof 1) and of the squared mean, of g·factor, a power of two."""
    m = _masked.count(present).astype(_real(g.dtype))
    factor = factor.astype(_real(g.dtype))
    deviation = jnp.abs(_without_padding((g - origin[None]) - distance[None], present)) * factor
    noise = _masked.undefined_unless(m > 1, jnp.sum(deviation * deviation) / jnp.maximum(m - 1, 1))
    return noise, jnp.sum(jnp.square(jnp.abs(origin + distance) * factor))
