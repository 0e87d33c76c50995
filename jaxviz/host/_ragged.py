"""Nested lists of any lengths -> one array and its mask."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from .._types import Array
from ._arrays import as_array


def pad_nested(x: Any, name: str) -> tuple[Array, Array]:
    """Nested lists, of which any may be shorter than its neighbours, as one array padded with 0, and where it is data.

    ValueError if they are not all nested alike.
    """
    values, valid = _padded(x, name)
    return as_array(values, name), jnp.asarray(valid)


def _padded(x: Any, name: str) -> tuple[np.ndarray, np.ndarray]:
    if not isinstance(x, list | tuple) or not any(hasattr(row, "__len__") for row in x):
        values = np.asarray(as_array(x, name))
        return values, np.ones(values.shape, bool)
    rows = [_padded(row, f"{name}[{i}]") for i, row in enumerate(x)]
    if len({values.ndim for values, _ in rows}) > 1:
        raise ValueError(f"`{name}` must hold lists nested alike, got {[values.shape for values, _ in rows]}")
    shape = tuple(max(sizes) for sizes in zip(*(values.shape for values, _ in rows), strict=True))
    whole = np.zeros((len(rows), *shape), np.result_type(*(values for values, _ in rows)))
    valid = np.zeros(whole.shape, bool)
    for i, (values, own) in enumerate(rows):
        inside = (i, *(slice(size) for size in values.shape))
        whole[inside], valid[inside] = values, own
    return whole, valid
