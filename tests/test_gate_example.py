"""The gate of examples/gate, as CI runs it: shell script, summary and test, with one compilation for all of them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import jaxviz as jv
from tests import quickly

GATE = Path(__file__).resolve().parents[1] / "examples" / "gate"


def runs(seed, level, spread):
    """Six runs of one algorithm, whose returns are about a level that differs by `spread` from run to run."""
    rng = np.random.default_rng(seed)
    levels = level + spread * rng.normal(size=(6, 1))
    return jv.Study({"PPO": {"Catch-bsuite": jv.from_arrays(levels + 0.01 * rng.normal(size=(6, 12)))}})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A checkout with the runs of main, and of four pull requests."""
    folder = tmp_path_factory.mktemp("gate")
    runs(0, 0.5, 0.02).save(folder / "main.npz")
    for seed, (name, level, spread) in enumerate(
        [("alike", 0.5, 0.02), ("hurts", 0.1, 0.02), ("noisy", 0.5, 0.4)], start=1
    ):
        runs(seed, level, spread).save(folder / f"{name}.npz")
    return folder


def called(folder, *command, **variables):
    tools = Path(sys.executable).parent
    environment = os.environ | {
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "XLA_FLAGS": quickly.FLAGS,
        "JAX_COMPILATION_CACHE_DIR": str(folder / "compiled"),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
        **variables,
    }
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.skipif(shutil.which("bash") is None, reason="the gate is a script of bash")
@pytest.mark.parametrize(
    ("name", "code", "sentence"),
    [
        ("alike", 0, "nothing is worse than main (a shortfall up to 0.1 is allowed)"),
        ("hurts", 1, "worse than main: new (a shortfall up to 0.1 is allowed)"),
        ("noisy", 3, "undecided against main: new (a shortfall up to 0.1 is allowed)"),
        ("gone", 2, "gone.npz"),
    ],
)
def test_the_script_ends_as_the_runs_deserve(folder, name, code, sentence):
    summary = folder / "summary.md"
    summary.write_text("")
    done = called(folder, "bash", str(GATE / "gate.sh"), f"{name}.npz", "main.npz")
    assert done.returncode == code, done.stderr
    assert sentence in (done.stderr if code == 2 else done.stdout)
    assert summary.read_text() == ("" if code == 2 else (folder / "gate" / "verdict.md").read_text())


def test_the_test_says_the_same(folder):
    names = {"NEW": "hurts.npz", "BASELINE": "main.npz"}
    command = [sys.executable, "-m", "pytest", "-q", "-o", "addopts=", "-p", "no:cacheprovider", str(GATE)]
    done = called(folder, *command, **names)
    assert done.returncode == 1
    assert "new is worse than baseline: difference in mean -0." in done.stdout
