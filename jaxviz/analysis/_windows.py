"""Trailing statistics at every entry of the stream."""

from collections.abc import Iterable, Sequence
from typing import Any, Self, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp

from .. import _masked, stats
from .._shown import Result
from .._types import Array, ArrayLike, Bool, Float
from ._streams import RollingStatistic, Stream, Window

AUTO = "auto"
"""The name of the default window, which is a tenth of each run's own episodes."""


class WindowStatistics(Result):
    """Trailing statistics of the stream at each entry; NaN before the first full window."""

    mean: Float[Array, " entry"]
    std: Float[Array, " entry"]
    """NaN for a window of one entry, which has no spread, and so is `cv`."""
    cv: Float[Array, " entry"]
    fraction_above: Float[Array, " entry"] | None
    """Share of the window's returns that meet the target."""
    mean_length: Float[Array, " entry"] | None = None
    """Trailing mean of the episode lengths, in steps."""
    minimize: bool = eqx.field(static=True, default=False)
    """Lower is better."""

    @property
    def drawdown(self) -> Float[Array, " entry"]:
        """How far the mean is from its best value so far, ↓; computed on access, over all batch axes."""
        return _drawdowns(-self.mean if self.minimize else self.mean)


@jax.jit
def _drawdowns(mean: Float[Array, "..."]) -> Float[Array, "..."]:
    return jnp.vectorize(lambda x: stats.drawdown(x, valid=x == x), signature="(n)->(n)")(mean)


T = TypeVar("T")


@jax.tree_util.register_pytree_with_keys_class
class Windows(dict[str, T]):
    """Statistics of each window by its name: `windows[100]` and `windows["100"]` are the same."""

    def __getitem__(self, size: str | int) -> T:
        if (name := str(size)) not in self:
            known = ", ".join(map(repr, self))
            raise KeyError(f"there is no window {name!r} but {known}: name it in analyze(run, windows=({size},))")
        return super().__getitem__(name)

    def tree_flatten_with_keys(self) -> tuple[list[tuple[Any, T]], tuple[str, ...]]:
        names = tuple(sorted(self))
        return [(jax.tree_util.DictKey(name), self[name]) for name in names], names

    @classmethod
    def tree_unflatten(cls, names: Sequence[str], children: Iterable[T]) -> Self:
        return cls(zip(names, children, strict=True))


def window_statistics(
    stream: Stream,
    smooth: Stream,
    lengths: Stream | None,
    windows: dict[str, Window],
    target: Array | None,
    *,
    minimize: bool,
) -> Windows[WindowStatistics]:
    """Trailing statistics for each window by its name; `smooth`: the trailing mean over the longest."""
    # A mean that is there already is not made again: XLA would find that out only after reading both.
    means = {name: smooth.x for name in windows if stream.packed and name == AUTO}
    found = {
        name: _window_statistics(stream, means.get(name), lengths, window, target, minimize)
        for name, window in windows.items()
    }
    return Windows(found)


def _window_statistics(
    stream: Stream,
    mean: Float[Array, " entry"] | None,
    lengths: Stream | None,
    window: Window,
    target: Array | None,
    minimize: bool,
) -> WindowStatistics:
    if mean is None:
        mean = stream.rolling(stats.rolling_mean, window)
    std = _masked.undefined_unless(jnp.asarray(window) > 1, stream.rolling(stats.rolling_std, window))
    return WindowStatistics(
        mean=mean,
        std=std,
        cv=_masked.ratio(std, jnp.abs(mean)),
        fraction_above=None if target is None else _share_met(stream, window, target, minimize),
        mean_length=None if lengths is None else lengths.rolling(stats.rolling_mean, window),
        minimize=minimize,
    )


def _share_met(stream: Stream, window: Window, target: Array, minimize: bool) -> Float[Array, " entry"]:
    return stream.oriented(minimize).rolling(_fraction_above(-target if minimize else target), window)


def _fraction_above(target: ArrayLike) -> RollingStatistic:
    """`stats.rolling_fraction_above` of one target."""

    def statistic(
        x: Float[Array, " entry"],
        window: Window,
        /,
        *,
        valid: Bool[Array, " entry"] | None = None,
        max_window: int | None = None,
    ) -> Float[Array, " entry"]:
        return stats.rolling_fraction_above(x, window, target, valid=valid, max_window=max_window)

    return statistic
