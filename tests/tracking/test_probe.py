"""Who counts as a store that answers."""

import socket
import threading
from contextlib import contextmanager

import pytest

from jaxviz.tracking.store import _probe

from .conftest import QuietHandler, answering


@contextmanager
def serving(status):
    """A server that is healthy and whose API says `status`, or nothing at all; its address."""
    over = threading.Event()

    class Handler(QuietHandler):
        def do_GET(self):  # noqa: N802 # the name that http.server calls
            if self.path != "/health" and status is None:
                over.wait(30)
                return
            content = b"OK" if self.path == "/health" else b"{}"
            self.send_response(200 if self.path == "/health" else status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    try:
        with answering(Handler) as uri:
            yield uri
    finally:
        over.set()


@pytest.mark.parametrize(
    ("status", "expected"),
    [(200, True), (401, True), (403, True), (404, True), (500, False), (503, False), (None, False)],
)
def test_a_server_answers_where_its_api_does(status, expected):
    with serving(status) as uri:
        assert _probe.answers(uri) is expected
        assert _probe.is_mlflow(uri)


def test_a_database_answers_where_its_host_takes_connections():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        uri = f"postgresql+psycopg2://user:secret@127.0.0.1:{listening.getsockname()[1]}/mlflow"
        assert not _probe.answers(uri)
        listening.listen()
        assert _probe.answers(uri)
    assert _probe.answers("postgresql://user@/mlflow?host=/run/postgresql")
    assert _probe.answers("sqlite:///anything.db")
