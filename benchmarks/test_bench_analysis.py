"""The whole analysis of a batch of runs against the script a user would write with NumPy and bottleneck.

pytest benchmarks -n 0 --benchmark-enable --benchmark-group-by=group
"""

import bottleneck
import jax
import numpy as np
import pytest

from jaxviz import aggregate, analyze, from_arrays

WINDOW = 100
TARGET = 450.0


def script(returns):
    """The fields of the default `analyze`, for all runs, the fastest obvious way."""
    mean = bottleneck.move_mean(returns, WINDOW, axis=-1)
    std = bottleneck.move_std(returns, WINDOW, axis=-1)
    met = (returns >= TARGET).astype(np.float32)
    above = bottleneck.move_mean(met, WINDOW, axis=-1)
    curve = bottleneck.move_mean(returns, WINDOW, min_count=1, axis=-1)
    tenth = returns.shape[-1] // 10
    last = returns[:, -WINDOW:]
    smooth = mean[:, WINDOW - 1 :]
    peak = np.maximum.accumulate(smooth, axis=-1)
    reached = smooth >= TARGET
    start = smooth[:, :1]
    with np.errstate(invalid="ignore", divide="ignore"):
        lost = np.where(peak > start, (peak - smooth) / (peak - start), np.nan)
    held = bottleneck.move_min((lost >= 0.5).astype(np.float32), 10, axis=-1) == 1
    collapsed = held.any(-1)
    onset = np.where(collapsed, held.argmax(-1) - 9 + WINDOW - 1, returns.shape[-1] - 1)
    after = np.arange(smooth.shape[-1]) + WINDOW - 1 > onset[:, None]
    return {
        "windows": (mean, std, std / np.abs(mean), above),
        "jumpstart": returns[:, :tenth].mean(-1),
        "final": returns[:, -tenth:].mean(-1),
        "last_window": last.mean(-1),
        "best": smooth.max(-1),
        "area_under_curve": np.trapezoid(curve, axis=-1) / (returns.shape[-1] - 1),
        "coefficient_of_variation": last.std(-1) / np.abs(last.mean(-1)),
        "max_drawdown": (peak - smooth).max(-1),
        "forgetting": peak[:, -1] - smooth[:, -1],
        "final_to_peak": (smooth[:, -1] - smooth[:, 0]) / (peak[:, -1] - smooth[:, 0]),
        "consistency": met[:, -WINDOW:].mean(-1),
        "crossing": np.where(reached.any(-1), reached.argmax(-1) + WINDOW - 1, returns.shape[-1] - 1),
        "collapse": (collapsed, onset, np.nanmax(lost, axis=-1), collapsed & ((lost < 0.25) & after).any(-1)),
        "mean_return": returns.mean(-1),
        "diverged": ~np.isfinite(returns).all(-1),
    }


def as_run(returns):
    return jax.block_until_ready(from_arrays(returns))


def test_script_and_analysis_agree(returns):
    ours, theirs = analyze(as_run(returns), windows=(WINDOW,), target=TARGET), script(returns)
    for group, names in {
        "performance": ("jumpstart", "final", "last_window", "best", "area_under_curve"),
        "stability": ("coefficient_of_variation", "max_drawdown", "forgetting", "final_to_peak", "consistency"),
    }.items():
        for name in names:
            np.testing.assert_allclose(getattr(getattr(ours, group), name), theirs[name], rtol=2e-3, err_msg=name)
    assert ours.convergence is not None
    assert ours.convergence.crossing is not None
    np.testing.assert_array_equal(ours.convergence.crossing.step, theirs["crossing"])


@pytest.mark.benchmark(group="analyze [128 x 8192]")
def test_analyze(benchmark, record, returns):
    run = as_run(returns)
    record(runs=128, episodes=8192, windows=[WINDOW])
    benchmark(lambda: jax.block_until_ready(analyze(run, windows=(WINDOW,), target=TARGET)))


@pytest.mark.benchmark(group="analyze [128 x 8192]")
def test_numpy_bottleneck_script(benchmark, record, returns):
    record(runs=128, episodes=8192, windows=[WINDOW], bottleneck=bottleneck.__version__)
    benchmark(lambda: script(returns))


@pytest.mark.benchmark(group="analyze one run of 8192")
def test_analyze_one_run(benchmark, record, returns):
    run = as_run(returns[0])
    record(runs=1, episodes=8192)
    benchmark(lambda: jax.block_until_ready(analyze(run, windows=(WINDOW,), target=TARGET)))


@pytest.mark.benchmark(group="analyze one run of 8192")
def test_numpy_bottleneck_script_one_run(benchmark, record, returns):
    record(runs=1, episodes=8192, bottleneck=bottleneck.__version__)
    benchmark(lambda: script(returns[:1]))


@pytest.mark.benchmark(group="aggregate [128 x 8192]")
def test_aggregate(benchmark, record, returns):
    analysis = analyze(as_run(returns), windows=(WINDOW,), target=TARGET)
    key = jax.random.key(0)
    record(runs=128, points=256, reps=2000)
    benchmark(lambda: jax.block_until_ready(aggregate(analysis, key)))


@pytest.mark.benchmark(group="compile")
def test_compile_analyze(benchmark, record, returns):
    run = as_run(returns)
    record(runs=128, episodes=8192)

    def compile_again():
        jax.clear_caches()
        jax.block_until_ready(analyze(run, windows=(WINDOW,), target=TARGET))

    benchmark.pedantic(compile_again, rounds=3)
