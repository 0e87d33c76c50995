"""What reading text logs costs, against pandas: monitor files, JSON lines, and a tidy table in time and memory.

pytest benchmarks/test_bench_text_logs.py -n 0 --benchmark-enable
JAXVIZ_BENCH_ROWS (default 5,000,000) is the number of rows of the tidy table.
"""

import json
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from jaxviz.logs.formats import json_lines, monitor, rllib, tidy
from tests.logs.formats.oracles import load_results

ROWS = int(os.environ.get("JAXVIZ_BENCH_ROWS", "5000000"))
FILES, EPISODES, LINES, RESULTS = 1000, 1000, 100_000, 7000
LABELS = ["algorithm", "task", "seed"]
_PEAK = """
import sys
{imports}
def most():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
before = most()
{read}
print(most() - before)
"""
_OURS = (
    "import polars\nfrom pathlib import Path\nfrom jaxviz.logs.formats import tidy",
    "kept = tidy.read(Path(sys.argv[1]))",
)
_THEIRS = "import pandas", "kept = pandas.read_csv(sys.argv[1])"


@pytest.fixture(scope="module")
def monitors(tmp_path_factory):
    """Files of Stable-Baselines3, each its own run."""
    folder, rng = tmp_path_factory.mktemp("monitors"), np.random.default_rng(0)
    for place in range(FILES):
        returns, lengths = np.round(rng.normal(100, 30, EPISODES), 6), rng.integers(10, 999, EPISODES)
        times = np.round(np.cumsum(rng.random(EPISODES)), 6)
        rows = "".join(f"{r},{n},{t}\r\n" for r, n, t in zip(returns, lengths, times, strict=True))
        text = '#{"t_start": 1614619328.3, "env_id": "CartPole-v1"}\nr,l,t\r\n' + rows
        (folder / f"{place}.monitor.csv").write_bytes(text.encode())
    return sorted(folder.iterdir())


@pytest.mark.benchmark(group="1000 monitor files of 1000 rows")
def test_monitor_files(in_turn, monitors):
    """Bar: 4 times Stable-Baselines3's rule."""
    ways = {
        "jaxviz": lambda: [monitor.FORMAT.read(path) for path in monitors],
        "load_results": lambda: [load_results([path]) for path in monitors],
    }
    in_turn(ways, rounds=3, files=FILES, rows=EPISODES)


def config():
    """As large as RLlib's."""
    return {"env": "A", **{f"key_{k}": k for k in range(150)}, "model": {f"key_{k}": [64, 64] for k in range(30)}}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Results of RLlib: each line has its configuration, and the last hundred episodes."""
    path, rng = tmp_path_factory.mktemp("lines") / "result.json", np.random.default_rng(0)
    with path.open("w") as file:
        for step, row in enumerate(rng.normal(size=(RESULTS, 30)).tolist()):
            stats = {f"loss_{k}": value for k, value in enumerate(row)}
            about = {"timesteps_total": step * 4000, "training_iteration": step, "episode_reward_mean": row[0]}
            last = {"episode_reward": [20.0] * 100, "episode_lengths": [20] * 100}
            nested = {"info": {"learner": {"default_policy": stats}}, "hist_stats": last, "perf": {"ram": float("nan")}}
            file.write(json.dumps(about | nested | {"config": config()}) + "\n")
    return path


@pytest.mark.benchmark(group="results of RLlib")
def test_results_of_rllib(in_turn, results):
    """Bar: 3 times pandas, whose columns are still nested then; `json_normalize` makes columns of numbers."""
    ways = {
        "jaxviz": lambda: rllib.FORMAT.read(results),
        "pandas": lambda: pd.read_json(results, lines=True),
        "json_normalize": lambda: pd.json_normalize(list(map(json.loads, results.read_text().splitlines()))),
    }
    in_turn(ways, rounds=3, lines=RESULTS, bytes=results.stat().st_size)


@pytest.fixture(scope="module")
def lines(tmp_path_factory):
    """Metrics of a training, one flat object a line."""
    path, rng = tmp_path_factory.mktemp("lines") / "metrics.jsonl", np.random.default_rng(0)
    losses = (f"train/{name}_loss" for name in ("actor", "critic", "model", "value"))
    names = ["step", "episode/score", "episode/length", *losses]
    with path.open("w") as file:
        for step, row in enumerate(rng.normal(size=(LINES, len(names) - 1)).tolist()):
            file.write(json.dumps(dict(zip(names, (step * 100, *row), strict=True))) + "\n")
    return path


@pytest.mark.benchmark(group="flat JSON lines")
def test_flat_json_lines(in_turn, lines):
    """Where pandas has nothing nested to keep."""
    ways = {"jaxviz": lambda: json_lines.FORMAT.read(lines), "pandas": lambda: pd.read_json(lines, lines=True)}
    in_turn(ways, rounds=5, lines=LINES, bytes=lines.stat().st_size)


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """A table of 4 algorithms, 5 tasks and 10 seeds."""
    path, rng = tmp_path_factory.mktemp("table") / "results.csv", np.random.default_rng(0)
    tasks = ("Ant-v4", "Hopper-v4", "Walker2d-v4", "HalfCheetah-v4", "Humanoid-v4")
    with path.open("w") as file:
        file.write(",".join((*LABELS, "step", "value")) + "\n")
        for run in ((a, t, s) for a in ("PPO", "SAC", "DQN", "TD3") for t in tasks for s in range(10)):
            start = ",".join(map(str, run))
            values = np.round(rng.normal(100, 30, ROWS // 200), 4)
            file.write("".join(f"{start},{step * 1000},{value}\n" for step, value in enumerate(values)))
    return path


def runs_of_pandas(path):
    """The same: an array of steps and one of values for each run."""
    runs = pd.read_csv(path).groupby(LABELS)
    return {key: (rows["step"].to_numpy(), rows["value"].to_numpy()) for key, rows in runs}


@pytest.mark.benchmark(group="tidy table")
def test_tidy_table(in_turn, table):
    """Bar: no slower than pandas."""
    ways = {
        "jaxviz": lambda: tidy.read(table),
        "pandas with its groups": lambda: runs_of_pandas(table),
        "pandas": lambda: pd.read_csv(table),
    }
    in_turn(ways, rounds=3, rows=ROWS, bytes=table.stat().st_size)


def peak(imports, read, path):
    """KiB above the imports."""
    command = [sys.executable, "-c", _PEAK.format(imports=imports, read=read), str(path)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


@pytest.mark.benchmark(group="memory of a tidy table")
def test_memory_of_a_tidy_table(benchmark, record, table):
    """Bar: half of what pandas takes."""
    ours = benchmark.pedantic(lambda: peak(*_OURS, table), rounds=1)
    theirs = peak(*_THEIRS, table)
    record(ours=ours, theirs=theirs, ratio=ours / theirs)
