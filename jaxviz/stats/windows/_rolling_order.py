"""Trailing medians and quantiles: every window's order statistics, selected without sorting the stream.

A short window is sorted by a network over shifted copies of the stream. The members of a longer one are masks of words
(`_engine/_bits.py`), so a step of the selection handles 32 of its entries.
"""

from functools import partial, reduce

import jax
import jax.numpy as jnp

from ... import _levels, _masked
from ..._explained import explained
from ..._half import computed_in_single
from ..._own_kernel import own_kernel
from ..._types import Array, ArrayLike, Bool, Float, Int, Integer, Mask
from .._engine._bits import WORD, descend, descend_in_loop, pack, planes
from .._engine._fold import greatest
from .._engine._interpolation import between, lost_by_rounding, position
from .._engine._kth import kth_smallest
from .._engine._sorting import compare_exchanges
from ._rolling import Window, Windows
from ._step_windows import Reach
from ._traced_windows import Size

_SHORT = 24
"""Largest window that is sorted. The network's work and its time to compile grow as w·log²w, those of a selection with
the number of words: from about 24 entries on, the network is the slower to compile and soon the slower to run."""
_NARROW = 20
"""Most words of a window over which the selection is unrolled. A window of 500 entries then takes a quarter of the
loop's time but three times as long to compile, and compiling grows with every word."""
_TOGETHER = 64
"""Windows of environment steps that are selected from at a time. Each is a mask as long as the stream, so all at once
would take memory that grows as its square."""


@explained
@computed_in_single()
def rolling_quantile(
    x: ArrayLike,
    window: Window,
    q: ArrayLike,
    *,
    valid: Mask | None = None,
    min_count: int | None = None,
    max_window: int | None = None,
) -> Float[Array, " entry"]:
    """Trailing quantile by linear interpolation (type 7) over the valid entries of the last `window`.

        h = q(mₜ − 1),  k = ⌊h⌋,  x₍ₖ₊₁₎ + (h − k)(x₍ₖ₊₂₎ − x₍ₖ₊₁₎)

    Shapes: [entry], q [] → [entry]. Unit of x. NaN if fewer than `min_count` (default `window`) of the window's
    entries are valid, and if one of them is NaN. q must be in [0, 1]. An integer array as `window` is traced, as in
    `rolling_mean`, but the time is that of windows of `max_window` entries. Source: pandas `rolling().quantile`.

    >>> x = np.array([1.0, 3.0, 2.0, 5.0])
    >>> print(stats.rolling_quantile(x, 3, 0.75))
    [nan nan 2.5 4. ]
    """
    windows = Windows.of(x, window, valid, min_count, max_window, missing=jnp.inf)
    x = windows.x
    lost = lost_by_rounding(q, x.dtype)
    q = _levels.level(q, x.dtype, name="q", within="[0, 1]")
    last = jnp.asarray(windows.count).astype(jnp.int32) - 1
    k, share = position(q, last, windows.window, lost)
    ranks = jnp.stack([k, jnp.clip(k + 1, 0, jnp.maximum(last, 0))]).reshape(2, -1)
    diverged = windows.fold(jnp.isnan(x).astype(x.dtype), greatest) > 0
    present = None if windows.weight is None else windows.present()
    if windows.reach is not None:
        low, high = _by_members(windows, windows.reach, ranks)
    elif windows.size is not None:
        low, high = _of_size(windows, windows.size, present, ranks)
    else:
        low, high = _select(x, present, ranks, None, windows.window)
    defined = ~diverged & (q >= 0) & (q <= 1)
    return windows.place(
        _masked.undefined_unless(defined, between(low, high, jnp.broadcast_to(share, low.shape).astype(low.dtype)))
    )


@explained
@computed_in_single()
def rolling_median(
    x: ArrayLike,
    window: Window,
    *,
    valid: Mask | None = None,
    min_count: int | None = None,
    max_window: int | None = None,
) -> Float[Array, " entry"]:
    """Trailing median of the valid entries of the last `window`; the mean of the two middle ones for even mₜ.

    Shapes: [entry] → [entry]. Unit of x, ↑ for returns. NaN as in `rolling_quantile`. Source: bottleneck `move_median`.

    >>> x = np.array([1.0, 3.0, 2.0, 5.0])
    >>> print(stats.rolling_median(x, 3))
    [nan nan  2.  3.]
    """
    return rolling_quantile(x, window, 0.5, valid=valid, min_count=min_count, max_window=max_window)


