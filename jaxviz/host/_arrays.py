"""Arrays of any origin -> JAX arrays, or a ValueError that names them."""

from typing import Any

import jax
import jax.core
import jax.numpy as jnp
import numpy as np

from .._kinds import described
from .._types import Array
from ._frames import NUMBERS, is_frame, listing


def is_traced(x: Any) -> bool:
    """Whether `x`, or a part of it, is known only inside a JAX transformation."""
    return any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves(x))


def as_array(x: Any, name: str) -> Array:
    """`x` as a JAX array; float64 becomes the default float, and so do integers that do not fit.

    JAX arrays and tracers pass through. Lists, NumPy and anything with `__array__` are converted. ValueError for
    ragged lists, text, complex numbers, None, arrays of which entries are masked, and finite numbers beyond the float.
    """
    if isinstance(x, jax.Array):
        return x
    if is_frame(x):
        raise ValueError(
            f"`{name}` is a table with the columns {listing(x.columns)}: say which they are with "
            "jv.from_dataframe(frame, returns=..., step=..., run=...), or give frame.to_numpy()"
        )
    try:
        if _masked(x) is not None:
            raise ValueError("entries are masked; give the data and its valid mask")
        host = np.asarray(x)
    except ValueError as error:
        raise ValueError(f"`{name}` must be a rectangular array of numbers: {error}") from None
    if host.dtype.kind not in NUMBERS and host.dtype.name != "bfloat16":
        raise ValueError(f"`{name}` must be an array of numbers, got {_name_kind(x, host)}")
    wanted = jax.dtypes.canonicalize_dtype(host.dtype)
    if host.dtype.kind in "iu" and host.size and host.dtype.itemsize > wanted.itemsize:
        limits = jnp.iinfo(wanted)
        if host.max() > limits.max or host.min() < limits.min:
            return jnp.asarray(host.astype(jax.dtypes.canonicalize_dtype(np.float64)))
    if host.dtype.kind == "f" and host.dtype.itemsize > wanted.itemsize:
        with np.errstate(over="ignore"):
            narrow = host.astype(wanted)
        if (np.isinf(narrow) & np.isfinite(host)).any():
            raise ValueError(
                f"`{name}` holds {host[np.isinf(narrow) & np.isfinite(host)].flat[0]:g}, which {wanted} cannot hold: "
                "scale the data, or enable 64-bit numbers with jax.config.update('jax_enable_x64', True)"
            )
        return jnp.asarray(narrow)
    return jnp.asarray(host)


def _name_kind(x: Any, host: np.ndarray) -> str:
    if host.dtype != object:
        return f"dtype {host.dtype}"
    others = [one for one in host.flat if not isinstance(one, int | float)]
    if others and others[0] is None and host.ndim:
        return f"{described(x)}: give nan in the place of None"
    if others and type(others[0]).__name__ == "TrainingRun":
        known = "jv.stack_runs(runs) joins such" if host.ndim else "it needs no reader"
        return f"{described(x)}: it is read already, {known}"
    return described(x)


def is_ragged(x: Any) -> bool:
    """Whether `x` is a list of sequences of different lengths (or of any lengths that are not arrays of one shape)."""
    if not isinstance(x, list | tuple) or not x:
        return False
    lengths = {len(row) if hasattr(row, "__len__") else None for row in x}
    return None not in lengths and len(lengths) > 1


def pad_ragged(rows: Any, name: str) -> tuple[Array, Array]:
    """Runs of different lengths as one array [run, entry] and its mask."""
    padded, valid = padded_rows([np.asarray(as_array(row, f"{name}[{i}]")) for i, row in enumerate(rows)], name)
    return jnp.asarray(padded), jnp.asarray(valid)


def padded_rows(arrays: list[np.ndarray], name: str) -> tuple[np.ndarray, np.ndarray]:
    """Rows of different lengths as one array, filled up with zeros, and its mask."""
    for i, row in enumerate(arrays):
        if row.ndim != 1:
            raise ValueError(f"`{name}[{i}]` must be one run of shape [entry], got shape {row.shape}")
    longest = max(row.size for row in arrays)
    padded = np.zeros((len(arrays), longest), np.result_type(*arrays))
    valid = np.zeros(padded.shape, bool)
    for i, row in enumerate(arrays):
        padded[i, : row.size] = row
        valid[i, : row.size] = True
    return padded, valid


def host_array(x: Any) -> np.ndarray:
    """`x` as a NumPy array of its own type, also int64 and float64; masked entries become NaN.

    ValueError if it holds no numbers.
    """
    if (masked := _masked(x)) is not None:
        x = masked.astype(np.result_type(masked.dtype, np.float32)).filled(np.nan)
    if isinstance(x, jax.Array) and not x.is_fully_addressable and x.is_fully_replicated:
        x = x.addressable_data(0)  # every process has all of it
    host = np.asarray(x)
    if host.dtype.kind not in NUMBERS and not _is_small(host.dtype):
        raise ValueError(f"{_name_kind(x, host)} holds no numbers")
    return host


def _is_small(dtype: np.dtype) -> bool:
    """Whether it is one of JAX's own types of real numbers, bfloat16 down to int2, which NumPy does not know."""
    return dtype.kind == "V" and (jnp.issubdtype(dtype, jnp.floating) or jnp.issubdtype(dtype, jnp.integer))


def unmasked(x: Any) -> Any:
    """The entries of masked arrays that are not masked; anything else as it is."""
    masked = _masked(x)
    return x if masked is None else masked.compressed()


def _masked(x: Any) -> Any | None:
    """A masked array, or a list of such, as one; None if no entry is masked: NumPy would take those for numbers."""
    if isinstance(x, list | tuple) and any(isinstance(one, np.ma.MaskedArray) for one in x):
        x = np.ma.array(x)
    return x if np.ma.is_masked(x) else None
