"""Which of the steps is smaller, the smallest, and where it stands."""

from functools import partial

import jax
import jax.numpy as jnp

from .. import _masked
from .._types import Array, Bool, Int
from ._forms import alike, plain, wide
from ._wide import LARGEST_INT32, UNIT, Times, WideSteps, chosen, is_floating


def less(a: Times | int, b: Times | int) -> Bool[Array, "..."]:
    """a < b"""
    a, b = alike(a, b)
    if isinstance(a, WideSteps) and isinstance(b, WideSteps):
        return (a.high < b.high) | ((a.high == b.high) & (a.low < b.low))
    return plain(a) < plain(b)


def at_most(a: Times | int, b: Times | int) -> Bool[Array, "..."]:
    """a ≤ b"""
    a, b = alike(a, b)
    if isinstance(a, WideSteps) and isinstance(b, WideSteps):
        return ~less(b, a)
    return plain(a) <= plain(b)


def equal(a: Times | int, b: Times | int) -> Bool[Array, "..."]:
    """a = b"""
    a, b = alike(a, b)
    if isinstance(a, WideSteps) and isinstance(b, WideSteps):
        return (a.high == b.high) & (a.low == b.low)
    return plain(a) == plain(b)


def where(condition: Bool[Array, "..."], yes: Times | int, no: Times | int) -> Times:
    """`yes` where the condition holds, else `no`."""
    yes, no = alike(yes, no)
    if isinstance(yes, WideSteps) and isinstance(no, WideSteps):
        return chosen(condition, yes, no)
    return jnp.where(condition, plain(yes), plain(no))


def maximum(a: Times | int, b: Times | int) -> Times:
    """The larger of each two."""
    a, b = alike(a, b)
    return where(less(a, b), b, a)


def minimum(a: Times | int, b: Times | int) -> Times:
    """The smaller of each two."""
    a, b = alike(a, b)
    return where(less(b, a), b, a)


def clip(step: Times, low: Times | int, high: Times | int) -> Times:
    """The nearest step within [low, high]."""
    return minimum(maximum(step, low), high)


def lowest(step: Times) -> Times:
    """A number of the same form below every step."""
    if isinstance(step, WideSteps):
        return WideSteps(jnp.asarray(-(2**30), jnp.int32), jnp.zeros((), jnp.int32))
    return jnp.asarray(-jnp.inf if is_floating(step) else jnp.iinfo(step.dtype).min, step.dtype)


def highest(step: Times) -> Times:
    """A number of the same form above every step."""
    if isinstance(step, WideSteps):
        return WideSteps(jnp.asarray(2**30, jnp.int32), jnp.zeros((), jnp.int32))
    return jnp.asarray(jnp.inf if is_floating(step) else jnp.iinfo(step.dtype).max, step.dtype)


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
        high = jnp.min(jnp.where(present, step.high, LARGEST_INT32), initial=LARGEST_INT32)
        found = WideSteps(high, jnp.min(jnp.where(present & (step.high == high), step.low, UNIT), initial=UNIT))
    return where(jnp.any(present), found, fill)


def index_of_smallest(step: Times) -> Int[Array, ""]:
    """Index of the first of the smallest steps."""
    if not isinstance(step, WideSteps):
        return jnp.argmin(step).astype(jnp.int32)
    return _masked.first_index(equal(step, smallest(step, jnp.ones(step.shape, bool))))


def search(ordered: Times, step: Times, *, after: bool) -> Int[Array, "..."]:
    """How many of the ascending steps lie before each `step`; `after`: those equal to it too."""
    ordered, step = alike(ordered, step)
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
