"""Environment steps, exact to 2⁵³ without 64-bit integers.

A step array is a plain integer array while its values fit, and `WideSteps` if they do not. The functions here take
either, or one of each, and a number of Python. Nothing wraps: differences are formed in integers and rounded once.
Callers' arrays come in through `host.as_steps`.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any, Self

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.core import Tracer

from . import _masked
from ._types import Array, ArrayLike, Bool, DTypeLike, Float, Int, Integer, Num

MOST = 2**53
"""Largest step: every integer up to it is exact in double precision too, in which files and figures may hold it."""
_BITS = 24
_UNIT = 1 << _BITS
_HALF = _BITS // 2
_INT32 = 2**31 - 1
_ROUNDED = 23
"""Low bits dropped from a value of up to 54 to fit int32: they only say on which side of a tie it lies."""


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
        exact = (high.reshape(-1).astype("int64") * _UNIT + low.reshape(-1)).reshape(self.shape)
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


def wide(step: Num[Array, "..."] | WideSteps | int) -> WideSteps:
    """The two limbs of whole numbers of any dtype; fractions of floating numbers are rounded."""
    if isinstance(step, WideSteps):
        return step
    if isinstance(step, int):
        return WideSteps(jnp.asarray(step >> _BITS, jnp.int32), jnp.asarray(step & (_UNIT - 1), jnp.int32))
    if jnp.issubdtype(step.dtype, jnp.floating):
        return _wide_float(step if jnp.finfo(step.dtype).bits >= 32 else step.astype(jnp.float32))
    step = step if jnp.iinfo(step.dtype).bits >= 32 else step.astype(jnp.int32)
    return WideSteps((step >> _BITS).astype(jnp.int32), (step & (_UNIT - 1)).astype(jnp.int32))


def _wide_float(step: Float[Array, "..."]) -> WideSteps:
    """Exact: dividing by a power of two is, and so is the difference to a neighbouring multiple of it."""
    step = jnp.round(step)
    high = jnp.floor(step / _UNIT)
    return WideSteps(high.astype(jnp.int32), (step - high * _UNIT).astype(jnp.int32))


def narrowest(step: ExactSteps) -> ExactSteps:
    """A plain array if the values are known and fit, else the steps as they are."""
    if not isinstance(step, WideSteps) or isinstance(step.high, Tracer):
        return step
    fits = (step.high >= -(2 ** (31 - _BITS))) & (step.high < 2 ** (31 - _BITS))
    return _plain(step) if bool(jnp.all(fits)) else step


def _plain(step: WideSteps) -> Int[Array, "..."]:
    """The default integer, for values that fit it."""
    whole = jnp.result_type(int)
    return (step.high.astype(whole) << _BITS) | step.low.astype(whole)


def _alike(*steps: Times | int) -> tuple[Times, ...]:
    """The same steps in one form: floating if one is, wide if one is or a number does not fit, else of one dtype."""
    floating = [s.dtype for s in steps if not isinstance(s, int | WideSteps) and _is_floating(s)]
    if floating:
        return tuple(jnp.asarray(s, floating[0]) if isinstance(s, int) else as_float(s, floating[0]) for s in steps)
    if any(isinstance(s, WideSteps) for s in steps):
        return tuple(wide(s) for s in steps)
    arrays = [s for s in steps if not isinstance(s, int | WideSteps)]
    dtype = jnp.int64 if any(jnp.iinfo(a.dtype).bits == 64 for a in arrays) else jnp.int32
    if any(isinstance(s, int) and not -_INT32 <= s <= jnp.iinfo(dtype).max for s in steps):
        return tuple(wide(s) for s in steps)
    return tuple(jnp.asarray(s, dtype) for s in steps if not isinstance(s, WideSteps))


def _carried(high: Int[Array, "..."], low: Int[Array, "..."]) -> WideSteps:
    """Limbs whose low one may be anything that int32 holds."""
    return WideSteps(high + (low >> _BITS), low & (_UNIT - 1))


def plus(a: Times, b: Times | int) -> Times:
    """a + b. Plain arrays stay plain: their sum has to fit, as that of parts of a whole does."""
    a, b = _alike(a, b)
    if isinstance(a, WideSteps) and isinstance(b, WideSteps):
        return _carried(a.high + b.high, a.low + b.low)
    return plain(a) + plain(b)


def shifted(step: ExactSteps, by: ExactSteps | int) -> ExactSteps:
    """step + by, of any sizes: wide unless the sums are known to fit."""
    if isinstance(by, int) and by == 0:
        return step
    moved = plus(wide(step), by)
    return narrowest(moved) if isinstance(moved, WideSteps) else moved


def minus(a: Times, b: Times | int) -> Times:
    """a − b, exactly."""
    a, b = _alike(a, b)
    if isinstance(a, WideSteps) and isinstance(b, WideSteps):
        return _carried(a.high - b.high, a.low - b.low)
    return plain(a) - plain(b)


def halved(step: ExactSteps) -> ExactSteps:
    """⌊step / 2⌋ of steps that are not negative."""
    if not isinstance(step, WideSteps):
        return step // 2
    return WideSteps(step.high >> 1, ((step.high & 1) << (_BITS - 1)) | (step.low >> 1))


def plain(step: Times) -> Num[Array, "..."]:
    """Steps known not to be wide, as all are on the host: only narrows the type."""
    assert not isinstance(step, WideSteps)
    return step


def as_float(step: Times, dtype: DTypeLike) -> Float[Array, "..."]:
    """The steps as floating numbers, each rounded once: small ones to the bits that a plain array gives."""
    if not isinstance(step, WideSteps):
        return step.astype(dtype)
    if jnp.finfo(dtype).bits == 64:
        return step.high.astype(dtype) * _UNIT + step.low.astype(dtype)
    small = (step.high >= -(2 ** (31 - _BITS))) & (step.high < 2 ** (31 - _BITS))
    short = jnp.where(small, step.high << _BITS, 0) | step.low
    return jnp.where(small, short.astype(dtype), _large_as_float(step).astype(dtype))


def _large_as_float(step: WideSteps) -> Float[Array, "..."]:
    """Single precision from the leading 30 bits, of which the last also stands for all that follow (round to odd)."""
    negative = step.high < 0
    size = _wide_magnitude(step)
    rest = size.low & ((1 << _ROUNDED) - 1)
    leading = (size.high << (_BITS - _ROUNDED)) | (size.low >> _ROUNDED) | (rest > 0).astype(jnp.int32)
    short = size.high.astype(jnp.float32) * _UNIT + size.low.astype(jnp.float32)
    value = jnp.where(size.high < _UNIT, short, leading.astype(jnp.float32) * (1 << _ROUNDED))
    return jnp.where(negative, -value, value)


def magnitude(step: Times) -> Times:
    """|step|"""
    return _wide_magnitude(step) if isinstance(step, WideSteps) else jnp.abs(step)


def _wide_magnitude(step: WideSteps) -> WideSteps:
    return _chosen(step.high < 0, _carried(-step.high, -step.low), step)


def since(step: Times, origin: Times | int, dtype: DTypeLike) -> Float[Array, "..."]:
    """step − origin as a floating number: subtracted in integers, rounded once."""
    return as_float(minus(step, origin), dtype)


def less(a: Times | int, b: Times | int) -> Bool[Array, "..."]:
    """a < b"""
    a, b = _alike(a, b)
    if isinstance(a, WideSteps) and isinstance(b, WideSteps):
        return (a.high < b.high) | ((a.high == b.high) & (a.low < b.low))
    return plain(a) < plain(b)


def at_most(a: Times | int, b: Times | int) -> Bool[Array, "..."]:
    """a ≤ b"""
    a, b = _alike(a, b)
    if isinstance(a, WideSteps) and isinstance(b, WideSteps):
        return ~less(b, a)
    return plain(a) <= plain(b)


def equal(a: Times | int, b: Times | int) -> Bool[Array, "..."]:
    """a = b"""
    a, b = _alike(a, b)
    if isinstance(a, WideSteps) and isinstance(b, WideSteps):
        return (a.high == b.high) & (a.low == b.low)
    return plain(a) == plain(b)


def where(condition: Bool[Array, "..."], yes: Times | int, no: Times | int) -> Times:
    """`yes` where the condition holds, else `no`."""
    yes, no = _alike(yes, no)
    if isinstance(yes, WideSteps) and isinstance(no, WideSteps):
        return _chosen(condition, yes, no)
    return jnp.where(condition, plain(yes), plain(no))


def _chosen(condition: Bool[Array, "..."], yes: WideSteps, no: WideSteps) -> WideSteps:
    return WideSteps(jnp.where(condition, yes.high, no.high), jnp.where(condition, yes.low, no.low))


def blank(step: Times, present: Bool[Array, "..."], fill: int = 0) -> Times:
    """The steps, with those of invalid entries replaced by `fill`."""
    return where(present, step, fill)


def at(step: Times, index: Int[Array, ""], defined: Bool[Array, ""]) -> Times:
    """step[index] where `defined`, else −1."""
    if not isinstance(step, WideSteps):
        return _masked.at(step, index, defined)
    return where(defined, step[index], -1) if len(step) else wide(-1)


def first(step: Times, present: Bool[Array, " entry"]) -> Times:
    """Step of the first valid entry; none → −1."""
    return at(step, _masked.first_index(present), jnp.any(present))


def last(step: Times, present: Bool[Array, " entry"]) -> Times:
    """Step of the last valid entry; none → −1."""
    return at(step, _masked.last_index(present), jnp.any(present))


def lowest(step: Times) -> Times:
    """A number of the same form below every step."""
    if isinstance(step, WideSteps):
        return WideSteps(jnp.asarray(-(2**30), jnp.int32), jnp.zeros((), jnp.int32))
    return jnp.asarray(-jnp.inf if _is_floating(step) else jnp.iinfo(step.dtype).min, step.dtype)


def highest(step: Times) -> Times:
    """A number of the same form above every step."""
    if isinstance(step, WideSteps):
        return WideSteps(jnp.asarray(2**30, jnp.int32), jnp.zeros((), jnp.int32))
    return jnp.asarray(jnp.inf if _is_floating(step) else jnp.iinfo(step.dtype).max, step.dtype)


def _is_floating(step: Num[Array, "..."]) -> bool:
    return bool(jnp.issubdtype(step.dtype, jnp.floating))


def maximum(a: Times | int, b: Times | int) -> Times:
    """The larger of each two."""
    a, b = _alike(a, b)
    return where(less(a, b), b, a)


def minimum(a: Times | int, b: Times | int) -> Times:
    """The smaller of each two."""
    a, b = _alike(a, b)
    return where(less(b, a), b, a)


def clip(step: Times, low: Times | int, high: Times | int) -> Times:
    """The nearest step within [low, high]."""
    return minimum(maximum(step, low), high)


def largest(step: Times, present: Bool[Array, "..."], fill: int = -1) -> Times:
    """Largest of the valid steps over all axes; none → `fill`."""
    if not isinstance(step, WideSteps):
        found = jnp.max(jnp.where(present, step, plain(lowest(step))), initial=plain(lowest(step)))
    else:
        high = jnp.max(jnp.where(present, step.high, -(2**31)), initial=-(2**31))
        found = WideSteps(high, jnp.max(jnp.where(present & (step.high == high), step.low, 0), initial=0))
    return where(jnp.any(present), found, fill)


def smallest(step: Times, present: Bool[Array, "..."], fill: int = -1) -> Times:
    """Smallest of the valid steps over all axes; none → `fill`."""
    if not isinstance(step, WideSteps):
        found = jnp.min(jnp.where(present, step, plain(highest(step))), initial=plain(highest(step)))
    else:
        high = jnp.min(jnp.where(present, step.high, _INT32), initial=_INT32)
        found = WideSteps(high, jnp.min(jnp.where(present & (step.high == high), step.low, _UNIT), initial=_UNIT))
    return where(jnp.any(present), found, fill)


def index_of_smallest(step: Times) -> Int[Array, ""]:
    """Index of the first of the smallest steps."""
    if not isinstance(step, WideSteps):
        return jnp.argmin(step).astype(jnp.int32)
    return _masked.first_index(equal(step, smallest(step, jnp.ones(step.shape, bool))))


def gaps(step: Times, dtype: DTypeLike) -> Float[Array, " gap"]:
    """Differences between neighbours."""
    return since(step[1:], step[:-1], dtype)


def indices(size: int) -> Int[Array, " entry"]:
    """0 … size − 1, the steps of a stream of which only the order is known."""
    return jnp.arange(size)


def product(count: ExactSteps, unit: int, *, most: int | None = None) -> ExactSteps:
    """count·unit for counts from 0 to `most` and products of at most 2⁵³; plain if they are known to fit."""
    if not isinstance(count, WideSteps) and unit * (most or _bound(count)) <= jnp.iinfo(count.dtype).max:
        return count * unit
    return narrowest(_wide_product(count, unit))


def _bound(count: Integer[Array, "..."]) -> int:
    """The largest count if it is known, else the largest that its dtype can hold."""
    if isinstance(count, Tracer) or not count.size:
        return int(jnp.iinfo(count.dtype).max)
    return int(jnp.max(count))


def _wide_product(count: ExactSteps, unit: int) -> WideSteps:
    """By halves of limbs, whose products fit: each term is at most the product, so its high limb fits too."""
    part = (1 << _HALF) - 1
    counted = wide(count)
    c0, c1 = counted.low & part, counted.low >> _HALF
    u2, rest = unit >> _BITS, unit & (_UNIT - 1)
    u0, u1 = rest & part, rest >> _HALF
    middle = c0 * u1 + c1 * u0
    high = c1 * u1 + counted.high * rest + counted.low * u2 + ((counted.high * u2) << _BITS) + (middle >> _HALF)
    return _carried(high, c0 * u0 + ((middle & part) << _HALF))


def ends(step: ExactSteps) -> ExactSteps:
    """The last along the last axis, 0 of none."""
    return jax.tree.map(lambda limb: limb[..., -1] if limb.shape[-1] else jnp.zeros(limb.shape[:-1], limb.dtype), step)


def spread(step: ExactSteps, shape: tuple[int, ...]) -> ExactSteps:
    """The steps broadcast to `shape`."""
    return jax.tree.map(lambda limb: jnp.broadcast_to(limb, shape), step)


def cumulative(lengths: ExactSteps) -> ExactSteps:
    """Σ_{j≤i} lengths along the last axis, of lengths from 0; plain if every sum is known to fit."""
    if isinstance(lengths, WideSteps):
        return narrowest(_cumulative(lengths))
    if lengths.shape[-1] * _bound(lengths) <= jnp.iinfo(jnp.result_type(int)).max:
        return jnp.cumsum(lengths, axis=-1, dtype=jnp.result_type(int))
    return narrowest(_cumulative(wide(lengths)))


@jax.jit
def _cumulative(lengths: WideSteps) -> WideSteps:
    """Sums with carry: adding limbs is associative."""
    return jax.lax.associative_scan(_add_limbs, lengths, axis=-1)


def _add_limbs(a: WideSteps, b: WideSteps) -> WideSteps:
    return _carried(a.high + b.high, a.low + b.low)


def search(ordered: Times, step: Times, *, after: bool) -> Int[Array, "..."]:
    """How many of the ascending steps lie before each `step`; `after`: those equal to it too."""
    ordered, step = _alike(ordered, step)
    if not isinstance(ordered, WideSteps):
        return jnp.searchsorted(ordered, plain(step), side="right" if after else "left").astype(jnp.int32)
    return _search(ordered, wide(step), after=after)


@partial(jax.jit, static_argnames="after")
def _search(ordered: WideSteps, step: WideSteps, *, after: bool) -> Int[Array, "..."]:
    """By halving."""
    n = ordered.shape[0]

    def halve(_: Int[Array, ""], bounds: tuple[Array, Array]) -> tuple[Array, Array]:
        low, high = bounds
        middle = (low + high) // 2
        tried = ordered[jnp.minimum(middle, n - 1)]
        before = (at_most(tried, step) if after else less(tried, step)) & (low < high)
        return jnp.where(before, middle + 1, low), jnp.where(before, high, jnp.minimum(middle, high))

    low = jnp.zeros(step.shape, jnp.int32)
    if not n:
        return low
    return jax.lax.fori_loop(0, n.bit_length(), halve, (low, jnp.full(step.shape, n, jnp.int32)))[0]


def one_form(steps: list[Times]) -> list[Times]:
    """The same steps, all plain or all wide, so that they can be stacked or joined with `jax.tree.map`."""
    return list(_alike(*steps))
