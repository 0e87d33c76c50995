"""Half precision: float16 and bfloat16 go in and come out, and everything between is float32.

A sum of float16 overflows at 65504 and its counts stop at 2048 (bfloat16: at 256), so no kernel computes in them.
"""

import inspect
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp

from ._types import Array, PyTree

P = ParamSpec("P")
R = TypeVar("R")


def computed_in_single(
    *in_units_of_the_data: str, sums: Sequence[str] = (), as_given: Sequence[str] = (), narrow: bool = True
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorate a kernel: half-precision arguments reach it as float32, and its results have their dtype again.

    The first floating array among the arguments is the data, and decides. The arguments named here are compared with
    the data and rounded to its dtype first: a target of 0.1 is met by a return that was stored as float16(0.1).
    The fields `sums` of the result stay float32: they grow with the stream. So does the whole result with
    `narrow=False`: times, p-values and levels need digits that the data need not have. The arguments `as_given` reach
    the kernel in their own dtype, from which it tells how they were rounded.
    """

    def decorate(kernel: Callable[P, R]) -> Callable[P, R]:
        signature = inspect.signature(kernel)

        @wraps(kernel)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            half = _half_of((args, kwargs))
            if half is None:
                return kernel(*args, **kwargs)
            bound = signature.bind(*args, **kwargs)
            for name in in_units_of_the_data:
                if bound.arguments.get(name) is not None:
                    bound.arguments[name] = jnp.asarray(bound.arguments[name]).astype(half)
            wide = {name: widened(value) for name, value in bound.arguments.items() if name not in as_given}
            bound.arguments.update(wide)
            result = kernel(*bound.args, **bound.kwargs)
            if not narrow:
                return result
            rounded = narrowed(result, half)
            return eqx.tree_at(_fields(sums), rounded, _fields(sums)(result)) if sums else rounded

        return call

    return decorate


def _fields(names: Sequence[str]) -> Callable[[Any], list[Any]]:
    return lambda result: [getattr(result, name) for name in names]


def widened(tree: PyTree) -> PyTree:
    """`tree` with its half-precision arrays in float32."""
    return jax.tree.map(lambda x: jnp.asarray(x).astype(jnp.float32) if _is_half(x) else x, tree)


def narrowed(tree: Any, half: jnp.dtype) -> Any:
    """`tree` with its floating arrays in `half`."""
    return jax.tree.map(lambda x: x.astype(half) if _is_floating_array(x) else x, tree)


def single(x: Array) -> Array:
    """`x`, in float32 if it is of half precision."""
    return x.astype(jnp.float32) if _is_half(x) else x


def _half_of(arguments: PyTree) -> jnp.dtype | None:
    """The dtype of the first floating array, if it is of half precision."""
    first = next((x for x in jax.tree.leaves(arguments) if _is_floating_array(x)), None)
    return first.dtype if first is not None and _is_half(first) else None


def _is_floating_array(x: Any) -> bool:
    return hasattr(x, "dtype") and jnp.issubdtype(x.dtype, jnp.floating)


def _is_half(x: Any) -> bool:
    return _is_floating_array(x) and x.dtype.itemsize < 4
