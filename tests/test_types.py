"""The code of a user before a type checker: pyright on two small scripts, one right, one wrong in every line."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(importlib.util.find_spec("pyright") is None, reason="pyright is in the extra `dev`")

ROOT = Path(__file__).resolve().parents[1]

PREAMBLE = """
import jax
import numpy as np

import jaxviz as jv
from jaxviz import stats
from jaxviz.aggregation import Aggregate, CurveAggregate, PerformanceAggregate
from jaxviz.analysis import Analysis, Performance
from jaxviz.host import to_host
from jaxviz.stats import Interval

key = jax.random.key(0)
returns, steps, valid = np.ones((5, 100)), np.arange(100), np.ones((5, 100), bool)
run: jv.TrainingRun = jv.from_arrays(returns, step=steps, valid=valid)
analysis: Analysis = jv.analyze(run, windows=(100,), target=10.0, groups=("windows", "performance"), estimand="pooled")
summary: Aggregate = jv.aggregate(analysis, key, statistic="mean", method="bca")
assert analysis.performance is not None and analysis.windows is not None
assert summary.performance is not None
"""

RIGHT = f"""{PREAMBLE}
performance: Performance = analysis.performance
over_runs: PerformanceAggregate = summary.performance
curve: CurveAggregate = summary.curve

stats.rolling_mean(returns[0], 10, valid=valid[0])
stats.first_crossing(returns[0], 0.5, step=steps, valid=valid[0])
stats.categorical_entropy(np.ones((4, 2)) / 2, valid=np.ones(2, bool))
stats.entropy_collapse(returns[0], step=steps, valid=valid[0], kind="differential")
stats.mean_over_runs(returns, valid=valid)
stats.quantile_band(returns, np.array([0.1, 0.9]), valid=valid[:, 0])
stats.iqm(returns, valid=valid)
stats.welch_test(returns[:, 0], returns[:, 1], valid_x=valid[:, 0])
stats.kaplan_meier(steps[:5], valid[:, 0])
stats.performance_profile(returns, np.linspace(0, 1, 5), valid=valid)
stats.holm(np.array([0.1, 0.2]), valid=np.ones(2, bool))
stats.pairwise({{"a": returns[:, 0], "b": returns[:3, 0]}}, stats.mann_whitney)
stats.simulated_power(key, returns[:, 0], returns[:, 1], 5, test=stats.mann_whitney)
interval: Interval = stats.bootstrap_interval(key, stats.iqm, returns, unit="run", method="t", valid=valid)
stats.bootstrap_difference(key, stats.mean, returns, returns[:3], unit="cell", valid_x=valid)
stats.simultaneous_band(key, returns, valid=valid)
stats.permutation_test(key, returns, returns[:3], strata="task")
"""

REVEALED = {
    'analysis.windows["100"]': "WindowStatistics",
    'analysis.windows["100"].mean': "Array",
    "analysis.performance.final": "Array",
    "analysis.target": "Array | None",
    "analysis.curve.source": "Literal['updates', 'evaluation', 'episodes']",
    "analysis[0]": "Analysis",
    "run[0]": "TrainingRun",
    "summary.performance.final": "Interval",
    "summary.performance.final.estimate": "Array",
    "summary.statistic": "Literal['iqm', 'mean', 'median']",
    "summary[0]": "Aggregate",
    "to_host(summary)": "Aggregate",
    "to_host(run)": "TrainingRun",
}

WRONG = (
    "analysis.performance.last",
    "analysis.stability.max_drawdown",
    'analysis.windows["100"].median',
    "summary.performance.final.lower",
    "summary.curve.runs",
    "to_host(summary).curve.interval.average",
    "analysis[0].diverged.returned",
    'jv.analyze(run, groups=("speed",))',
    'jv.analyze(run, estimand="mean")',
    'jv.aggregate(analysis, key, statistic="mode")',
    'jv.aggregate(analysis, key, method="exact")',
    'stats.bootstrap_interval(key, stats.iqm, returns, unit="seed")',
    'stats.permutation_test(key, returns, returns, strata="run")',
    'stats.entropy_collapse(returns[0], kind="continuous")',
    'stats.policy_kl(returns, returns, kind="probabilities")',
)
"""Lines with exactly one fault each."""


def diagnostics(folder: Path, scripts: dict[str, str]) -> dict[str, list[tuple[int, str, str]]]:
    """What pyright says of each script: line from 0, severity, message."""
    for name, text in scripts.items():
        (folder / name).write_text(text)
    settings = {"include": list(scripts), "extraPaths": [str(ROOT)], "typeCheckingMode": "standard"}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings))
    command = [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable, "-p", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    found: dict[str, list[tuple[int, str, str]]] = {name: [] for name in scripts}
    for one in json.loads(done.stdout)["generalDiagnostics"]:
        place = one["range"]["start"]["line"]
        found[Path(one["file"]).name].append((place, one["severity"], one["message"]))
    return found


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    """Both scripts in one run of pyright, which takes seconds to read JAX."""
    revealing = "".join(f"reveal_type({expression})\n" for expression in REVEALED)
    scripts = {"right.py": RIGHT + revealing, "wrong.py": PREAMBLE + "\n".join(WRONG)}
    return diagnostics(tmp_path_factory.mktemp("user"), scripts)


def test_right_code_has_no_error_and_keeps_its_types(checked):
    assert [message for _, severity, message in checked["right.py"] if severity == "error"] == []
    revealed = [message for _, severity, message in checked["right.py"] if severity == "information"]
    assert revealed == [f'Type of "{expression}" is "{name}"' for expression, name in REVEALED.items()]


def test_every_wrong_line_is_named(checked):
    first = PREAMBLE.count("\n")
    lines = {place - first for place, severity, _ in checked["wrong.py"] if severity == "error"}
    assert [line for i, line in enumerate(WRONG) if i not in lines] == []
    assert min(lines) >= 0
