"""The only calls of `analyze` and `aggregate` at the edges: views, figures, pages and the logger ask here."""

from collections.abc import Iterable

import jax
import jax.numpy as jnp

from .. import stats
from .._run import TrainingRun
from .._types import Array, Bool, Float
from ..aggregation import Aggregate, aggregate
from ..analysis import DEFAULT_GROUPS, Analysis, Group, analyze
from ..stats.one_run._episodes import Estimand

_SEED = 0


def analyze_run(
    run: TrainingRun,
    *,
    window: int | None = None,
    target: float | None = None,
    groups: Iterable[Group] = DEFAULT_GROUPS,
) -> Analysis:
    """The Analysis of a run over `window` entries, or its own default; held values if nothing else is known."""
    return analyze(run, windows=window, target=target, estimand=_known_estimand(run), groups=groups)


def _known_estimand(run: TrainingRun) -> Estimand:
    """The episodes' own returns; held values only if a run has nothing else. Captions always name it."""
    only_held = run.updates is not None and run.updates.total is None
    return "hold" if only_held else "episode"


def camps(final: Float[Array, "configuration run"]) -> stats.DipTest:
    """The dip test of each configuration: whether its runs fall into more than one camp."""
    return _dip_tests(final)


@jax.jit
def _dip_tests(final: Array) -> stats.DipTest:
    return jax.vmap(lambda x: stats.dip_test(x, valid=jnp.isfinite(x)))(final)


def repeated(
    values: Float[Array, "configuration run entry"], valid: Bool[Array, "configuration run entry"]
) -> Bool[Array, "configuration run"]:
    """Runs that are an earlier one of their configuration again, bit for bit."""
    return _duplicates(values, valid)


@jax.jit
def _duplicates(values: Array, valid: Array) -> Array:
    return jax.vmap(lambda x, v: stats.duplicate_runs(x, valid=v))(values, valid)


def summarize(analysis: Analysis, *, level: float = 0.95, most_updates: int | None = None) -> Aggregate:
    """The Aggregate of an Analysis; always of the same replicates, so that every edge shows the same intervals."""
    return aggregate(analysis, jax.random.key(_SEED), level=level, most_updates=most_updates)
