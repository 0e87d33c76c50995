"""The command line, as a user runs it."""

import os
import signal
import socket
import subprocess
import sys
import time

import numpy as np
import pytest
from typer.testing import CliRunner

from jaxviz import from_arrays, from_purejaxrl, save_run
from jaxviz.cli import app
from jaxviz.tracking.store._probe import answers


def jaxviz(*arguments, **options):
    command = [sys.executable, "-m", "jaxviz.cli", *map(str, arguments)]
    environment = {**os.environ, "XLA_FLAGS": "--xla_backend_optimization_level=0"}  # it is tested, not timed
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, **options)


HELP = [("--help",), ("analyze", "--help"), ("report", "--help"), ("ui", "--help"), ("sync", "--help")]


@pytest.mark.parametrize("arguments", HELP)
def test_help_answers_without_jax(arguments):
    script = f"import sys; sys.argv = ['jaxviz', *{arguments!r}]; import jaxviz.cli\ntry: jaxviz.cli.app()\n"
    script += "finally: print('jax' in sys.modules, 'matplotlib' in sys.modules, 'mlflow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert "Usage" in done.stdout
    assert done.stdout.strip().endswith("False False False")


def test_analyze_prints_a_table_and_writes_figures(tmp_path, rng):
    rewards = np.linspace(0, 10, 80) + rng.normal(0, 1, (2, 3, 80))
    saved = save_run(
        tmp_path / "run", from_arrays(rewards, lengths=np.full(rewards.shape, 5)), metadata={"labels": ["a", "b"]}
    )
    done = jaxviz("analyze", saved, "-o", tmp_path / "out", "--target", "8", "--window", "10")
    assert done.returncode == 0, done.stderr
    assert "IQM over 3 runs" in done.stdout
    assert "of 3" in done.stdout
    written = [line.removeprefix("wrote ") for line in done.stdout.splitlines() if line.startswith("wrote ")]
    assert len(written) >= 3
    assert all(os.path.getsize(path) > 5000 for path in written)


def test_bad_files_are_one_line(tmp_path):
    (tmp_path / "text.npz").write_text("no zip")
    metrics = {"returned_episode": np.zeros((2, 0, 4, 3), bool), "returned_episode_returns": np.zeros((2, 0, 4, 3))}
    save_run(tmp_path / "empty", from_purejaxrl(metrics))
    messages = {"text.npz": "not a run saved by", "absent.npz": "does not exist", "empty.npz": "nothing to draw"}
    for name, message in messages.items():
        done = CliRunner().invoke(app, ["analyze", str(tmp_path / name)])
        assert done.exit_code == 2
        assert message in done.stderr
        assert len(done.stderr.splitlines()) == 1


@pytest.mark.exhaustive
def test_ui_serves_the_local_store_and_ends_with_ctrl_c(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "jaxviz.cli", "ui", "--port", str(port)]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    try:
        end = time.monotonic() + 120
        while not answers(f"http://127.0.0.1:{port}"):
            assert process.poll() is None
            assert time.monotonic() < end
            time.sleep(0.2)
        taken = jaxviz("ui", "--port", port, cwd=tmp_path)
        assert taken.returncode == 2
        assert "is taken" in taken.stderr
    finally:
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=60)
    assert f"http://127.0.0.1:{port}" in output
    assert not answers(f"http://127.0.0.1:{port}")
    assert (tmp_path / "data" / "mlflow.db").exists()
