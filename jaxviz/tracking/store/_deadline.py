"""Answers that are whole, within a time limit: each byte may come in time, and the whole never.

MLflow's client limits the wait for each byte alone, and takes an answer without content for one that all was done,
also if the connection ended in its head. It takes no session of ours; so both are looked at in the connections of the
standard library, those to the store's host alone, while there is something to send.
"""

import contextlib
import gzip
import http.client
import os
import socket
import threading
import zlib
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

_TIMES = 3
"""Of the limit for one byte: a long answer of a slow server has that time."""
_ATTRIBUTE, _METHOD = "_jaxviz_deadline", "_jaxviz_method"
_CHANGES = ("POST", "PATCH")
"""Methods of requests that MLflow answers with an object, be it `{}`; a file that is read may be empty."""
_SAYS_NOTHING = (b"", b"200 OK", b"0")
"""Contents that MLflow's client takes for `{}`; the last is the first line of an empty one that comes in chunks."""
_begin, _answer = http.client.HTTPConnection.putrequest, http.client.HTTPConnection.getresponse
_hosts: Counter[str] = Counter()
_mutex = threading.Lock()


@contextlib.contextmanager
def whole_answers_in_time(uri: str) -> Iterator[None]:
    """End connections to the host of `uri` whose answer is not whole within three times MLflow's time limit, or
    empty where MLflow says something.

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


def _begin_request(self: http.client.HTTPConnection, method: str, *args: Any, **kwargs: Any) -> None:
    _cancel(self)
    setattr(self, _METHOD, method)
    _begin(self, method, *args, **kwargs)


def _get_answer(self: http.client.HTTPConnection) -> http.client.HTTPResponse:
    _cancel(self)
    if _hosts[self.host] and (sock := self.sock) is not None:
        timer = threading.Timer(_seconds(), _end, (sock,))
        timer.daemon = True
        setattr(self, _ATTRIBUTE, timer)
        timer.start()
    answer = _answer(self)
    if _hosts[self.host] and getattr(self, _METHOD, "") in _CHANGES and _says_nothing(answer):
        answer.close()
        self.close()
        raise http.client.RemoteDisconnected("the answer has no content")
    return answer


def _says_nothing(answer: http.client.HTTPResponse) -> bool:
    """Whether an answer that all was done is empty: the connection ended in its head, or it is not MLflow's."""
    if answer.status != http.HTTPStatus.OK:
        return False
    return answer.length == 0 or _plain(answer).strip() in _SAYS_NOTHING


def _plain(answer: http.client.HTTPResponse) -> bytes:
    """The beginning of an answer's content; one that is compressed as a whole, if that has arrived."""
    content = answer.fp.peek(1)[: answer.length]
    with contextlib.suppress(OSError, EOFError, zlib.error):
        return gzip.decompress(content)
    return content


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
