"""Real stores in temporary folders, a real server process on 127.0.0.1, and the drainers they need."""

import http.client
import os
import resource
import signal
import socket
import subprocess
import threading
import time
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from jaxviz.tracking import Store
from jaxviz.tracking.drain import _courier
from jaxviz.tracking.drain._drainer import LOCK, journals_of
from jaxviz.tracking.journal import _spare
from jaxviz.tracking.journal._progress import read_progress
from jaxviz.tracking.store._probe import answers
from jaxviz.tracking.store._server import server_command, server_environment
from jaxviz.tracking.store._store import open_client

BACKEND = os.environ.get("JAXVIZ_TEST_BACKEND_URI")
"""A database to test against, e.g. postgresql+psycopg2://user@127.0.0.1/mlflow: an empty one, in place of SQLite."""
START_SECONDS = 120
SETTLE_SECONDS = 120


def until(condition, seconds=SETTLE_SECONDS, pause=0.05):
    """Wait for something that another process does."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(pause)
    return found


def stop_drainers(root):
    """End the drainers that worked in a folder of journals, by the ids they noted."""
    for lock in Path(root).glob(f"**/{LOCK}"):
        with suppress(ValueError, ProcessLookupError):
            os.kill(int(lock.read_text().strip("\0 ")), signal.SIGTERM)


@contextmanager
def full_disk(room=0):
    """No file grows beyond `room` bytes."""
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)


class QuietHandler(BaseHTTPRequestHandler):
    """Answers requests, and says nothing of them."""

    def log_message(self, format, *args):
        pass


class ProxyHandler(QuietHandler):
    """Passes requests on to the server on `port`, but for those that meet a fault."""

    protocol_version = "HTTP/1.1"
    port: int

    def handle_one_request(self):
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.meets_fault(body):
            self.close_connection = True
            return
        self.tell(*self.ask(body))

    def meets_fault(self, body):
        """Whether it has answered in its own way, and the connection ends."""
        raise NotImplementedError

    def ask(self, body):
        """The server's status, headers and content."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        kept = {name: value for name, value in self.headers.items() if name.lower() != "host"}
        connection.request(self.command, self.path, body, kept)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, answer.getheader("Content-Type", "application/json"), content

    def head(self, status, kind, length):
        return f"HTTP/1.1 {status} said\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n".encode()

    def tell(self, status, kind, content):
        self.wfile.write(self.head(status, kind, len(content)) + content)


@contextmanager
def answering(handler):
    """A server of this process that answers as `handler` does; its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session", autouse=True)
def own_spare(tmp_path_factory):
    """Journals that find no room elsewhere go to a folder of these tests alone."""
    with pytest.MonkeyPatch.context() as patch:
        spare = tmp_path_factory.mktemp("spare")
        patch.setattr(_spare, "_bases", lambda: [spare])
        yield


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    """An empty current folder with nothing configured."""
    monkeypatch.chdir(tmp_path)
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_BACKEND_STORE_URI", "JAXVIZ_JOURNAL"):
        monkeypatch.delenv(name, raising=False)
    yield tmp_path
    stop_drainers(tmp_path)


class Place:
    """A store and what a reader finds in it."""

    def __init__(self, store, journals):
        self.store, self.journals = store, journals / Store(store.uri, "").folder_name
        self._client = None

    @property
    def uri(self):
        return self.store.uri

    @property
    def client(self):
        self._client = self._client or open_client(self.store)
        return self._client

    def settle(self):
        """Wait until everything is sent; what was refused stays."""

        def is_left(path):
            return path.exists() and not read_progress(path).refused

        until(lambda: not any(map(is_left, journals_of(self.journals))))

    def runs(self, experiment):
        found = self.client.get_experiment_by_name(experiment)
        return {} if found is None else {r.info.run_name: r for r in self.client.search_runs([found.experiment_id])}

    def history(self, run, key):
        return sorted((m.step, m.value) for m in self.client.get_metric_history(run.info.run_id, key))

    def artifacts(self, run, folder=None):
        return {a.path for a in self.client.list_artifacts(run.info.run_id, folder)}


_LINGERS = """
if sys.argv[1].startswith({root!r}):
    from jaxviz.tracking.drain import _drainer
    _drainer._LINGER_SECONDS = 300.0
main()
"""
"""One drainer for all tests of a store: each that starts loads MLflow again, which takes seconds."""


@pytest.fixture(scope="session")
def journal_root(tmp_path_factory):
    """One folder of journals: all loggers share a drainer for each store."""
    root = tmp_path_factory.mktemp("journals")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_courier, "_START", _courier._START.replace("\nmain()\n", _LINGERS.format(root=str(root))))
        yield root
    stop_drainers(root)


@pytest.fixture(scope="module")
def journals(journal_root):
    """The folder of journals, where loggers of this module write to."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JAXVIZ_JOURNAL", str(journal_root))
        if BACKEND:  # a journal has no credentials, which `sync` takes from here
            patch.setenv("MLFLOW_TRACKING_URI", BACKEND)
        yield journal_root


@pytest.fixture(scope="session")
def local_place(journal_root, tmp_path_factory):
    uri = BACKEND or f"sqlite:///{tmp_path_factory.mktemp('local')}/mlflow.db"
    return Place(Store(uri, "test"), journal_root)


@pytest.fixture(scope="module")
def local(journals, local_place):
    """A SQLite store; every test uses experiments of its own."""
    return local_place


class Server(Place):
    """An MLflow server that can be killed and started again on the same port and store."""

    def __init__(self, folder, journals):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.backend, self.folder = Store(BACKEND or f"sqlite:///{folder}/server.db", "test"), folder
        super().__init__(Store(f"http://127.0.0.1:{self.port}", "test"), journals)
        self.process = None

    @property
    def client(self):
        """Reads behind the server's back, so that it may be dead."""
        self._client = self._client or open_client(self.backend)
        return self._client

    def start(self):
        assert self.client
        command, environment = server_command(self.port), server_environment(self.backend)
        process = subprocess.Popen(command, env=environment, cwd=self.folder, start_new_session=True)
        self.process = process
        until(lambda: answers(self.uri) or process.poll() is not None, START_SECONDS)
        assert process.poll() is None, "the server ended while starting"

    def kill(self):
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


@pytest.fixture(scope="session")
def server_place(journal_root, tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("server"), journal_root)
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def server(journals, server_place):
    """A running server; tests that kill it start it again."""
    return server_place
