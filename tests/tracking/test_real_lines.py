"""A proxy before a real server: what only sockets can do to an answer, and drainers that are killed in a request."""

import contextlib
import gzip
import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from mlflow.entities import Param

import jaxviz
from jaxviz.tracking import MLflowLogger, Store
from jaxviz.tracking.drain import _courier, _doubts, _settings
from jaxviz.tracking.store._connection import Connection
from jaxviz.tracking.store._deadline import whole_answers_in_time
from jaxviz.tracking.store._failures import UnavailableError, is_unanswered

from .conftest import BACKEND, ProxyHandler, QuietHandler, answering
from .stub import EXPERIMENT, Bench, Tables, killed

pytestmark = [
    pytest.mark.skipif(BACKEND is not None, reason="reads SQLite's tables"),
    pytest.mark.filterwarnings("ignore:.*Any type hint"),
]
HANG_SECONDS, TIMEOUT = 3, "1"
CALLS = 300


class Line:
    """A proxy to a server; the n-th request meets its fault."""

    def __init__(self, server):
        self.folder, self.tables = server.folder, Tables(server.folder / "server.db")
        self.rows = self.tables.rows
        self.seen, self._fault, self._mutex = [], None, threading.Lock()
        self.creations = {}
        """The faults that creations of runs still meet, by the runs' names."""

    def plan(self, number, fail, _=0):
        self.seen, self._fault = [], (number, fail)

    def finish(self):
        """Nothing comes late here."""

    def put_away(self):
        """Leave what others have in the same store."""
        tables = ("registered_model_aliases", "model_version_tags", "model_versions", "registered_models")
        self.tables.change(
            f"UPDATE experiments SET name = 'case {uuid4().hex}' WHERE name = '{EXPERIMENT}'",
            *(f"DELETE FROM {table} WHERE name = 'policy'" for table in tables),
        )

    def fault(self, path, body):
        with self._mutex:
            self.seen.append(path)
            if path.endswith("runs/create") and (fail := self.creations.pop(json.loads(body)["run_name"], None)):
                return fail
            return self._fault[1] if self._fault and self._fault[0] == len(self.seen) - 1 else None


@contextmanager
def line_to(server):
    line = Line(server)

    class Handler(ProxyHandler):
        port = server.port

        def meets_fault(self, body):
            fault = line.fault(self.path, body)
            return fault is not None and fault(self, body)

    with answering(Handler) as uri:
        yield line, uri
    line.tables.close()


def head_cut(handler, body):
    status, kind, content = handler.ask(body)
    handler.wfile.write(handler.head(status, kind, len(content))[:20])
    return True


