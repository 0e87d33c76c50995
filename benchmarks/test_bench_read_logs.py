"""What `read_logs` costs for many small runs, against pandas: folders are walked, files read, runs named and stacked.

pytest benchmarks/test_bench_read_logs.py -n 0 --benchmark-enable
"""

import os

import numpy as np
import pandas as pd
import pytest

from jaxviz import read_logs

RUNS, ROWS, TASKS = 10_000, 10, 20


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """`ppo/<task>/seed_<seed>/progress.csv` of 10 rows each."""
    root, rng = tmp_path_factory.mktemp("runs"), np.random.default_rng(0)
    for place, values in enumerate(rng.random((RUNS, ROWS)).tolist()):
        folder = root / "ppo" / f"env{place % TASKS}" / f"seed_{place // TASKS}"
        folder.mkdir(parents=True)
        rows = "".join(f"{100 * i},{value}\n" for i, value in enumerate(values))
        (folder / "progress.csv").write_text(f"step,return\n{rows}")
    return root


def with_pandas(root):
    """Every table of a tree, with its path beside it, as one frame."""
    frames = []
    for folder, _, files in os.walk(root):
        for name in files:
            path = os.path.join(folder, name)
            frames.append(pd.read_csv(path).assign(path=path))
    return pd.concat(frames)


@pytest.mark.benchmark(group="10,000 runs in 10,000 folders")
def test_many_small_runs(in_turn, folders):
    """Bar: 10 times pandas, which neither names the runs nor makes batches of them."""
    ways = {"jaxviz": lambda: read_logs(folders), "pandas": lambda: with_pandas(folders)}
    in_turn(ways, rounds=3, files=RUNS, rows=ROWS)
