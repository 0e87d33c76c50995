"""Law cases whose functions are checked against their annotations: what `tests/laws/checker.py` runs."""

import json
import sys
from collections.abc import Callable, Iterator

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import TypeCheckError

from tests.laws.collect import Named, all_cases
from tests.precision import float64

jax.config.update("jax_numpy_dtype_promotion", "strict")
jax.config.update("jax_numpy_rank_promotion", "raise")

STREAMS = 300
"""Enough for the kernels that treat many streams in another way than few."""


def trace(call: Callable[..., object], *arguments: object) -> None:
    """Run `call` on abstract arrays: annotations are checked, nothing is compiled."""
    jax.eval_shape(call, *arguments)


def trace_numpy(named: Named) -> None:
    """NumPy arrays reach the kernel as they are."""
    trace(lambda: named.case.call(named.data("float32"), named.valid()))


def trace_jit(named: Named, dtype: str) -> None:
    trace(named.case.call, named.data(dtype), named.valid())


def trace_half(named: Named) -> None:
    """Annotations hold in half precision too, as far as JAX supports it: some of its functions do not."""
    try:
        trace_jit(named, "float16")
    except TypeCheckError:
        raise
    except (TypeError, ValueError, NotImplementedError):
        return


def trace_double(named: Named) -> None:
    with float64():
        trace_jit(named, "float64")


def trace_vmap(named: Named) -> None:
    """Many streams at once: batching rules are traced too."""
    data, valid = named.data("float32"), named.valid()
    many = jax.tree.map(lambda leaf: np.broadcast_to(leaf, (STREAMS, *leaf.shape)), (data, valid))
    trace(jax.vmap(named.case.call, in_axes=(0, None if valid is None else 0)), *many)


def trace_grad(named: Named) -> None:
    """Differentiation rules are traced too."""

    def total(data: object) -> jax.Array:
        leaves = [x for x in jax.tree.leaves(named.case.call(data, named.valid())) if x.dtype == np.float32]
        return sum((jnp.sum(x) for x in leaves), jnp.float32(0))

    if named.case.differentiable:
        trace(jax.grad(total, allow_int=True), named.data("float32"))


def check(named: Named) -> None:
    trace_numpy(named)
    trace_vmap(named)
    trace_grad(named)
    trace_half(named)
    trace_double(named)


def violations(kernels: list[str]) -> Iterator[tuple[str, str]]:
    for named in all_cases():
        if kernels and named.kernel not in kernels:
            continue
        try:
            check(named)
        except Exception as error:
            yield named.id, f"{type(error).__name__}: {error}"


def report(kernels: list[str]) -> None:
    """Print the violations by case as one JSON object; of all kernels if none is named."""
    json.dump(dict(violations(kernels)), sys.stdout, indent=1)