def body_cut(handler, body):
    status, kind, content = handler.ask(body)
    handler.wfile.write(handler.head(status, kind, len(content)) + content[: len(content) // 2])
    return True


def longer(handler, body):
    """It promises more than it sends."""
    status, kind, content = handler.ask(body)
    handler.wfile.write(handler.head(status, kind, len(content) + 10) + content)
    return True


def shorter(handler, body):
    status, kind, content = handler.ask(body)
    handler.wfile.write(handler.head(status, kind, len(content) // 2) + content)
    return True


def dripping(handler, body):
    """Byte by byte, each in time."""
    status, kind, content = handler.ask(body)
    handler.wfile.write(handler.head(status, kind, len(content)))
    for i in range(len(content)):
        time.sleep(0.5 / len(content))
        handler.wfile.write(content[i : i + 1])
    return True


def dripping_for_ever(handler, body):
    """Byte by byte, each in time, and never whole."""
    status, kind, content = handler.ask(body)
    handler.wfile.write(handler.head(status, kind, len(content) + 1000) + content)
    with contextlib.suppress(OSError):  # until nobody waits any more
        for _ in range(1000):
            time.sleep(0.1)
            handler.wfile.write(b" ")
    return True


def dripping_head(handler, body):
    """The same, before the answer begins."""
    handler.ask(body)
    handler.wfile.write(b"HTTP/1.1 200 said\r\nX: ")
    with contextlib.suppress(OSError):
        for _ in range(1000):
            time.sleep(0.1)
            handler.wfile.write(b" ")
    return True


def hung(handler, body):
    time.sleep(HANG_SECONDS)
    return True


def hung_when_done(handler, body):
    handler.ask(body)
    return hung(handler, body)


def closed(handler, body):
    return True


FAULTS = [head_cut, body_cut, longer, shorter, dripping, dripping_for_ever, dripping_head, hung, hung_when_done, closed]


@contextmanager
def impatient():
    """As the drainer's own process sends, but that it waits no longer than a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", TIMEOUT)
        with _settings.settings_for_sending():
            yield


@pytest.fixture(scope="module")
def whole(server, tmp_path_factory):
    """A log that has been sent once without a fault."""
    folder = tmp_path_factory.mktemp("line")
    with line_to(server) as (line, uri):
        with impatient():
            bench = Bench(line, folder, Store(uri, "test"))
        yield bench


@pytest.fixture
def line(whole, monkeypatch):
    with impatient():
        yield whole
    whole.stub.put_away()


def test_sockets_that_fail_while_runs_are_made_change_nothing(line, monkeypatch):
    """All in one log, each at a run of its own: alone, at other requests, in the long test."""
    monkeypatch.setattr(_doubts, "_REST_SECONDS", 0.0)
    line.stub.creations = {f"child {i}": fault for i, fault in enumerate(FAULTS)}
    assert line.sent(-1, killed) == line.plain
    assert not line.stub.creations


@pytest.mark.exhaustive
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("which", ["a creation", "another"])
def test_sockets_that_fail_change_nothing(line, monkeypatch, which, fault):
    monkeypatch.setattr(_doubts, "_REST_SECONDS", 0.0)
    i, creations = FAULTS.index(fault), [i for i, path in enumerate(line.requests) if path.endswith("runs/create")]
    number = creations[i] if which == "a creation" else (7 + 11 * i) % len(line.requests)
    assert line.sent(number, fault) == line.plain, f"request {number}: {line.requests[number]}"


EMPTY = {
    "the head is cut": b"HTTP/1.1 200 OK\r\nContent-Ty",
    "no length": b"HTTP/1.1 200 OK\r\n\r\n",
    "no content": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "no chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a blank line": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n\r\n",
    "200 OK": b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n200 OK",
    "compressed": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 20\r\n\r\n" + gzip.compress(b""),
}
"""Answers that MLflow's client takes for `{}`, which says that all was done."""
SAID = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@pytest.mark.parametrize("answer", [*EMPTY.values(), SAID], ids=[*EMPTY, "{}"])
def test_an_answer_without_content_does_not_say_that_all_was_done(answer):
    class Handler(QuietHandler):
        def do_POST(self):  # noqa: N802 # the name that http.server calls
            self.rfile.read(int(self.headers["Content-Length"]))
            self.wfile.write(answer)

    with answering(Handler) as uri, impatient(), whole_answers_in_time(uri):
        connection = Connection(Store(uri, "test"), lambda: None)
        failure = None
        try:
            connection.twice(lambda: connection.client.log_batch("run", params=[Param("a", "b")]))
        except UnavailableError as why:
            failure = why
    assert (failure is None) if answer == SAID else (failure is not None and is_unanswered(failure))


def kill_at(line, number):
    """Run a drainer of its own and kill it in one of its requests."""
    reached = threading.Event()

    def wait(handler, body):
        reached.set()
        time.sleep(HANG_SECONDS)
        return True

    line.stub.plan(number, wait)
    root = str(Path(jaxviz.__file__).parents[1])
    environment = {**os.environ, "JAXVIZ_STORE_URI": line.store.uri}
    command = [sys.executable, "-W", "ignore", "-P", "-c", _courier._START, root, str(line.folder)]
    with subprocess.Popen(command, env=environment) as drainer:
        assert reached.wait(60)
        drainer.send_signal(signal.SIGKILL)


@pytest.mark.parametrize("share", [0.1, 0.5, pytest.param(0.9, marks=pytest.mark.exhaustive)])
def test_a_drainer_that_is_killed_in_a_request_makes_nothing_twice(line, share):
    line.lay()
    kill_at(line, int(share * len(line.requests)))
    assert line.send(-1, killed) == line.plain


def serving(what):
    """How a server answers everything."""

    class Handler(QuietHandler):
        def do_GET(self):  # noqa: N802 # the name that http.server calls
            if what == "drips":
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            for _ in range(100 if what != "503" else 0):
                time.sleep(0.1)
                self.wfile.write(b" " if what == "drips" else b"")
            if what == "503":
                self.send_error(503)

        def do_POST(self):  # noqa: N802 # the name that http.server calls
            self.do_GET()

    return answering(Handler)


@pytest.mark.parametrize("what", ["drips", "hangs", "503"])
def test_a_training_pays_half_a_second_in_all_and_is_told_once(tmp_path, monkeypatch, recwarn, what):
    monkeypatch.setenv("JAXVIZ_JOURNAL", str(tmp_path))
    monkeypatch.setattr(_courier.Courier, "start", lambda self: None)
    took, spent = [], time.monotonic()
    with serving(what) as uri, MLflowLogger("slow", uri, quiet=True) as logger:
        logger.start_run("one")
        spent = time.monotonic()
        for step in range(CALLS):
            start = time.perf_counter()
            logger.log_training_metrics({"a": 1.0}, step)
            took.append(time.perf_counter() - start)
        assert not logger.flush()
        assert logger.run_id is None
        logger.end_run()
        spent = time.monotonic() - spent
    assert sorted(took)[CALLS // 2] < 0.001
    assert spent < 1.0
    assert len([one for one in recwarn if "not accepting data" in str(one.message)]) == 1
