"""The command line, as a user runs it."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from importlib.metadata import version

import numpy as np
import pytest
from typer.testing import CliRunner

from jaxviz import Study, from_arrays, from_purejaxrl, read_logs, save_run
from jaxviz.cli import app
from jaxviz.tracking.store._probe import answers
from tests import quickly


def jaxviz(*arguments, **options):
    command = [sys.executable, "-m", "jaxviz", *map(str, arguments)]
    environment = {**os.environ, "XLA_FLAGS": quickly.FLAGS}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, **options)


COMMANDS = ("import", "doctor", "analyze", "compare", "report", "ui", "sync")
HELP = [("--help",), ("-h",), *((name, "--help") for name in COMMANDS)]


@pytest.mark.parametrize("arguments", HELP)
def test_help_answers_without_jax(arguments):
    script = f"import sys; sys.argv = ['jaxviz', *{arguments!r}]; import jaxviz.cli\ntry: jaxviz.cli.app()\n"
    script += "finally: print('jax' in sys.modules, 'matplotlib' in sys.modules, 'mlflow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert "Usage" in done.stdout
    assert done.stdout.strip().endswith("False False False")


def test_the_version_is_that_of_the_distribution():
    done = CliRunner().invoke(app, ["--version"])
    assert (done.exit_code, done.stdout) == (0, f"jaxviz {version('jaxviz-rl')}\n")


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


def monitor(path, returns):
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = "".join(f"{value},10,{i}.5\n" for i, value in enumerate(returns))
    path.write_text(f'#{{"t_start": 1.0, "env_id": "Cart-v1"}}\nr,l,t\n{rows}')


@pytest.fixture
def logs(tmp_path, rng):
    for seed in range(3):
        monitor(tmp_path / f"logs/ppo/seed_{seed}/monitor.csv", np.linspace(0, 10, 60) + rng.normal(0, 1, 60))
    (tmp_path / "logs/notes.md").write_text("no log")
    (tmp_path / "logs/empty.csv").touch()
    return tmp_path / "logs"


def test_logs_are_imported_corrected_and_examined(tmp_path, logs):
    study, manifest = tmp_path / "study.npz", tmp_path / "runs.csv"
    done = CliRunner().invoke(app, ["import", str(logs), "-o", str(study), "--manifest", str(manifest)])
    assert done.exit_code == 0, done.stderr
    assert "1 algorithm, 1 task, 1 cell, 3 runs" in done.stdout
    assert "guessed: algorithm of 3 runs, as from the name 'ppo'" in done.stdout
    assert f"left out: {logs}/empty.csv: empty: " in done.stderr
    assert "left out: 1 file of no format that is known" in done.stderr
    manifest.write_text(manifest.read_text().replace(",ppo,", ",mine,"))
    again = CliRunner().invoke(app, ["import", str(study), "-o", str(study), "--corrected", str(manifest)])
    assert again.exit_code == 0, again.stderr
    assert Study.load(study).algorithms == ("mine",)
    monitor(tmp_path / "more/seed_0/monitor.csv", [1, 2, 3])
    given = [f"theirs={study}", f"ours={tmp_path}/more", "-o", str(tmp_path / "both")]
    both = CliRunner().invoke(app, ["import", *given])
    assert both.exit_code == 0, both.stderr
    assert Study.load(tmp_path / "both.npz").algorithms == ("ours", "theirs")


def on_terminal(columns, *arguments):
    """What a command writes to its standard output, a terminal of a width."""
    master, terminal = os.openpty()
    command, environment = (
        [sys.executable, "-m", "jaxviz", *map(str, arguments)],
        {**os.environ, "COLUMNS": str(columns)},
    )
    process = subprocess.Popen(command, stdout=terminal, stderr=subprocess.DEVNULL, env=environment)
    os.close(terminal)
    parts = []
    with contextlib.suppress(OSError):  # how the end of a terminal reads
        while part := os.read(master, 4096):
            parts.append(part)
    os.close(master)
    process.wait()
    return b"".join(parts).decode().replace("\r\n", "\n")


def test_sentences_fit_the_terminal(logs, monkeypatch):
    """Broken between words, what follows further in; paths stay whole, and so does what a program reads."""
    shown = on_terminal(60, "doctor", logs)
    wide = [line for line in shown.splitlines() if len(line) > 60]
    assert all(len(line.split()) == 1 for line in wide), wide
    assert "  → make more runs; doctor(study, seeds=...) is asked" in shown
    assert all(line.startswith("    ") for line in shown.split("  → make")[1].split("\n\n")[0].splitlines()[1:])
    monkeypatch.setenv("COLUMNS", "60")
    plain = CliRunner().invoke(app, ["doctor", str(logs)])
    assert plain.stdout.split() == shown.split()
    assert max(map(len, plain.stdout.splitlines())) > 60


def test_analyze_and_report_take_logs_studies_and_saved_runs_alike(tmp_path, logs, rng):
    saved = save_run(tmp_path / "run", from_arrays(rng.normal(0, 1, (3, 60)), lengths=np.full((3, 60), 10)))
    study = read_logs(logs / "ppo").save(tmp_path / "study")
    monitor(tmp_path / "more/seed_0/monitor.csv", np.arange(60.0))
    given = [f"A={saved}", str(study), f"B={tmp_path}/more", f"twice={logs}/ppo"]
    done = CliRunner().invoke(app, ["report", *given, "-o", str(tmp_path / "page.html")])
    assert done.exit_code == 0, done.stderr
    assert "3 runs are in both studies and kept once" in done.stderr
    page = (tmp_path / "page.html").read_text()
    assert all(name in page for name in ("A", "ppo on Cart-v1", "B on Cart-v1"))
    done = CliRunner().invoke(app, ["analyze", f"{logs}/ppo/*", "-o", str(tmp_path / "figures")])
    assert done.exit_code == 0, done.stderr
    assert "IQM over 3 runs" in done.stdout


@pytest.mark.exhaustive
def test_ui_serves_the_local_store_and_ends_with_ctrl_c(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "jaxviz", "ui", "--port", str(port)]
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