def _of_size(
    windows: Windows, size: Size, present: Bool[Array, " padded"] | None, k: Int[Array, "k window"]
) -> Float[Array, "k window"]:
    """Windows of a traced size: the entries that are too old are left out of windows of the largest size allowed."""
    more = windows.window - size.largest
    return _select(windows.x[more:], None if present is None else present[more:], k, size.entries, size.largest)


def _by_members(windows: Windows, reach: Reach, k: Int[Array, "k entry"]) -> Float[Array, "k entry"]:
    """Every window as a mask over the whole stream; _TOGETHER of them at a time."""
    if not k.shape[1]:
        return k.astype(windows.x.dtype)

    def one(entry):
        return kth_smallest(windows.x, windows.present() & reach.members(entry), k[:, entry])

    return jax.lax.map(one, jnp.arange(k.shape[1], dtype=jnp.int32), batch_size=_TOGETHER).T


@partial(jax.custom_jvp, nondiff_argnums=(4,))
def _select(
    x: Float[Array, " entry"],
    present: Bool[Array, " entry"] | None,
    k: Int[Array, "k window_or_1"],
    size: Int[Array, ""] | None,
    window: int,
) -> Float[Array, "k window"]:
    """Sorted present entries of every window at the positions `k`, 0 being the smallest; absent entries are +inf.

    Of the `window` entries the last `size`; None: all of them.
    """
    wide = x if jnp.finfo(x.dtype).bits >= 32 else x.astype(jnp.float32)
    if window <= _SHORT:
        return _by_sorting(wide, k, size, window).astype(x.dtype)
    return _by_descending(wide, present, k, size, window).astype(x.dtype)


@_select.defjvp
def _select_jvp(window, primals, tangents):
    x, present, k, size = primals
    values = _select(x, present, k, size, window)
    return values, tangents[0][_sources(x, present, values, size, window)]


def _sources(
    x: Float[Array, " entry"],
    present: Bool[Array, " entry"] | None,
    values: Float[Array, "k window"],
    size: Int[Array, ""] | None,
    window: int,
) -> Int[Array, "k window"]:
    """Index of the first present entry of each window that equals the window's value."""
    first = jnp.arange(values.shape[1], dtype=jnp.int32)

    def look(back, found):
        index = first + (window - 1 - back)
        same = x[index][None, :] == values
        if present is not None:
            same &= present[index][None, :]
        if size is not None:
            same &= back < size
        return jnp.where(same, index[None, :], found)

    return jax.lax.fori_loop(0, window, look, jnp.zeros(values.shape, jnp.int32))


@partial(jax.jit, static_argnums=3)
def _by_sorting(
    x: Float[Array, " entry"], k: Int[Array, "k window_or_1"], size: Int[Array, ""] | None, window: int
) -> Float[Array, "k window"]:
    """Every window sorted by a network over shifted copies of the stream."""
    windows = x.shape[0] - window + 1
    entries = [x[i : i + windows] for i in range(window)]
    if size is not None:
        entries = [jnp.where(window - i <= size, entry, jnp.inf) for i, entry in enumerate(entries)]
    for i, j in compare_exchanges(window):
        swap = entries[j] < entries[i]
        entries[i], entries[j] = jnp.where(swap, entries[j], entries[i]), jnp.where(swap, entries[i], entries[j])

    def pick(position):
        return reduce(lambda found, i: jnp.where(position == i, entries[i], found), range(1, window), entries[0])

    return jnp.stack([pick(positions) for positions in k])


@partial(jax.jit, static_argnums=4)
def _by_descending(
    x: Float[Array, " entry"],
    present: Bool[Array, " entry"] | None,
    k: Int[Array, "k window_or_1"],
    size: Int[Array, ""] | None,
    window: int,
) -> Float[Array, "k window"]:
    """Every window as a mask of the words it reaches into; bit r of word g is entry 32g + r, where a window ends.

    All windows that end in word g share the planes of its `span` words: 32 neighbours differ in their masks alone,
    which are the same for every g. So planes are made once for the stream and masks once for 32 ends.
    """
    span = (window + WORD - 2) // WORD + 1
    levels = own_kernel(_lead(planes(_rows(x)), span))
    inside = jnp.asarray(_masks(window, span), jnp.uint32) if size is None else _masks_of_size(size, span)
    words = None if present is None else _lead(pack(_rows(present)), span)
    if k.shape[1] > 1:  # every window has its own ranks: they are laid out as the entries at which windows end
        k = jnp.stack([_rows(jnp.pad(row, (window - 1, 0))).T for row in k])
    select = _unrolled if span <= _NARROW else _looped
    found = select(
        levels, inside, words, k.reshape(k.shape[0], -1, WORD if k.ndim > 2 else 1).astype(jnp.uint32), x.dtype
    )
    return own_kernel(found).reshape(k.shape[0], -1)[:, window - 1 : x.shape[0]]


