"""Environment steps of any origin -> exact steps, or a ValueError that names them."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .._steps import MOST, ExactSteps, Times, WideSteps, wide
from .._types import Array, Int
from ._arrays import _masked, as_array, host_array, is_ragged, is_traced, padded_rows


def as_steps(x: Any, name: str) -> ExactSteps:
    """Whole numbers of any integer or floating dtype as exact steps: plain int32 if they fit, else `WideSteps`.

    Under 64-bit integers a plain array holds them all. Inside jit, where values are not known, types that may hold
    more than int32 become wide, and floating steps are rounded. Lists of different lengths are filled up with zeros.
    ValueError that names `x`: fractions, NaN, infinities and steps beyond ±2⁵³.
    """
    if isinstance(x, WideSteps):
        return x
    if is_ragged(x):
        rows = [_numbers(row, f"{name}[{i}]") for i, row in enumerate(x)]
        return _of_host(padded_rows(rows, name)[0], name)
    if isinstance(x, jax.Array):
        if x.dtype != bool and jnp.can_cast(x.dtype, jnp.int32):
            return x.astype(jnp.int32)
        if x.dtype == jnp.int64:
            return x
        if is_traced(x) or not x.is_fully_addressable:
            return _unseen(x, name)
    return _of_host(_numbers(x, name), name)


def as_counter(x: Any, name: str) -> tuple[Array | WideSteps, int]:
    """A counter as exact steps, and what to add to it: beyond int32 it is kept as the difference from its lowest.

    ValueError: fractions and steps beyond ±2⁵³.
    """
    if isinstance(x, jax.Array):
        return (as_steps(x, name) if jnp.issubdtype(x.dtype, jnp.unsignedinteger) else x), 0
    host = _numbers(x, name)
    if host.size == 0 or host.dtype.kind not in "iuf":
        return as_array(x, name), 0
    low, high = host.min(), host.max()
    if low > -(2**31) and high < 2**31:
        return as_array(x, name), 0
    if host.dtype.kind == "f":
        _check_whole(host, name)
    check_step(max(int(high), -int(low)), name)
    exact = host.astype(np.int64)
    return as_steps(exact - exact.min(), name), int(low)


def as_times(x: Any, name: str) -> Times:
    """Steps as `as_steps` reads them, or times: floating numbers stay floating if that rounds none, or if it has to.

    Whole numbers that the default float would round become exact steps.
    """
    if isinstance(x, WideSteps) or (isinstance(x, jax.Array) and not jnp.issubdtype(x.dtype, jnp.floating)):
        return as_steps(x, name)
    if isinstance(x, jax.Array):
        return x
    host = _numbers(x, name)
    if host.dtype.kind != "f":
        return as_steps(host, name)
    with np.errstate(over="ignore"):
        rounded = host.astype(jax.dtypes.canonicalize_dtype(host.dtype))
    exact = np.array_equal(rounded, host, equal_nan=True) or not np.array_equal(np.round(host), host)
    return jnp.asarray(rounded) if exact else as_steps(host, name)


def as_lengths(x: Any, name: str) -> Int[Array, "..."]:
    """Lengths of single episodes, of any integer or floating dtype, as int32. ValueError as in `as_steps`."""
    found = as_steps(x, name)
    if not is_traced(found) and found.size and (shortest := np.asarray(found).min()) < 0:
        raise ValueError(f"`{name}` must not be negative, got {shortest}")
    if not isinstance(found, WideSteps):
        return found.astype(jnp.int32)
    if not is_traced(found):
        raise ValueError(f"`{name}` holds an episode of {np.max(np.asarray(found))} steps: the longest is {2**31 - 1}")
    return (found.high << 24) | found.low


def _unseen(x: jax.Array, name: str) -> ExactSteps:
    """Steps whose values are not known here: of uint32, uint64 or a floating type."""
    if not jnp.issubdtype(x.dtype, jnp.integer) and not jnp.issubdtype(x.dtype, jnp.floating):
        raise ValueError(_not_whole(name, f"dtype {x.dtype}"))
    if jnp.result_type(int) == jnp.int64:
        return (x if jnp.issubdtype(x.dtype, jnp.integer) else jnp.round(x)).astype(jnp.int64)
    return wide(x)


def _numbers(x: Any, name: str) -> np.ndarray:
    """As NumPy, with nothing rounded."""
    if _masked(x) is not None:
        raise ValueError(f"`{name}`: entries are masked; give the data and its valid mask")
    try:
        return host_array(x)
    except ValueError as error:
        raise ValueError(_not_whole(name, str(error))) from None


def _of_host(x: np.ndarray, name: str) -> ExactSteps:
    if x.dtype == bool:
        raise ValueError(_not_whole(name, "booleans"))
    if x.dtype.kind not in "iu":
        x = x.astype(np.float64)
        _check_whole(x, name)
    if not x.size:
        return jnp.zeros(x.shape, jnp.int32)
    low, high = int(x.min()), int(x.max())
    check_step(max(high, -low), name)
    if low >= -(2**31) and max(high, high - low) < 2**31:
        return jnp.asarray(x, _plain_dtype(x))
    return _split(x.astype(np.int64))


def _check_whole(x: np.ndarray, name: str) -> None:
    fraction = ~np.isfinite(x) | (x != np.round(x))
    if np.any(fraction):
        raise ValueError(_not_whole(name, f"{x[fraction].flat[0]}"))


def _plain_dtype(x: np.ndarray) -> np.dtype:
    """int32, or int64 of wider numbers where 64-bit integers are enabled."""
    return np.dtype(jnp.result_type(int) if x.dtype.itemsize > 4 else np.int32)


def _split(x: np.ndarray) -> ExactSteps:
    if jnp.result_type(int) == jnp.int64:
        return jnp.asarray(x)
    return WideSteps(jnp.asarray((x >> 24).astype(np.int32)), jnp.asarray((x & (2**24 - 1)).astype(np.int32)))


def check_step(most: int, name: str) -> None:
    """ValueError if a step of that size would not be exact."""
    if most > MOST:
        raise ValueError(f"`{name}` goes up to {most}: environment steps are exact up to 2^53 = {MOST}")


def _not_whole(name: str, what: str) -> str:
    return f"`{name}` must hold whole environment steps, integers or floating numbers without a fraction; got {what}"
