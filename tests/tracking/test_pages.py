"""Where runs and models are found: the address of a run when it ends, `jaxviz ui`, and a checkpoint as text."""

import contextlib
import os
import signal
import socket
import subprocess
import sys

import jax.numpy as jnp
import pytest
from typer.testing import CliRunner

from jaxviz.cli import app
from jaxviz.tracking import MLflowLogger
from jaxviz.tracking.store import _server
from jaxviz.tracking.store._pages import last_runs, run_page
from jaxviz.tracking.store._store import Store

from .conftest import BACKEND

SERVER = "http://127.0.0.1:9"


def test_a_checkpoint_is_its_id(local):
    with MLflowLogger("checkpoints", local.uri, quiet=True) as logger:
        checkpoint = logger.log_model_checkpoint({"w": jnp.arange(3.0)})
        other = logger.log_model_checkpoint({"w": jnp.arange(3.0)}, 1)
        assert f"models:/{checkpoint}" == checkpoint.uri
        assert str(checkpoint) == checkpoint.model_id == checkpoint
        assert checkpoint != other
        assert checkpoint != str(other)
        assert checkpoint != "another"
        assert str(other) in {checkpoint, other}
        logger.register_model(f"models:/{checkpoint}", "as text")
    assert len(local.client.search_model_versions("name = 'as text'")) == 1


def test_a_checkpoint_without_an_id_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("JAXVIZ_JOURNAL", str(tmp_path))
    monkeypatch.setattr("jaxviz.tracking.drain._courier.Courier.start", lambda self: None)
    with pytest.warns(UserWarning, match="not accepting data"), MLflowLogger("away", SERVER, quiet=True) as logger:
        checkpoint = logger.log_model_checkpoint({"w": jnp.arange(3.0)})
        with pytest.raises(ConnectionError, match="hand the checkpoint itself to `register_model`"):
            str(checkpoint)
        assert checkpoint.key in repr(checkpoint)
        assert checkpoint == checkpoint


def test_the_address_of_a_run_is_printed_when_it_ends(local, monkeypatch, capsys):
    monkeypatch.setenv("MLFLOW_BACKEND_STORE_URI", local.uri)
    with MLflowLogger("pages", local.uri) as logger:
        logger.start_run("one")
        run = logger.run_id
    experiment = local.client.get_experiment_by_name("pages").experiment_id
    page = f"http://127.0.0.1:5000/#/experiments/{experiment}/runs/{run} (served by `jaxviz ui`)"
    assert page in capsys.readouterr().err
    assert last_runs(local.store) == f"/#/experiments/{experiment}/runs"
    with MLflowLogger("pages", local.uri, quiet=True):
        pass
    assert capsys.readouterr().err == ""


def test_pages_are_those_of_the_store(monkeypatch, tmp_path):
    assert run_page(Store("http://user:secret@host:1/", ""), "3", "r") == "http://host:1/#/experiments/3/runs/r"
    monkeypatch.setenv("MLFLOW_BACKEND_STORE_URI", f"sqlite:///{tmp_path}/shown.db")
    assert run_page(Store(f"sqlite:///{tmp_path}/other.db", ""), "3", "r") is None


@pytest.mark.skipif(BACKEND is not None, reason="shows the local store")
def test_the_page_is_told_and_ends_in_silence(local):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-W", "ignore", "-m", "jaxviz", "ui", "--port", str(port)]
    environment = {**os.environ, "MLFLOW_BACKEND_STORE_URI": local.uri}
    page = last_runs(local.store)
    ui = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert ui.stdout is not None
        said = ui.stdout.readline() + ui.stdout.readline()
        ui.send_signal(signal.SIGINT)
        rest, errors = ui.communicate(timeout=60)
    finally:
        ui.kill()
    assert f"on http://127.0.0.1:{port} starts" in said
    assert f"http://127.0.0.1:{port}{page}\n" in said
    assert (rest, ui.returncode) == ("", 0), errors


def test_a_broken_store_is_told_of_with_what_may_help(tmp_path, monkeypatch):
    database = tmp_path / "a.db"
    database.write_bytes(b"no database" * 500)
    monkeypatch.setenv("MLFLOW_BACKEND_STORE_URI", f"sqlite:///{database}")
    done = CliRunner().invoke(app, ["ui"])
    assert done.exit_code == 2
    assert "file is not a database; the database is damaged: restore it from a copy" in done.stderr


DEAF = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
time.sleep(600)
"""


@pytest.fixture
def signals():
    """The handlers of before come back."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    signal.signal(signal.SIGINT, signal.default_int_handler)  # jobs in the background of a script ignore it
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_while_the_server_starts_leaves_no_server(tmp_path, monkeypatch, signals, number):
    start, made = subprocess.Popen, []

    def interrupted(command, **options):
        process = start([sys.executable, "-c", "import time; time.sleep(600)"], **options)
        signal.raise_signal(number)  # the server is there, and nobody has it yet
        made.append(process)
        return process

    monkeypatch.setattr(_server.subprocess, "Popen", interrupted)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with contextlib.suppress(SystemExit):
        assert _server.serve(Store(f"file:{tmp_path}", ""), port) == 0
    (process,) = made
    assert process.returncode is not None


def test_a_server_that_does_not_end_by_itself_is_ended(monkeypatch, signals):
    """As one that still loads MLflow, or has a browser that waits for an answer."""
    monkeypatch.setattr(_server, "_END_SECONDS", 0.1)
    command = [sys.executable, "-c", DEAF]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as server:
        try:
            assert server.stdout is not None
            server.stdout.readline()
            _server._end(server)
        finally:
            server.kill()
    assert server.returncode == -signal.SIGKILL