def _unrolled(
    levels: Integer[Array, "bit led"],
    inside: Integer[Array, "span 32"],
    present: Integer[Array, " led"] | None,
    k: Integer[Array, "k #word #32"],
    dtype: jnp.dtype,
) -> Float[Array, "k word 32"]:
    """One kernel for all windows, unrolled over the words of a window and its bits."""
    words = levels.shape[1] - inside.shape[0] + 1

    def reach(row: Integer[Array, " led"]) -> list[Integer[Array, "1 word 1"]]:
        """For each word of a window, its position for the windows that end in each word."""
        return [row[j : j + words][None, :, None] for j in range(inside.shape[0])]

    members = [word[None, None, :] for word in inside]
    if present is not None:
        members = [member & word for member, word in zip(members, reach(present), strict=True)]
    return descend(members, k, [reach(level) for level in levels], dtype)


def _looped(
    levels: Integer[Array, "bit led"],
    inside: Integer[Array, "span 32"],
    present: Integer[Array, " led"] | None,
    k: Integer[Array, "k #word #32"],
    dtype: jnp.dtype,
) -> Float[Array, "k word 32"]:
    """A loop over the 32 bits at which a window can end in a word, and in it a loop over bits of the value."""
    span = inside.shape[0]
    words = levels.shape[1] - span + 1
    reach = jnp.arange(words)[:, None] + jnp.arange(span)[None, :]

    def end(place: tuple[Integer[Array, " span"], Integer[Array, "k #word"]]) -> Float[Array, "k word"]:
        window, k = place
        members = window[None, :] if present is None else window[None, :] & present[reach]
        members = jnp.broadcast_to(members[None], (k.shape[0], words, span))
        return descend_in_loop(
            members, jnp.broadcast_to(k, members.shape[:2]), levels, dtype, lambda level: level[None, reach]
        )

    places = jnp.broadcast_to(k, (*k.shape[:2], WORD))
    return jnp.moveaxis(jax.lax.map(end, (inside.T, jnp.moveaxis(places, -1, 0))), 0, -1)


def _rows(x: Array) -> Array:
    """A stream as [32, word], filled up with zeros: entry 32g + r is row r of word g."""
    return jnp.pad(x, (0, -x.shape[0] % WORD)).reshape(-1, WORD).T


def _lead(words: Array, span: int) -> Array:
    """`words` after span − 1 empty ones, into which the first windows reach."""
    return jnp.pad(words, [(0, 0)] * (words.ndim - 1) + [(span - 1, 0)])


def _masks_of_size(size: Int[Array, ""], span: int) -> Integer[Array, "span 32"]:
    """`_masks` of a window of a traced size."""
    end = (span - 1) * WORD + jnp.arange(WORD, dtype=jnp.int32)[None, :, None]
    entry = jnp.arange(span * WORD, dtype=jnp.int32).reshape(span, 1, WORD)
    member = (entry <= end) & (entry > end - size)
    bit = jnp.left_shift(jnp.uint32(1), jnp.arange(WORD, dtype=jnp.uint32))[None, None]
    return jnp.sum(jnp.where(member, bit, jnp.uint32(0)), axis=-1, dtype=jnp.uint32)


def _masks(window: int, span: int) -> list[list[int]]:
    """Which entries of each of the `span` words up to word g are in the window that ends at bit r of word g.

    Python's integers have no width: the window is `window` ones, shifted to its end in the last of the words.
    """
    full = (1 << window) - 1
    ends = [full << (WORD * (span - 1) + r + 1 - window) for r in range(WORD)]
    return [[(end >> (WORD * j)) % (1 << WORD) for end in ends] for j in range(span)]
