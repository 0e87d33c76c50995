"""The groups of an Analysis that say where the stream and the losses are heading: trend, change points, diagnostics."""

import equinox as eqx
import jax
import jax.numpy as jnp

from . import _masked
from ._groups import Stream
from ._run import LossSeries
from ._types import Array, Bool, Float
from .stats.learning import _entropy
from .stats.one_run import _change_points, _convergence, _trends
from .stats.one_run._change_points import ChangePoints, SteadyState
from .stats.one_run._crossing import Crossing

TREND_WINDOW = 200
"""Most entries that a trend is read on: it looks at every pair of them."""
CHANGE_BINS = 512
"""Means that change points are looked for among: the search takes time that grows with their square."""
MAX_CHANGES = 32
ENTROPY_NAMES = ("entropy", "policy_entropy")
"""Losses that are entropies, of which a collapse is looked for."""


class Trend(eqx.Module):
    """Where the raw stream was heading at its end, over the last min(window, `TREND_WINDOW`) entries."""

    change: Float[Array, ""]
    """Theil–Sen slope × length of the window, in units of the return, ↑."""
    change_low: Float[Array, ""] | None
    change_high: Float[Array, ""] | None
    """Its 95 % interval within the run."""
    tau: Float[Array, ""]
    """Kendall's τ against time, ↑."""
    p: Float[Array, ""] | None
    """Mann–Kendall p-value of no trend."""
    flat: Bool[Array, ""]
    """A plateau: the interval of `change` lies within ±5 % of Q(0.95) − x₀."""
    rising: Bool[Array, ""]
    falling: Bool[Array, ""]
    undecided: Bool[Array, ""]
    steady_state: SteadyState
    """Entries of the whole raw stream before it is steady (MSER-5)."""


class Diagnostics(eqx.Module):
    """The losses and update diagnostics of a run, as numbers."""

    final: dict[str, Float[Array, ""]]
    """Mean of the last tenth of each series."""
    entropy_collapse: dict[str, Crossing] | None
    """First step at which an entropy stays below a tenth of where it began; censored where it never does."""


def trend(stream: Stream, *, window: int, curve_range: Float[Array, ""] | None = None) -> Trend:
    """Robust slope as a test of a plateau, and a test of trend, at the end of one run.

    `curve_range`: that of the stream, where it is known already.
    """
    window = min(window, TREND_WINDOW)
    x, valid = stream.x, stream.valid
    tolerance = None if curve_range is None else _trends.DEFAULT_TOLERANCE * curve_range
    level = _trends.plateau(x, window=window, tolerance=tolerance, valid=valid)
    test = _trends.mann_kendall(x, window=window, valid=valid)
    return Trend(
        change=level.change,
        change_low=level.low,
        change_high=level.high,
        tau=test.tau,
        p=test.p,
        flat=level.flat,
        rising=level.rising,
        falling=level.falling,
        undecided=level.undecided,
        steady_state=_change_points.mser5(x, valid=valid),
    )


def over_runs(trend: Trend) -> Trend:
    """What of the trends of many runs can be averaged: not bounds, p-values and truncations of single runs."""
    return eqx.tree_at(
        lambda t: (t.change_low, t.change_high, t.p, t.steady_state.truncation), trend, replace=(None,) * 4
    )


def change_points(stream: Stream) -> ChangePoints:
    """The optimal piecewise constant fit of the means of at most `CHANGE_BINS` equal parts of the raw stream."""
    size = max(1, -(-stream.x.shape[0] // CHANGE_BINS))
    short = -stream.x.shape[0] % size
    x, valid = (jnp.pad(a, (0, short)).reshape(-1, size) for a in (stream.x, stream.valid))
    means = jax.vmap(_masked.mean)(x, valid)
    found = _change_points.change_points(means, max_changes=MAX_CHANGES, valid=jnp.any(valid, axis=1))
    return eqx.tree_at(lambda c: c.index, found, jnp.where(found.valid, found.index * size, -1))


def diagnostics(losses: LossSeries | None) -> Diagnostics | None:
    """Levels of the losses of one run at its end, and entropy collapse."""
    if losses is None:
        return None
    collapses = {
        name: _entropy.entropy_collapse(h, step=losses.step)
        for name, h in losses.values.items()
        if name.rsplit("/", 1)[-1] in ENTROPY_NAMES
    }
    final = {name: _convergence.final_performance(x) for name, x in losses.values.items()}
    return Diagnostics(final, collapses or None)


def collapsed(diagnostics: Diagnostics) -> Diagnostics:
    """What of the diagnostics of many runs can be averaged: whether an entropy collapsed, not its censored step."""
    return eqx.tree_at(_collapse_steps, diagnostics, replace_fn=lambda _: None)


def _collapse_steps(diagnostics: Diagnostics) -> list[Array]:
    return [crossing.step for crossing in (diagnostics.entropy_collapse or {}).values()]
