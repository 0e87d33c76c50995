"""Steps in two limbs, and the kinds of steps."""

from collections.abc import Iterator
from typing import Any, Self

import equinox as eqx
import jax
import jax.numpy as jnp

from .._types import Array, ArrayLike, Bool, Int, Num

MOST = 2**53
"""Largest step: every integer up to it is exact in double precision too, in which files and figures may hold it."""
BITS = 24
UNIT = 1 << BITS


LARGEST_INT32 = 2**31 - 1


class WideSteps(eqx.Module):
    """Integers of up to 53 bits in two int32 limbs, value = high·2²⁴ + low.

    A pytree: `jax.tree.map`, jit and vmap see the limbs. NumPy and figures see int64: `numpy.asarray(steps)`.
    """

    high: Int[Array, "*shape"]
    """May be negative."""
    low: Int[Array, "*shape"]
    """From 0 to 2²⁴ − 1."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of both limbs."""
        return tuple(self.high.shape)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self.high.ndim

    @property
    def size(self) -> int:
        """Number of steps."""
        return self.high.size

    def __getitem__(self, index: Any) -> Self:
        """Some of the steps, indexed as an array."""
        return jax.tree.map(lambda limb: limb[index], self)

    def __len__(self) -> int:
        """Length of the first axis."""
        return len(self.high)

    def __iter__(self) -> Iterator[Self]:
        """The steps along the first axis."""
        return (self[i] for i in range(len(self)))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        """The values as an int64 array of NumPy."""
        del copy  # the values are always new
        high, low = jax.device_get((self.high, self.low))
        exact = (high.reshape(-1).astype("int64") * UNIT + low.reshape(-1)).reshape(self.shape)
        return exact if dtype is None else exact.astype(dtype)

    def __jax_array__(self) -> Array:
        """Refused: without 64-bit integers no array of JAX holds the values."""
        raise TypeError("these steps may exceed int32: read them with numpy.asarray(steps), which gives exact int64")

    def __int__(self) -> int:
        """One step as a number of Python."""
        return int(self.__array__())

    def __float__(self) -> float:
        """One step as a number of Python."""
        return float(self.__array__())


ExactSteps = Int[Array, "..."] | WideSteps
"""Steps inside: exact, whichever form they have."""
Times = Num[Array, "..."] | WideSteps
"""Steps, or times that are floating numbers."""
EntrySteps = Int[Array, " entry"] | WideSteps
"""The environment step of each entry of a stream."""
Steps = Num[ArrayLike, " entry"] | WideSteps
"""The environment step of each entry, from callers: whole numbers of any integer or floating dtype."""
StepsLike = Num[ArrayLike, "..."] | WideSteps
"""Steps of any shape from callers."""


def carried(high: Int[Array, "..."], low: Int[Array, "..."]) -> WideSteps:
    """Limbs whose low one may be anything that int32 holds."""
    return WideSteps(high + (low >> BITS), low & (UNIT - 1))


def chosen(condition: Bool[Array, "..."], yes: WideSteps, no: WideSteps) -> WideSteps:
    return WideSteps(jnp.where(condition, yes.high, no.high), jnp.where(condition, yes.low, no.low))


def is_floating(step: Num[Array, "..."]) -> bool:
    return bool(jnp.issubdtype(step.dtype, jnp.floating))
