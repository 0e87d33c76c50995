"""A time limit for a whole answer: where each of its bytes comes in time, the whole of it may never come.

MLflow's client limits the wait for each byte alone, and takes no session of ours; so the limit is put on the
connections of the standard library, those to the store's host alone, while there is something to send.
"""

import contextlib
import http.client
import os
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

_TIMES = 3
"""Of the limit for one byte: a long answer of a slow server has that time."""
_ATTRIBUTE = "_jaxviz_deadline"
_begin, _answer = http.client.HTTPConnection.putrequest, http.client.HTTPConnection.getresponse
_hosts: Counter[str] = Counter()
_mutex = threading.Lock()


@contextlib.contextmanager
def whole_answers_in_time(uri: str) -> Iterator[None]:
    """End connections to the host of `uri` whose answer is not whole within three times MLflow's time limit.

    Time runs from the end of the request on: files may take as long as they need.
    """
    host = urlsplit(uri).hostname or ""
    _count(host, 1)
    try:
        yield
    finally:
        _count(host, -1)


def _count(host: str, by: int) -> None:
    """Note how many send to a host; the standard library's connections are their own again after the last."""
    with _mutex:
        _hosts[host] += by
        sends = any(_hosts.values())
        http.client.HTTPConnection.putrequest = _begin_request if sends else _begin
        http.client.HTTPConnection.getresponse = _get_answer if sends else _answer


def _begin_request(self: http.client.HTTPConnection, *args: Any, **kwargs: Any) -> None:
    _cancel(self)
    _begin(self, *args, **kwargs)


def _get_answer(self: http.client.HTTPConnection) -> http.client.HTTPResponse:
    _cancel(self)
    if _hosts[self.host] and (sock := self.sock) is not None:
        timer = threading.Timer(_seconds(), _end, (sock,))
        timer.daemon = True
        setattr(self, _ATTRIBUTE, timer)
        timer.start()
    return _answer(self)


def _cancel(connection: http.client.HTTPConnection) -> None:
    """Forget the limit of the answer before; where that was read in time, nobody waits for it."""
    if (timer := getattr(connection, _ATTRIBUTE, None)) is not None:
        timer.cancel()


def _end(sock: socket.socket) -> None:
    """Whoever reads is told that the connection ended; a connection that rests is opened again when it is needed."""
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


def _seconds() -> float:
    try:
        return _TIMES * float(os.environ.get("MLFLOW_HTTP_REQUEST_TIMEOUT") or 10)
    except ValueError:
        return _TIMES * 10.0
