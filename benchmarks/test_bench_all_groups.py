"""Every group of `analyze` against a script of NumPy, SciPy and bottleneck that computes the same numbers.

pytest benchmarks/test_bench_all_groups.py -n 0 --benchmark-enable --benchmark-group-by=group
"""

import bottleneck
import jax
import numpy as np
import pytest
import scipy
from scipy import stats

from benchmarks.test_bench_analysis import TARGET, WINDOW, as_run, script
from jaxviz import analyze
from jaxviz.analysis import GROUPS

BINS = 512


def drawdowns(smooth):
    """Time under water, longest spell and recovery of one smoothed run."""
    peak = np.maximum.accumulate(smooth)
    fall = peak - smooth
    under = np.concatenate([[False], fall > 0, [False]])
    edges = np.flatnonzero(under[1:] != under[:-1])
    spells = np.minimum(edges[1::2], len(smooth) - 1) - edges[::2]
    deepest = fall.argmax()
    before = np.flatnonzero(fall[: deepest + 1] == 0)[-1]
    back = np.flatnonzero(smooth[deepest:] >= smooth[before])
    recovery = deepest + back[0] - before if len(back) else len(smooth) - 1 - before
    return (fall > 0).mean(), spells.max(initial=0), recovery


def tail_mean(x, share):
    return x[x <= np.quantile(x, share)].mean()


def risks(x):
    """Chan's metrics of one run."""
    differences, fall = np.diff(x), np.maximum.accumulate(x) - x
    low, high = np.quantile(differences, [0.25, 0.75])
    return (
        np.quantile(x, 0.95) - x[0],
        high - low,
        tail_mean(differences, 0.05),
        -tail_mean(-fall, 0.05),
        np.median(x),
    )


def heading(x):
    """Theil–Sen interval and Kendall's test of the last window, and MSER-5 of the whole run."""
    recent = x[-WINDOW:]
    slope = np.asarray(stats.theilslopes(recent))[0]
    tau = np.asarray(stats.kendalltau(np.arange(WINDOW), recent))[0]
    batches = x[: len(x) // 5 * 5].reshape(-1, 5).mean(1)
    left = len(batches) - np.arange(len(batches))
    sums, squares = np.cumsum(batches[::-1])[::-1], np.cumsum(batches[::-1] ** 2)[::-1]
    cut = ((squares - sums**2 / left) / left**2)[: len(batches) // 2 + 1].argmin()
    return slope, tau, 5 * cut if cut < len(batches) // 2 else -1


def changes(x):
    """Optimal piecewise constant fit of bin means, by the recursion that PELT prunes."""
    means = x.reshape(BINS, -1).mean(1).astype(np.float64)
    steps = np.diff(means)
    sigma = 1.4826 * np.median(np.abs(steps - np.median(steps))) / np.sqrt(2)
    penalty = 2 * sigma**2 * np.log(BINS)
    total = np.concatenate([[0], np.cumsum(means - means.mean())])
    best, last = np.full(BINS + 1, -penalty), np.zeros(BINS + 1, int)
    for t in range(1, BINS + 1):
        cost = best[:t] - (total[t] - total[:t]) ** 2 / np.arange(t, 0, -1) + penalty
        last[t] = cost.argmin()
        best[t] = cost[last[t]]
    found, t = [], BINS
    while last[t]:
        t = last[t]
        found.append(t)
    return found[::-1]


def full_script(returns):
    simple = script(returns)
    smooth = simple["windows"][0][:, WINDOW - 1 :]
    rows = [(drawdowns(s), risks(x), heading(x), changes(x)) for s, x in zip(smooth, returns, strict=True)]
    return simple, rows


def full_analysis(run):
    return jax.block_until_ready(analyze(run, windows=(WINDOW,), target=TARGET, groups=GROUPS))


def test_both_agree(returns):
    ours, (_, rows) = full_analysis(as_run(returns[:4])), full_script(returns[:4])
    for run, (drawdown, risk, (slope, tau, steady), change) in enumerate(rows):
        np.testing.assert_allclose(ours.drawdown.time_under_water[run], drawdown[0], atol=1e-3)
        np.testing.assert_allclose(ours.drawdown.longest_under_water.length[run], drawdown[1], atol=2)
        np.testing.assert_allclose(ours.reliability.short_term_risk[run], risk[2], rtol=1e-4)
        np.testing.assert_allclose(ours.reliability.long_term_risk[run], risk[3], rtol=1e-4)
        np.testing.assert_allclose(ours.trend.change[run], slope * (WINDOW - 1), rtol=1e-3)
        np.testing.assert_allclose(ours.trend.tau[run], tau, rtol=1e-4)
        assert int(ours.trend.steady_state.truncation[run]) == steady
        found = np.asarray(ours.change_points.index[run])[np.asarray(ours.change_points.valid[run])]
        np.testing.assert_array_equal(found // (returns.shape[1] // BINS), change[: len(found)])


every_size = pytest.mark.parametrize(
    "runs", [pytest.param(n, marks=pytest.mark.benchmark(group=f"all groups [{n} x 8192]")) for n in (1, 128)]
)


@every_size
def test_analyze_all_groups(benchmark, record, returns, runs):
    run = as_run(returns[:runs] if runs > 1 else returns[0])
    record(runs=runs, episodes=8192, groups=list(GROUPS))
    full_analysis(run)
    benchmark(lambda: full_analysis(run))


@every_size
def test_script_of_all_groups(benchmark, record, returns, runs):
    record(runs=runs, episodes=8192, scipy=scipy.__version__, bottleneck=bottleneck.__version__)
    benchmark.pedantic(lambda: full_script(returns[:runs]), rounds=3)
