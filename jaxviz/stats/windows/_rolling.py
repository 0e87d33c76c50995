"""Trailing windows over one stream: means, dispersion and extremes, merged from pieces (`_engine/_fold.py`).

Windows count entries, or environment steps if `window` is a `StepWindow` (`_step_windows.py`). Their number is static,
or an array that each run of a batch has its own of (`_traced_windows.py`). Medians and quantiles are in
`_rolling_order.py`, slopes and exponential means in `_rolling_trend.py`.
"""

from dataclasses import dataclass
from functools import cached_property
from numbers import Integral

import jax
import jax.numpy as jnp

from ... import _masked
from ..._explained import explained
from ..._half import computed_in_single
from ..._own_kernel import own_kernel
from ..._types import Array, ArrayLike, Bool, Float, Int, Integer, Mask, Num, PyTree
from .._engine._fold import Merge, add, fold_windows, greatest, in_one_pass, least
from .._engine._moments import PieceMoments, merge_moments
from .._engine._window_means import mean_of_splits, partial_means, splits, window_means
from ._centre import typical, typical_of_few
from ._step_windows import Reach, StepWindow
from ._traced_windows import Size

Window = int | Integer[ArrayLike, ""] | StepWindow
"""Entries, of which an array may be traced, or environment steps."""


@explained
@computed_in_single()
def rolling_mean(
    x: ArrayLike,
    window: Window,
    *,
    valid: Mask | None = None,
    min_count: int | None = None,
    max_window: int | None = None,
) -> Float[Array, " entry"]:
    """Trailing mean, (1/mₜ) Σ xᵢ over the valid entries of the last `window`.

    Shapes: [entry] → [entry]. Unit of x, ↑ for returns. NaN if fewer than `min_count` (default `window`) of the
    window's entries are valid, or one of them is NaN. An integer array as `window` is traced, so each run of a batch
    can have its own; the time grows with log₂ of `max_window`, its static upper bound (default: the length of the
    stream), and a window below 1 or above the bound gives NaN. Sums are not scaled: they must stay in range, in float32
    |x|·window below 3e38. Source: pandas `rolling`, kwgoodman/bottleneck `move_mean`.
    Named deviations: stable-baselines3's plotter drops the first 99 points and runs under 100 episodes;
    wookayin/expt smooths after averaging over runs, in a centred window; openai/baselines `smooth` is two-sided.

    >>> x = np.array([1.0, 3.0, 2.0, 5.0])
    >>> print(stats.rolling_mean(x, 2))
    [nan 2.  2.5 3.5]
    """
    return Windows.of(x, window, valid, min_count, max_window).mean()


@explained
@computed_in_single("target")
def rolling_fraction_above(
    x: ArrayLike,
    window: Window,
    target: ArrayLike,
    *,
    valid: Mask | None = None,
    min_count: int | None = None,
    max_window: int | None = None,
) -> Float[Array, " entry"]:
    """Share of the window's entries that meet the target, (1/mₜ) Σ 1[xᵢ ≥ target].

    Shapes: [entry] → [entry]. A pure number in [0, 1], ↑. NaN as in `rolling_mean`.

    >>> x = np.array([1.0, 3.0, 2.0, 5.0])
    >>> print(stats.rolling_fraction_above(x, 2, 3.0))
    [nan 0.5 0.5 0.5]
    """
    x = _masked.as_float(x)
    met = jnp.where(jnp.isnan(x), x, (x >= jnp.asarray(target, x.dtype)).astype(x.dtype))
    return Windows.of(met, window, valid, min_count, max_window).share()


