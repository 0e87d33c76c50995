"""The comprehensive analysis of a batch of runs against drawing its raw arrays with matplotlib.

pytest benchmarks/test_bench_figures.py -n 0 --benchmark-enable --benchmark-group-by=group
"""

import bottleneck
import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from jaxviz.plots import create_comprehensive_analysis, style

WINDOW = 100
TARGET = 450.0
DPI = 200
GROUP = "comprehensive analysis [128 x 8192]"


def raw_figures(returns, folder):
    """The same panels as `create_comprehensive_analysis`, each with one line per run and nothing reduced."""
    mean = bottleneck.move_mean(returns, WINDOW, axis=-1)
    std = bottleneck.move_std(returns, WINDOW, axis=-1)
    above = bottleneck.move_mean((returns >= TARGET).astype(np.float32), WINDOW, axis=-1)
    tables = {
        "training_curves": (mean,),
        "advanced_learning_curves": (mean, std, above),
        "training_stability": (mean, std, std / np.abs(mean), above),
        "drawdown": (mean, mean - np.fmax.accumulate(mean, axis=-1)),
        "episode_statistics": (mean,),
    }
    for name, lines in tables.items():
        extra = 1 if name in ("training_curves", "episode_statistics", "training_stability") else 0
        figure = Figure(figsize=(9, 3 * (len(lines) + extra)), dpi=DPI, layout="constrained")
        FigureCanvasAgg(figure)
        for i, table in enumerate(lines):
            ax = figure.add_subplot(len(lines) + extra, 1, i + 1)
            ax.plot(table.T, linewidth=0.7)
            ax.set(xlabel="Episode", ylabel="Episodic return")
        if extra:
            ax = figure.add_subplot(len(lines) + 1, 1, len(lines) + 1)
            if name == "episode_statistics":
                ax.hist(returns.ravel(), bins=30)
            else:
                ax.plot(np.zeros(len(returns)), returns[:, -WINDOW:].mean(-1), "o")
        figure.savefig(folder / f"{name}.png", dpi=DPI)


def ours(returns, folder):
    with style(dpi=DPI):
        return create_comprehensive_analysis({"rewards": returns}, folder, target=TARGET, window=WINDOW)


def test_the_same_figures_in_less_than_two_megabytes(returns, tmp_path):
    written = ours(returns, tmp_path / "ours")
    size = sum(path.stat().st_size for path in written.values())
    (tmp_path / "raw").mkdir()
    raw_figures(returns[:2, :300], tmp_path / "raw")
    assert {path.stem for path in (tmp_path / "raw").iterdir()} == set(written)
    assert size < 2_000_000


@pytest.mark.benchmark(group=GROUP)
def test_comprehensive_analysis(benchmark, record, returns, tmp_path):
    record(runs=128, episodes=8192, dpi=DPI, matplotlib=mpl.__version__)
    ours(returns, tmp_path)  # compiles
    benchmark.pedantic(lambda: ours(returns, tmp_path), rounds=5)
    record(bytes=sum(path.stat().st_size for path in tmp_path.iterdir()))


@pytest.mark.benchmark(group=GROUP)
def test_raw_arrays_with_matplotlib(benchmark, record, returns, tmp_path):
    record(runs=128, episodes=8192, dpi=DPI, matplotlib=mpl.__version__)
    benchmark.pedantic(lambda: raw_figures(returns, tmp_path), rounds=3)
    record(bytes=sum(path.stat().st_size for path in tmp_path.iterdir()))
