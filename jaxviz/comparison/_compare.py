"""`compare`: verdicts on algorithms over common tasks."""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple, get_args

import jax
import jax.numpy as jnp

from .. import _levels
from .._explained import explained
from .._run import BaseStudy
from .._types import Array, ArrayLike, Bool, Float, Int, PRNGKeyArray
from .._whole import whole
from ..host import is_traced, to_host
from ..stats.across_runs._sequential import ascending
from ..stats.resampling._algorithms import replicated
from ..study import Finding, Study, StudyAnalysis, doctor
from ._aggregates import aggregates, by_task
from ._looks import alpha_at, runs_of
from ._pairs import Levels, compared_pairs
from ._profile import profile
from ._results import Aggregates, Comparison, Pairs, Profile, Tasks
from ._scales import Normalize, scale_of, scaled
from ._settings import Correction, Estimator, Population, Scale, Settings, relabellings_for, too_few_to_permute
from ._tables import Table, table_of
from ._tiers import tiers
from ._times import Target
from ._turn import turn
from ._words import remarks, test_words
from ._worst import worst_if_diverged
from .selection._chosen import Chosen, Select
from .selection._selected import selected, tuned_name


@explained
def compare(
    study: BaseStudy | StudyAnalysis | Mapping[str, Any],
    key: PRNGKeyArray,
    *,
    score: str = "final",
    target: Target | None = None,
    baseline: str | None = None,
    margin: float | None = None,
    population: Population = "these tasks",
    estimator: Estimator | None = None,
    normalize: Normalize = None,
    minimize: bool | None = None,
    level: ArrayLike = 0.95,
    correction: Correction = "holm",
    looks: Sequence[int] | None = None,
    select: Select | None = None,
    reps: int = 10_000,
) -> Comparison:
    """Which of several algorithms is better on common tasks, with the error held over all pairs.

        comparison = jv.compare(study, jax.random.key(0), baseline="DQN")
        print(jv.describe(comparison))

    `study`: a Study, its analysis, or scores by name: algorithm → [run] or [run, task], or → task → [run]; numbers of
    runs may differ, and cells may be missing. `key`: the only randomness; the same key gives the same bits.

    `score`: "final" (the last tenth of the training), "auc" (mean height of the curve), "best" (optimistic), "absolute"
    (the mean return of the best evaluation: of the best policy during training, Gorsane et al. 2022), "time_to_target"
    (steps until the trailing mean meets `target`, a number or task → number, lower is better), or the
    path of any number of each run in an Analysis, whose good direction is known ("stability/max_drawdown": lower) or
    said by `minimize`. A run that diverged has the worst score of its task; one that has no
    such number is left out, and the remarks count it. `normalize`: a named table of reference scores ("atari",
    "procgen-easy", "procgen-hard", "dmc", "gymnax"), or task → (low, high); "min-max" of these runs, or "raw". None:
    raw for one task, else the table that has all tasks, else min-max.

    Times to a target are censored: a run that never meets it counts the whole budget, which is where the first run ends
    that has not met it, so that their mean over runs (the default estimator) is the Kaplan–Meier restricted mean. Of
    several tasks they are put on one scale: the share of the budget that is left.

    `estimator`: what is compared, "iqm" of all runs of all tasks (ties weigh like rliable's), "mean" or "median" of
    task means. `population`: "these tasks" resamples runs alone, "tasks like these" tasks too. `baseline`: compare all
    with it; None: all pairs. `margin`: a difference up to it does not matter. `looks`: the numbers of runs at which a
    plan looks that adds runs until verdicts stand (`next_seeds`): verdicts are then at what it leaves to this look.

    `select`: of a study with configurations, compare the best of each algorithm, by its mean score, and not each of
    them: the best of 40 by three seeds is mostly luck, so that other seeds report on it than chose it. "split": half of
    the runs choose, the others report (from six runs on; four are the least). "bootstrap": all runs choose, and are
    lowered by what that flatters, which a nested bootstrap tells: replicates choose too, and the runs that each leaves
    out report (from three runs on). Of several tasks an algorithm with one configuration for all of them and one with
    a configuration for each are two: "PPO (one configuration)", "PPO (a configuration per task)". `chosen` in the
    result says what was taken, and what the naive choice flatters.

    Verdicts. A pair is *better* or *worse* if both its scaled bootstrap interval, at the level that `correction` leaves
    to it, is on one side of 0, and its permutation test (labels exchanged within tasks, studentised) rejects after
    correction; *practically equal* if the interval at 1 − 2α is inside ±margin; else *undecided*. With one task and
    too few runs for permutations to reject (fewer than five; of eight algorithms fewer than seven) Welch's test takes
    their place, from three algorithms on with variances moderated over all.

    Of equal algorithms any pair is told apart in at most 5 % of experiments, up to the error of simulations of normal
    scores, of equal and unequal spread, log-normal, two-camp and 0/1 ones (`python -m benchmarks.verdicts`): most where
    spreads differ. Not held: the p-value of the IQM by itself where spreads differ (up to 14 %);
    intervals of means of skewed scores and of optimality gaps; below ten runs also of differences where nearly all runs
    reach one score.

    >>> comparison = jv.compare({"PPO": [5.0, 6.0, 7.0], "DQN": [1.0, 2.0, 4.0]}, jax.random.key(0), reps=100)
    >>> print(jv.describe(comparison).splitlines()[1].strip())
    PPO is better than DQN: difference in IQM +3.667 [0.6564, 6.391], p = 0.032
    """
    _levels.check_one(level)
    reps = whole(reps, "reps", least=100)
    for name, value, known in (
        ("population", population, get_args(Population)),
        ("estimator", "iqm" if estimator is None else estimator, get_args(Estimator)),
        ("correction", correction, get_args(Correction)),
        ("select", select, (None, *get_args(Select))),
    ):
        if value not in known:
            raise ValueError(f"`{name}` must be one of {', '.join(map(repr, known))}; got {value!r}")
    if margin is not None and not (margin > 0 and math.isfinite(margin)):
        raise ValueError(f"`margin` must be a difference above 0 in units of the score, got {margin!r}")
    table = table_of(study, score, minimize, target)
    estimator = estimator or ("mean" if table.budgets else "iqm")
    scale = scale_of(table, normalize)
    turned = table.minimize and scale.name == "raw"
    key, table, chosen = _chosen(key, table, scale, select, turned)
    baseline = tuned_name(baseline, table.algorithms) if chosen else baseline
    alpha = 0.05 if is_traced(level) else 1 - float(jnp.asarray(level))
    settings = _settings(table, baseline, population, estimator, correction, reps, alpha)
    level = _levels.level(level, table.raw.dtype)
    limit = jnp.asarray(math.nan if margin is None else margin, table.raw.dtype)
    numbers = () if looks is None else ascending(looks)
    levels = Levels(level, alpha_at(runs_of(table.valid), numbers, level) if numbers else 1 - level, limit)
    if numbers and not is_traced(levels.alpha):
        settings = _at_look(settings, float(levels.alpha))
    parts = _compared(key, scaled(table.raw, scale), table.valid, table.diverged, levels, turned, settings)
    return Comparison(
        scores=parts.scores,
        raw=table.raw,
        valid=table.valid,
        diverged=table.diverged,
        aggregate=replace(parts.aggregate, optimality_gap=None) if scale.name == "raw" else parts.aggregate,
        tasks=parts.tasks,
        pairs=parts.pairs,
        tier=parts.tier,
        profile=parts.profile,
        ranks=parts.ranks,
        level=level,
        alpha=levels.alpha,
        margin=limit,
        algorithms=table.algorithms,
        task_names=table.tasks,
        score=table.score,
        metric=table.metric,
        minimize=turned,
        scale=scale,
        estimator=estimator,
        population=population,
        correction=correction,
        baseline=baseline,
        looks=numbers,
        chosen=chosen,
        test=test_words(settings),
        remarks=remarks(table, scale, settings),
        findings=_findings(study),
    )