@explained
@computed_in_single()
def rolling_std(
    x: ArrayLike,
    window: Window,
    *,
    ddof: int = 0,
    valid: Mask | None = None,
    min_count: int | None = None,
    max_window: int | None = None,
) -> Float[Array, " entry"]:
    """Trailing standard deviation, √(Σ(xᵢ − x̄ₜ)² / (mₜ − ddof)), by default with ddof = 0.

    Shapes: [entry] → [entry]. Unit of x, ↓. Equal values → exactly 0. NaN as in `rolling_mean`, and for mₜ ≤ ddof; sums
    must stay in range as there.
    Source: pandas `rolling`, kwgoodman/bottleneck `move_std`. Named deviation: bottleneck's float32 result comes from
    running sums and is off by about 4e-4 on real returns; pieces are merged here (Chan, Golub & LeVeque 1983), so the
    error is relative to the window's own spread.

    >>> x = np.array([1.0, 3.0, 2.0, 5.0])
    >>> print(stats.rolling_std(x, 2))
    [nan 1.  0.5 1.5]
    """
    return Windows.of(x, window, valid, min_count, max_window).std(ddof)


@explained
@computed_in_single()
def rolling_cv(
    x: ArrayLike,
    window: Window,
    *,
    ddof: int = 0,
    valid: Mask | None = None,
    min_count: int | None = None,
    max_window: int | None = None,
) -> Float[Array, " entry"]:
    """Trailing coefficient of variation, σₜ / |x̄ₜ|, by default with ddof = 0.

    Shapes: [entry] → [entry]. A pure number, ↓. Meaningless if returns change sign; x̄ₜ = 0 → NaN. NaN as in
    `rolling_std`.

    >>> x = np.array([1.0, 3.0, 2.0, 5.0])
    >>> print(np.asarray(stats.rolling_cv(x, 2)).round(3))
    [  nan 0.5   0.2   0.429]
    """
    windows = Windows.of(x, window, valid, min_count, max_window)
    return _masked.ratio(windows.std(ddof), jnp.abs(windows.mean()))


@explained
@computed_in_single()
def rolling_min(
    x: ArrayLike,
    window: Window,
    *,
    valid: Mask | None = None,
    min_count: int | None = None,
    max_window: int | None = None,
) -> Float[Array, " entry"]:
    """Trailing minimum of the valid entries of the last `window`.

    Shapes: [entry] → [entry]. Unit of x. NaN as in `rolling_mean`: a NaN in the window is not skipped.

    >>> x = np.array([1.0, 3.0, 2.0, 5.0])
    >>> print(stats.rolling_min(x, 2))
    [nan  1.  2.  2.]
    """
    windows = Windows.of(x, window, valid, min_count, max_window, missing=jnp.inf)
    return windows.place(windows.fold(windows.x, least, jnp.inf))


@explained
@computed_in_single()
def rolling_max(
    x: ArrayLike,
    window: Window,
    *,
    valid: Mask | None = None,
    min_count: int | None = None,
    max_window: int | None = None,
) -> Float[Array, " entry"]:
    """Trailing maximum of the valid entries of the last `window`.

    Shapes: [entry] → [entry]. Unit of x. NaN as in `rolling_mean`: a NaN in the window is not skipped.

    >>> x = np.array([1.0, 3.0, 2.0, 5.0])
    >>> print(stats.rolling_max(x, 2))
    [nan  3.  3.  5.]
    """
    windows = Windows.of(x, window, valid, min_count, max_window, missing=-jnp.inf)
    return windows.place(windows.fold(windows.x, greatest, -jnp.inf))


