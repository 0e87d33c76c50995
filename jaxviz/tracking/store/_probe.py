"""Whether a store answers: asked without MLflow, which takes seconds to load."""

import contextlib
import http.client
import os
import socket
import threading
import time
import warnings
from urllib.parse import urlsplit

PROBE_SECONDS = 0.5
_GRACE_SECONDS = 0.05
"""For the thread that asks to say what it heard at the last moment."""
_SEARCH = "api/2.0/mlflow/experiments/search?max_results=1"
_PORTS = {"postgresql": 5432, "postgres": 5432, "mysql": 3306, "mariadb": 3306, "mssql": 1433}


def is_mlflow(uri: str, timeout: float = PROBE_SECONDS) -> bool:
    """Whether an MLflow server says at a plain address that it is healthy."""
    parts = urlsplit(uri)
    connection = http.client.HTTPConnection(parts.hostname or "localhost", parts.port, timeout=timeout)
    try:
        connection.request("GET", "/health")
        response = connection.getresponse()
        return response.status == 200 and response.read(16).strip() == b"OK"
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def answers(uri: str, timeout: float = PROBE_SECONDS) -> bool:
    """Whether a store can be talked to: a server whose API answers, if only that it wants credentials; a database whose
    host takes connections; every other store. It is asked in a thread, as neither looking up a name nor an answer that
    drips byte by byte has a time limit of its own.
    """
    said: list[bool | BaseException] = []
    asking = threading.Thread(target=_ask, args=(uri, timeout, said), daemon=True)
    asking.start()
    asking.join(timeout + _GRACE_SECONDS)
    if said and isinstance(said[0], BaseException):
        raise said[0]
    return bool(said and said[0])


def _ask(uri: str, timeout: float, said: list[bool | BaseException]) -> None:
    try:
        said.append(_answers(uri, timeout))
    except (OSError, ValueError):  # requests' own errors are OSErrors; a port that is none raises a ValueError
        said.append(False)
    except BaseException as error:  # for the one who asks
        said.append(error)


def _answers(uri: str, timeout: float) -> bool:
    parts = urlsplit(uri)
    host, port = parts.hostname, parts.port
    if parts.scheme in ("http", "https"):
        return _api_answers(uri, timeout)
    kind = parts.scheme.partition("+")[0]
    if host and kind in _PORTS:
        socket.create_connection((host, port or _PORTS[kind]), timeout).close()
    return True


def _api_answers(uri: str, timeout: float) -> bool:
    """As MLflow's client asks: through the same proxies, trusting the same certificates; the whole answer in time."""
    import requests

    insecure = os.environ.get("MLFLOW_TRACKING_INSECURE_TLS", "").lower() in ("true", "1")
    end = time.monotonic() + timeout
    with warnings.catch_warnings() if insecure else contextlib.nullcontext():
        if insecure:
            warnings.simplefilter("ignore")  # that it is insecure, as was asked for
        answer = requests.get(
            f"{uri.rstrip('/')}/{_SEARCH}",
            timeout=timeout,
            verify=False if insecure else os.environ.get("MLFLOW_TRACKING_SERVER_CERT_PATH") or True,
            cert=os.environ.get("MLFLOW_TRACKING_CLIENT_CERT_PATH") or None,
            stream=True,
        )
    with answer:
        if answer.status_code >= 500:
            return False
        for _ in answer.iter_content(1):  # more bytes at once would be waited for
            if time.monotonic() > end:
                return False
    return True
