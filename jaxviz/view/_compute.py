"""The only calls of `analyze` and `aggregate` at the edges: views, figures, pages and the logger ask here."""

from collections.abc import Iterable, Sequence
from functools import partial

import jax
import jax.numpy as jnp

from .. import stats
from .._explained import explained
from .._run import TrainingRun
from .._types import Array, Float
from ..aggregation import Aggregate, Statistic, WindowQuantiles, aggregate
from ..aggregation._ranked import Ranking
from ..aggregation._windows import window_quantiles
from ..analysis import DEFAULT_GROUPS, Analysis, Group, WindowStatistics, analyze
from ..stats.one_run._episodes import Estimand
from ..study import Study, StudyAnalysis

_SEED = 0


@explained
def analyze_run(
    run: TrainingRun,
    *,
    window: int | None = None,
    target: float | None = None,
    groups: Iterable[Group] = DEFAULT_GROUPS,
) -> Analysis:
    """The Analysis of a run over `window` entries, or its own default; held values if nothing else is known."""
    return analyze(run, windows=window, target=target, estimand=_known_estimand(run), groups=groups)


@explained
def analyze_study(study: Study) -> StudyAnalysis:
    """The Analysis of every cell of a study, with the default groups."""
    return analyze(study)


def _known_estimand(run: TrainingRun) -> Estimand:
    """The episodes' own returns; held values only if a run has nothing else. Captions always name it."""
    only_held = run.updates is not None and run.updates.total is None
    return "hold" if only_held else "episode"


_GRAINS = (8, 32)
"""Tables of final levels are filled up to multiples of these: most share one compilation, which takes a second."""


def camps(final: Float[Array, "configuration run"]) -> stats.DipTest:
    """The dip test of each configuration, and of undefined ones behind them: whether its runs fall into camps."""
    behind = [(0, -size % grain) for size, grain in zip(final.shape, _GRAINS, strict=True)]
    return _dip_tests(jnp.pad(jnp.asarray(final), behind, constant_values=jnp.nan))


@jax.jit
def _dip_tests(final: Array) -> stats.DipTest:
    return jax.vmap(lambda x: stats.dip_test(x, valid=jnp.isfinite(x)))(final)


def quantiles_at_places(
    single: WindowStatistics,
    places: Sequence[Sequence[Array]],
    lasting: Array,
    analysis: Analysis,
    statistic: Statistic,
) -> WindowQuantiles:
    """Quantiles over runs of trailing statistics at the last of the first `places` entries of each run.

    `places` [configuration, run, point]: how many entries of the run lie before each point; 0: no value. `lasting`
    [configuration, run]: the points within the training of the run.
    """
    taken = jnp.asarray(places, jnp.int32)
    return _quantiles(single, taken, jnp.asarray(lasting, jnp.int32), analysis.diverged.returns, statistic)


@partial(jax.jit, static_argnums=4)
def _quantiles(
    single: WindowStatistics, places: Array, lasting: Array, diverged: Array, statistic: Statistic
) -> WindowQuantiles:
    def taken(x: Array) -> Array:
        within = jax.lax.broadcasted_iota(jnp.int32, places.shape, 2) < lasting[..., None]
        value = jnp.take_along_axis(x, jnp.maximum(places - 1, 0), axis=-1)
        return jnp.where((places > 0) & within, value, jnp.nan)

    def one(window: WindowStatistics, lasting: Array, diverged: Array) -> WindowQuantiles:
        points = window.mean.shape[-1]
        return window_quantiles(window, lasting, points, Ranking(diverged, single.minimize, statistic))

    return jax.vmap(one)(jax.tree.map(taken, single), lasting, diverged)


@explained
def summarize(analysis: Analysis, *, level: float = 0.95, most_updates: int | None = None) -> Aggregate:
    """The Aggregate of an Analysis; always of the same replicates, so that every edge shows the same intervals."""
    return aggregate(analysis, jax.random.key(_SEED), level=level, most_updates=most_updates)