@dataclass(frozen=True)
class Windows:
    """The trailing windows of one stream, and which of them are defined.

    Without a mask only complete windows are computed. With one, the stream begins with window − 1 missing entries, so
    that each of its entries ends a window; so it does for windows of a traced `size`. Windows of environment steps have
    a `reach`.
    """

    x: Float[Array, " padded"]
    weight: Float[Array, " padded"] | None
    """1 for entries that are present, 0 for the others; None if all are, or only complete windows matter."""
    window: int
    """Entries of a window; the most there can be if windows have a `reach` or a `size`."""
    needed: int | Int[Array, ""]
    reach: Reach | None = None
    size: Size | None = None
    seen: Float[Array, " windows"] | None = None
    """Entries of each window; None if a mask was given."""

    @staticmethod
    def of(
        x: ArrayLike,
        window: Window,
        valid: Mask | None,
        min_count: int | None,
        max_window: int | None,
        missing: float = 0,
    ) -> "Windows":
        """Check the arguments; missing entries are given the value `missing`."""
        if min_count is not None and min_count < 0:
            raise ValueError(f"`min_count` must be at least 0, got {min_count}")
        x, present = _masked.stream(x, valid)
        if isinstance(window, StepWindow):
            reach = Reach.of(window, x, present)
            x = _masked.blank(x, present, missing)
            return Windows(x, present.astype(x.dtype), x.shape[0], max(min_count or 1, 1), reach)
        if not isinstance(window, Integral):
            return Windows._of_size(x, Size.of(window, max_window, x), present, valid, min_count, missing)
        window = int(window)
        if window < 1:
            raise ValueError(f"`window` must be at least 1, got {window}")
        needed = window if min_count is None else max(min_count, 1)
        if valid is None and needed == window <= x.shape[0]:
            return Windows(x, None, window, needed)
        before = min(window, max(x.shape[0], 1)) - 1
        seen = None if valid is not None else jnp.minimum(jnp.arange(1, x.shape[0] + 1, dtype=x.dtype), window)
        x = _before(_masked.blank(x, present, missing), before, missing)
        return Windows(x, _before(present.astype(x.dtype), before, 0), before + 1, needed, seen=seen)

    @staticmethod
    def _of_size(
        x: Float[Array, " entry"],
        size: Size,
        present: Bool[Array, " entry"],
        valid: Mask | None,
        min_count: int | None,
        missing: float,
    ) -> "Windows":
        before = size.longest - 1
        needed = size.asked if min_count is None else max(min_count, 1)
        order = jnp.arange(1, x.shape[0] + 1, dtype=x.dtype)
        seen = None if valid is not None else jnp.minimum(order, size.entries.astype(x.dtype))
        weight = None if valid is None and min_count is None else _before(present.astype(x.dtype), before, 0)
        x = own_kernel(_before(_masked.blank(x, present, missing), before, missing))
        return Windows(x, weight, size.longest, needed, size=size, seen=seen)

    def fold(self, entries: PyTree, merge: Merge, nothing: float = 0) -> PyTree:
        """Results of all windows, merged from `entries`, which are as long as `x`.

        An array filled with `nothing` must be the identity of the merge.
        """
        if self.reach is not None:
            return self.reach.fold(entries, merge)
        if self.size is not None:
            return self.size.fold(entries, merge, nothing)
        return fold_windows(entries, self.window, merge)

    def lengthened(self, entries: Array) -> Array:
        """`entries`, one for each of the stream, as long as `x`."""
        return _before(entries, self.x.shape[0] - entries.shape[0], 0)

    def present(self) -> Bool[Array, " padded"]:
        """Which entries of `x` are in the stream."""
        return jnp.ones(self.x.shape, bool) if self.weight is None else self.weight > 0

    @cached_property
    def count(self) -> Float[Array, "#windows"] | float:
        """Number of valid entries of each window."""
        if self.seen is not None:
            return self.seen
        if self.weight is None:
            return float(self.window)
        if self.reach is not None:
            return self.reach.valid_count(self.present()).astype(self.x.dtype)
        small = next(kind for kind in (jnp.int8, jnp.int16, jnp.int32) if self.window <= jnp.iinfo(kind).max)
        return self.fold(own_kernel(self.weight.astype(small)), add).astype(self.x.dtype)

    def mean(self) -> Float[Array, " entry"]:
        """Mean of the window of each entry; of equal entries exactly that entry."""
        if self.weight is None and self.size is None:
            return window_means(self.x, self.window)
        if self.reach is not None:
            mean = self._quotient([self.fold(self.x, add)])
            alike, value = self.reach.alike(self.x, self.present())
            return self.place(_masked.instead(mean, jax.lax.stop_gradient(jnp.where(alike, value, mean))))
        complete = isinstance(self.needed, int) and self.needed >= self.window
        if self.size is not None or not (complete or self.seen is not None):
            return self.place(self._quotient([self.fold(own_kernel(part), add) for part in self._splits()]))
        if complete or self.seen is None:
            return self.place(window_means(self.x[self.window - 1 :], self.window))
        return self.place(partial_means(own_kernel(self.x), self.window, self.seen))

    def share(self) -> Float[Array, " entry"]:
        """`mean` of entries of 0 and 1, whose sums are exact."""
        return self.place(self._quotient([self.fold(self.x, add)]))

    def _quotient(self, sums: list[Array]) -> Float[Array, " windows"]:
        entries = jnp.maximum(jnp.asarray(self.count, self.x.dtype), 1)
        return mean_of_splits(sums, entries)

    def _splits(self) -> tuple[Float[Array, " padded"], ...]:
        return splits(self.x, self.window)

    def moments(self) -> PieceMoments:
        """The moments of each window about a centre near the data, in `unit`."""
        centred = own_kernel(self.apart() * _masked.inverse(self.unit))
        m2 = None if self.size is None else jnp.zeros_like(centred)
        return self.fold(PieceMoments(self.weight, centred, m2), merge_moments)

    @cached_property
    def unit(self) -> Float[Array, ""]:
        """A power of two near typical entries, for squares; not the largest, beside which other windows had no spread.

        Windows whose spread is 1e19 times more or less than that leave float32.
        """
        return self._of_some[1]

    def centred(self) -> Float[Array, " padded"]:
        """`x` less a number near its typical entries: what lies far from 0 then loses no digits."""
        return self.x - self._centre

    def apart(self) -> Float[Array, " padded"]:
        """`x` as moments of pieces read it: `centred`, unless windows are made of entries alone, as distances."""
        by_entries = self.reach is None and self.size is None and in_one_pass(self.window)
        return self.x if by_entries else self.centred()

    @cached_property
    def _centre(self) -> Float[Array, ""]:
        """The median of five means of finite entries: of all with a mask, else of about 64, which costs nothing."""
        if self.weight is None:
            return self._of_some[0]
        return own_kernel(jax.lax.stop_gradient(typical(*self._entries())))  # else it is found anew for every entry

    @cached_property
    def _of_some(self) -> Float[Array, "2"]:
        """The typical one of about 64 entries, and their typical size as a power of two."""
        typical = jax.lax.stop_gradient(typical_of_few(*self._some()))
        return own_kernel(jnp.where(jnp.arange(2) > 0, _masked.power_of_two(typical[None], axis=0), typical))

    def _entries(self) -> tuple[Float[Array, " entry"], Bool[Array, " entry"]]:
        """The entries of the stream, and which are present."""
        padded = self.reach is None and (self.weight is not None or self.size is not None)
        first = self.window - 1 if padded else 0
        return self.x[first:], self.present()[first:]

    def _some(self) -> tuple[Float[Array, " some"], Bool[Array, " some"]]:
        """About 64 of them."""
        x, present = self._entries()
        stride = max(1, x.shape[0] // 64)
        return x[::stride], present[::stride]

    def std(self, ddof: int) -> Float[Array, " entry"]:
        """√(M₂ / (n − ddof)) of the window of each entry; n ≤ ddof → NaN."""
        moments = self.moments()
        count = self.count if moments.n is None else moments.n
        free = jnp.asarray(count, self.x.dtype) - ddof
        m2 = jnp.zeros_like(moments.mean) if moments.m2 is None else moments.m2
        std = _masked.undefined_unless(free > 0, _masked.safe_sqrt(m2 / jnp.maximum(free, 1)))
        return self.unit * self.place(std)  # in this order: a product that is then moved is not made in vectors

    def place(self, result: Float[Array, " windows"]) -> Float[Array, " entry"]:
        """`result` at the last entry of each window; NaN if too few entries are valid."""
        if self.weight is None and self.size is None:
            return jax.lax.pad(result, jnp.asarray(jnp.nan, result.dtype), [(self.window - 1, 0, 0)])
        enough = jnp.asarray(self.count) >= jnp.asarray(self.needed).astype(self.x.dtype)
        if self.reach is not None:
            enough = enough & self.reach.ordered
        if self.size is not None:
            enough = enough & self.size.defined
        return _masked.undefined_unless(enough, result)


def _before(x: Num[Array, " entry"], count: int, fill: float) -> Num[Array, " padded"]:
    """`x` preceded by `count` entries of the value `fill`."""
    return jnp.concatenate([jnp.full(count, fill, x.dtype), x])
