"""A Comparison of numbers that are written down: words, tables, files and gates need no compiled program."""

import itertools
from typing import Any

import jax.numpy as jnp
import numpy as np

from jaxviz.comparison import UNDECIDED, Aggregates, Comparison, Curves, Pairs, Profile, Scale, Tasks
from jaxviz.stats import Interval
from jaxviz.stats._engine._intervals import AnyUnit


def real(x: Any):
    return jnp.asarray(np.asarray(x, np.float32))


def whole(x: Any):
    return jnp.asarray(np.asarray(x, np.int32))


def interval(estimate, width=1.0, *, estimator="IQM", unit: AnyUnit = "cell"):
    x = np.asarray(estimate)
    runs, tasks = (whole(np.full(x.shape, count)) for count in (5, 2))
    return Interval(
        real(x), real(x - width), real(x + width), runs, tasks, real(0.95), whole(0), "scaled", unit, 1000, estimator
    )


def comparison(
    algorithms=("A2C", "DQN", "PPO"), means=(1.0, 2.0, 4.0), verdicts=None, *, tasks=("Cart", "Pole"), baseline=None,
    margin=np.nan, minimize=False, width=1.0, remarks=("a remark",), scale=None, chosen=(), findings=(),
):  # fmt: skip
    """Algorithms of the means, each with five runs of every task, and the pairs with the verdicts given."""
    means, count = np.asarray(means), len(algorithms)
    if baseline is None:
        places = [*itertools.combinations(range(count), 2)]
    else:
        places = [(i, algorithms.index(baseline)) for i in range(count) if algorithms[i] != baseline]
    first, second = np.array(places, np.int32).reshape(-1, 2).T
    size = len(places)
    codes = np.full(size, UNDECIDED) if verdicts is None else np.array(verdicts)
    raw = means[:, None, None] + np.linspace(-1, 1, 5)[:, None] * np.ones(len(tasks))
    raw[0, 0, 0] = np.nan
    diverged, each = np.isnan(raw), np.repeat(means[:, None], len(tasks), axis=1)
    difference = interval(means[first] - means[second], width, estimator="difference in IQM")
    pairs = Pairs(
        first=whole(first), second=whole(second), difference=difference, adjusted=difference,
        improvement=interval(np.full(size, 0.5), 0.25, estimator="probability of improvement", unit="none"),
        cliffs_delta=real(np.zeros(size)), p_value=real(np.full(size, 0.01)), adjusted_p=real(np.full(size, 0.03)),
        wins=whole(np.full(size, 2)), losses=whole(np.zeros(size)), ties=whole(np.zeros(size)),
        by_task=real(each[first] - each[second]), without=real(each[first] - each[second]),
        hangs_on=whole(np.full(size, -1)), further_seeds=real(np.where(codes == UNDECIDED, 7, np.nan)),
        verdict=whole(codes),
    )  # fmt: skip
    return Comparison(
        scores=real(np.nan_to_num(raw)), raw=real(raw), valid=jnp.asarray(np.ones(raw.shape, bool)),
        diverged=jnp.asarray(diverged),
        aggregate=Aggregates(
            interval(means, estimator="mean"), interval(means, estimator="median"), interval(means), None
        ),
        tasks=Tasks(
            interval(each, estimator="mean"), interval(each), whole(np.full(each.shape, 5)),
            whole(diverged.sum(axis=1)),
        ),
        pairs=pairs, tier=whole(np.argsort(np.argsort(-means)) + 1), ranks=real(np.full((count, count), 1 / count)),
        level=real(0.95), alpha=real(0.05), margin=real(margin), algorithms=tuple(algorithms),
        task_names=tuple(tasks), score="final", metric="return", minimize=minimize, scale=scale or Scale("raw"),
        estimator="iqm", population="these tasks",
        correction="holm", baseline=baseline, looks=(), chosen=chosen,
        test="permutation test within tasks of the studentised difference",
        remarks=remarks, findings=findings, profile=profile(raw),
    )  # fmt: skip


def profile(raw):
    """At five scores, of all runs together."""
    x = np.nan_to_num(raw)
    at = np.linspace(x.min(), x.max(), 5)
    share = (x[..., None] > at).mean(axis=(1, 2))
    return Profile(real(at), interval(share, 0.1, estimator="share of runs that are better", unit="none"))


def curves(algorithms=("A2C", "DQN", "PPO"), tasks=("Cart", "Pole"), budgets=(1000.0, 1000.0), points=5):
    """Curves that rise by a step a point, each algorithm one above the last; the first diverges at its third point."""
    rises = np.arange(1.0, points + 1) + np.arange(len(algorithms))[:, None]
    each = np.repeat(rises[:, None], len(tasks), axis=1)
    each[0, 0, 2:] = -np.inf
    shape = each.shape
    return Curves(
        share=real(np.arange(1, points + 1) / points), budget=real(budgets), iqm=interval(rises, unit="run"),
        band=interval(rises, 2.0, unit="run"), by_task=interval(each, unit="run"), runs=whole(np.full(shape, 5)),
        algorithms=tuple(algorithms), task_names=tuple(tasks), common=tuple(tasks), metric="return", minimize=False,
        scale=Scale("raw"),
    )  # fmt: skip