def _findings(study: Any) -> tuple[Finding, ...]:
    """Of the doctor, who looks at runs."""
    if isinstance(study, StudyAnalysis):
        return study.findings
    return tuple(doctor(study)) if isinstance(study, Study) else ()


def _chosen(
    key: PRNGKeyArray, table: Table, scale: Scale, select: Select | None, turned: bool
) -> tuple[PRNGKeyArray, Table, tuple[Chosen, ...]]:
    """A key for the rest, and the table of what is chosen."""
    if select is None:
        return key, table, ()
    if is_traced(key):
        raise ValueError("`select` chooses on the host, and `key` is traced: call compare outside jit and vmap")
    sign = -1 if turned else 1
    choosing, rest = jax.random.split(key)
    x = worst_if_diverged(sign * scaled(table.raw, scale), table.valid, table.diverged)
    unit = jnp.asarray(scale.high, x.dtype) - jnp.asarray(scale.low, x.dtype)
    unit = jnp.full(x.shape[2], sign, x.dtype) if scale.name == "raw" else unit
    return rest, *selected(choosing, table, x, unit, select)


def _settings(
    table: Table,
    baseline: str | None,
    population: Population,
    estimator: Estimator,
    correction: Correction,
    reps: int,
    alpha: float,
) -> Settings:
    """What can be known before anything is compiled."""
    counts = to_host(jnp.sum(table.valid, axis=1, dtype=jnp.int32))
    alike = bool((counts == counts[:1]).all())
    names = table.algorithms
    if baseline is not None and baseline not in names:
        raise ValueError(f"`baseline` must be one of {', '.join(names)}; got {baseline!r}")
    if baseline is None:
        pairs = tuple(itertools.combinations(range(len(names)), 2))
    else:
        pairs = tuple((i, names.index(baseline)) for i in range(len(names)) if names[i] != baseline)
    one_task = len(table.tasks) == 1
    tested = 1 if correction == "none" else len(pairs)
    few = one_task and too_few_to_permute(int(counts.min()), tested, alpha)
    runs, drawn = runs_of(table.valid), relabellings_for(tested, alpha, reps)
    exact = runs if one_task and alike and math.comb(2 * runs, runs) <= drawn else None
    complete = bool((counts > 0).all())
    return Settings(estimator, population, correction, pairs, complete, alike, exact, few, reps, drawn, alpha)


