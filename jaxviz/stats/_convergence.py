"""How far and how fast a run got: area under the curve, first and last performance, steps saved.

Crossing times, survival over runs, trends and change points live in `_crossing`, `_survival`, `_trends` and
`_change_points`.
"""

import jax.numpy as jnp

from .. import _masked
from .._types import Array, ArrayLike, Float, Int
from ._crossing import Crossing as Crossing
from ._crossing import first_crossing as first_crossing
from ._crossing import time_to_threshold as time_to_threshold


def final_performance(x: ArrayLike, fraction: float = 0.1, *, valid=None) -> Float[Array, ""]:
    x, valid = _masked.stream(x, valid)
    m = _masked.count(valid)
    k = jnp.maximum(1, (fraction * m.astype(x.dtype)).astype(jnp.int32))
    return _masked.mean(x, valid & (m - jnp.cumsum(valid, dtype=jnp.int32) < k))


def jumpstart(x: ArrayLike, fraction: float = 0.1, *, valid=None) -> Float[Array, ""]:
    x, valid = _masked.stream(x, valid)
    m = _masked.count(valid)
    k = jnp.maximum(1, (fraction * m.astype(x.dtype)).astype(jnp.int32))
    return _masked.mean(x, valid & (jnp.cumsum(valid, dtype=jnp.int32) <= k))


def area_under_curve(x: ArrayLike, step: Int[Array, " entry"], *, valid=None) -> Float[Array, ""]:
    x, valid = _masked.stream(x, valid)
    return _masked.mean(x, valid)
