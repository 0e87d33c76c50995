"""The only calls of `analyze` and `aggregate` at the edges: views, figures, pages and the logger ask here."""

from collections.abc import Iterable

import jax

from .._run import TrainingRun
from ..aggregation import Aggregate, aggregate
from ..analysis import DEFAULT_GROUPS, Analysis, Group, analyze
from ..stats.one_run._episodes import Estimand

WINDOW = 100
"""The default size of the trailing window, in episodes."""
_SEED = 0


def analyze_run(
    run: TrainingRun,
    *,
    window: int | None = None,
    target: float | None = None,
    groups: Iterable[Group] = DEFAULT_GROUPS,
) -> Analysis:
    """The Analysis of a run over a window that fits it; its curve shows held values if nothing else is known."""
    windows = (fitting_window(run, window),)
    return analyze(run, windows=windows, target=target, estimand=_known_estimand(run), groups=groups)


def _known_estimand(run: TrainingRun) -> Estimand:
    """The episodes' own returns; held values only if a run has nothing else. Captions always name it."""
    only_held = run.updates is not None and run.updates.total is None
    return "hold" if only_held else "episode"


def fitting_window(run: TrainingRun, window: int | None) -> int:
    """`window`, or as many episodes as the longest run has."""
    window = WINDOW if window is None else window
    if window < 1:
        raise ValueError(f"the window must be at least 1 episode, got {window}")
    if run.episodes is None:
        return window
    return max(1, min(window, int(run.episodes.count.max()), run.episodes.returns.shape[-1]))


def summarize(analysis: Analysis, *, level: float = 0.95, most_updates: int | None = None) -> Aggregate:
    """The Aggregate of an Analysis; always of the same replicates, so that every edge shows the same intervals."""
    return aggregate(analysis, jax.random.key(_SEED), level=level, most_updates=most_updates)