def _at_look(settings: Settings, alpha: float) -> Settings:
    """The settings at what a plan leaves to this look."""
    tested = 1 if settings.correction == "none" else len(settings.pairs)
    return settings._replace(alpha=alpha, relabellings=relabellings_for(tested, alpha, settings.reps))


class _Parts(NamedTuple):
    """What is computed, in the order of a Comparison."""

    scores: Float[Array, "algorithm run task"]
    aggregate: Aggregates
    tasks: Tasks
    pairs: Pairs
    tier: Int[Array, " algorithm"]
    profile: Profile
    ranks: Float[Array, "algorithm rank"]


def _compared(
    key: PRNGKeyArray,
    x: Float[Array, "algorithm run task"],
    valid: Bool[Array, "algorithm run task"],
    diverged: Bool[Array, "algorithm run task"],
    levels: Levels,
    turned: bool,
    settings: Settings,
) -> _Parts:
    """In programs of their own, so that other margins, corrections and baselines do not compile all again."""
    ready = _ready(key, x, valid, diverged, turned)
    x, tasks = ready.x, jnp.ones(x.shape[2], bool)
    found = replicated(ready.for_all, x, valid, tasks, population=settings.population, reps=settings.reps)
    pairs = compared_pairs(ready.for_pairs, x, ready.ranked, valid, found, levels, settings)
    parts = _Parts(
        scores=ready.scores,
        aggregate=aggregates(found, valid, levels.level, settings.population, settings.reps),
        tasks=by_task(ready.for_tasks, x, valid, diverged, levels.level),
        pairs=pairs,
        tier=tiers(pairs, x.shape[0]),
        profile=profile(x, valid, levels.level, turned),
        ranks=found.ranks,
    )
    if not turned:
        return parts
    return parts._replace(aggregate=turn(parts.aggregate), tasks=turn(parts.tasks), pairs=turn(parts.pairs))


class _Ready(NamedTuple):
    """Scores and keys as the programs of a comparison take them."""

    scores: Float[Array, "algorithm run task"]
    """Those of diverged runs as low as the lowest of the task."""
    x: Float[Array, "algorithm run task"]
    """The same, higher being better."""
    ranked: Float[Array, "algorithm run task"]
    """x with −∞ for runs that diverged."""
    for_all: PRNGKeyArray
    for_pairs: tuple[PRNGKeyArray, PRNGKeyArray]
    for_tasks: PRNGKeyArray


@partial(jax.jit, static_argnames="turned")
def _ready(
    key: PRNGKeyArray,
    x: Float[Array, "algorithm run task"],
    valid: Bool[Array, "algorithm run task"],
    diverged: Bool[Array, "algorithm run task"],
    turned: bool,
) -> _Ready:
    """One small program, since each operation by itself is compiled too."""
    sign = -1 if turned else 1
    x = worst_if_diverged(sign * x, valid, diverged)
    for_all, for_pairs, for_tasks = jax.random.split(key, 3)
    first, second = jax.random.split(for_pairs)
    return _Ready(sign * x, x, jnp.where(diverged, -jnp.inf, x), for_all, (first, second), for_tasks)
