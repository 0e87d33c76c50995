"""Pytrees and numbers on the host, for everything that draws, writes or logs."""

from collections.abc import Iterable
from typing import Any, TypeVar

import jax
import jax.core
import numpy as np

from .._steps import WideSteps
from .._types import PyTree
from ._arrays import NUMBERS

Tree = TypeVar("Tree")


def to_host(tree: Tree) -> Tree:
    """The same pytree with NumPy arrays in place of JAX arrays, and of wide steps int64; one transfer for all."""
    return jax.tree.map(np.asarray, jax.device_get(tree), is_leaf=lambda part: isinstance(part, WideSteps))


def scalars(values: Iterable[Any]) -> list[float] | None:
    """Numbers of Python, and scalars of NumPy and JAX, as floats; None if any of them is something else."""
    try:
        return [value if type(value) is float else _scalar(value) for value in values]
    except (AttributeError, TypeError, ValueError, RuntimeError, OverflowError):  # of tracers and deleted arrays too
        return None


def _scalar(x: Any) -> float:
    """One number. An array of JAX is read by NumPy: its own `float()` takes ten times as long."""
    if type(x) is int or type(x) is bool:
        return float(x)
    if x.shape != () or x.dtype.kind not in NUMBERS or isinstance(x, np.ma.MaskedArray):
        raise ValueError("not one number")
    return float(np.asarray(x).item())


def moments(x: np.ndarray) -> dict[str, float]:
    """Mean, standard deviation (ddof 0), smallest and largest element in double precision; NaN and ±inf as they are."""
    wide = x.astype(np.float64)
    with np.errstate(all="ignore"):
        return {part: float(getattr(wide, part)()) for part in ("mean", "std", "min", "max")}


def host_grid(shape: tuple[int, ...], size: int) -> np.ndarray:
    """The index 0 … size − 1 along the last axis of [*shape, size], without its memory."""
    return np.broadcast_to(np.arange(size), (*shape, size))


def path_name(path: tuple[Any, ...]) -> str:
    """A `jax.tree_util` path as a metric name: ``stability/max_drawdown``."""
    return "/".join(_key_name(key) for key in path)


def _key_name(key: Any) -> str:
    for attribute in ("name", "key", "idx"):
        if hasattr(key, attribute):
            return str(getattr(key, attribute))
    return str(key)


def flat_metrics(tree: PyTree, *, prefix: str = "") -> dict[str, np.ndarray]:
    """Every array of a pytree under its path, as NumPy: ``{"stability/max_drawdown": array(…), …}``."""
    leaves, _ = jax.tree_util.tree_flatten_with_path(to_host(tree))
    return {prefix + path_name(path): leaf for path, leaf in leaves}
