"""A real store in a temporary folder, and a real server process on 127.0.0.1."""

import os
import signal
import socket
import subprocess
import time

import pytest

from jaxviz.tracking import Store
from jaxviz.tracking._server import server_command, server_environment
from jaxviz.tracking._store import answers, open_client

START_SECONDS = 90


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    """An empty current folder with nothing configured."""
    monkeypatch.chdir(tmp_path)
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_BACKEND_STORE_URI", "JAXVIZ_JOURNAL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


class Server:
    """An MLflow server that can be killed and started again on the same port and store."""

    def __init__(self, folder):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.store = Store(f"sqlite:///{folder}/server.db", "test")
        self.uri = f"http://127.0.0.1:{self.port}"
        open_client(self.store)
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            server_command(self.port), env=server_environment(self.store), start_new_session=True
        )
        end = time.monotonic() + START_SECONDS
        while not answers(self.uri):
            assert self.process.poll() is None, "the server ended while starting"
            assert time.monotonic() < end, "the server did not start"
            time.sleep(0.1)

    def kill(self):
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A running server; tests that kill it start it again."""
    server = Server(tmp_path_factory.mktemp("server"))
    server.start()
    yield server
    server.kill()
