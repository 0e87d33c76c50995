"""`own_kernel`: keep XLA's CPU compiler from fusing an array into its readers."""

import jax
from jax.experimental.xla_metadata import set_xla_metadata

from ._types import Array


def own_kernel(x: Array) -> Array:
    """`x`, which XLA's CPU compiler must compute and store before any operation that reads it.

    Fused into its reader, it would be computed anew for each of the reader's shifted slices, and a kernel that ends in
    a change of shape would lose its vector instructions. Elsewhere the compiler decides.
    """
    return jax.lax.platform_dependent(x, cpu=_own_kernel, default=lambda x: x)


@jax.jit
def _identity(x: Array) -> Array:
    return x


def _own_kernel(x: Array) -> Array:
    with set_xla_metadata(inlineable="false"):
        return _identity(x)
