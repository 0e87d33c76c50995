"""Windows that reach back a number of environment steps, over streams whose entries are unevenly spaced."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from ... import _steps
from ..._own_kernel import own_kernel
from ..._scans import running_count, running_max, running_step_max
from ..._shown import Result
from ..._steps import Steps, StepsLike
from ..._types import Array, Bool, Float, Int, PyTree
from ...host import as_steps
from .._engine._fold import Merge, Span
from .._engine._steps import entry_steps


class StepWindow(Result):
    """A trailing window of environment steps: give it as the `window` of any `rolling_*`.

    The window at entry t holds the valid entries with step[t] − steps < step[i] ≤ step[t], those that share its step
    included; `min_count` is 1 unless given. Valid steps must not fall: if they do, every result is NaN.
    """

    steps: StepsLike | int
    """Its length, an integer; may be traced."""
    step: Steps
    """The environment step of each entry."""


class Reach(NamedTuple):
    """First entry and length of the window of each entry."""

    first: Int[Array, " entry"]
    length: Int[Array, " entry"]
    ordered: Bool[Array, ""]
    """False if steps fall."""

    @staticmethod
    def of(window: StepWindow, x: Float[Array, " entry"], present: Bool[Array, " entry"]) -> "Reach":
        """The windows of the entries of `x`; an invalid entry is at the step of the one before it."""
        step = entry_steps(x, window.step)
        lowest = _steps.lowest(step)
        level = running_step_max(_steps.where(present, step, lowest))
        size = as_steps(window.steps, "steps")
        if size.ndim:
            raise ValueError(f"`steps` of a StepWindow must be one integer, got shape {size.shape}")
        size = _steps.maximum(size, 0)
        start = _steps.where(_steps.at_most(_steps.plus(lowest, size), level), _steps.minus(level, size), lowest)
        first, after = (_steps.search(level, end, after=True) for end in (start, level))
        return Reach(first, after - first, jnp.all(_steps.equal(step, level) | ~present) & _steps.less(0, size))

    def fold(self, entries: PyTree, merge: Merge) -> PyTree:
        """Merged entries of every window, of which each has at least one.

        Every window is a chain of pieces of 1, 2, 4, … entries, one for each bit of its length.
        """
        count = self.first.shape[0]
        pieces = found = merge([entries], [Span(0, 1)])
        at, started = self.first, jnp.zeros(self.first.shape, bool)
        for size in (1 << bit for bit in range(count.bit_length())):
            has = self.length & size != 0
            piece = _taken(pieces, at)
            joined = _chosen(started, merge([found, piece], [Span(0, size), Span(size, size)]), piece)
            # Fused into its readers, each pass would compute those before it anew for every entry that it takes.
            found = jax.tree.map(own_kernel, _chosen(has, joined, found))
            at, started = at + jnp.where(has, size, 0), started | has
            older, newer = (jax.tree.map(lambda a, at=at: a[at], pieces) for at in (slice(-size), slice(size, None)))
            pieces = jax.tree.map(own_kernel, merge([older, newer], [Span(0, size), Span(size, size)]))
        return found

    def valid_count(self, present: Bool[Array, " entry"]) -> Int[Array, " entry"]:
        """Valid entries of each window."""
        so_far = own_kernel(running_count(present))
        before, end = (jnp.where(at > 0, _taken(so_far, at - 1), 0) for at in (self.first, self.first + self.length))
        return end - before

    def alike(
        self, x: Float[Array, " entry"], present: Bool[Array, " entry"]
    ) -> tuple[Bool[Array, " entry"], Float[Array, " entry"]]:
        """Whether the valid entries of each window are equal, and the last of them.

        They are if the last entry that another one follows is older than the window.
        """
        index = jnp.arange(x.shape[0], dtype=jnp.int32)
        newest = own_kernel(running_max(jnp.where(present, index, -1)))
        before = jnp.concatenate([jnp.full(1, -1, jnp.int32), newest])[:-1]
        changes = present & (before >= 0) & (x != _taken(x, before))
        other = own_kernel(running_max(jnp.where(changes, before, -1)))
        last = self.first + self.length - 1
        return _taken(other, last) < self.first, _taken(x, _taken(newest, last))

    def members(self, entry: Int[Array, ""]) -> Bool[Array, " entry"]:
        """Which entries the window of `entry` reaches over."""
        index = jnp.arange(self.first.shape[0], dtype=jnp.int32)
        return (index >= self.first[entry]) & (index < self.first[entry] + self.length[entry])


def _taken(pieces: PyTree, index: Int[Array, " entry"]) -> PyTree:
    return jax.tree.map(lambda a: a[jnp.clip(index, 0, a.shape[0] - 1)] if a.shape[0] else a, pieces)


def _chosen(condition: Bool[Array, " entry"], yes: PyTree, no: PyTree) -> PyTree:
    return jax.tree.map(lambda a, b: jnp.where(condition, a, b), yes, no)
