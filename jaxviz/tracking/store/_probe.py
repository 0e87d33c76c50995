"""Whether a store answers: asked without MLflow, which takes seconds to load."""

import http.client
import os
import socket
import warnings
from urllib.parse import urlsplit

PROBE_SECONDS = 0.5
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
    host takes connections; every other store.
    """
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname, parts.port
        if parts.scheme in ("http", "https"):
            return _api_answers(uri, timeout)
        kind = parts.scheme.partition("+")[0]
        if host and kind in _PORTS:
            socket.create_connection((host, port or _PORTS[kind]), timeout).close()
    except (OSError, ValueError):  # requests' own errors are OSErrors; other texts than addresses raise ValueErrors
        return False
    return True


def _api_answers(uri: str, timeout: float) -> bool:
    """As MLflow's client asks: through the same proxies, trusting the same certificates."""
    import requests

    insecure = os.environ.get("MLFLOW_TRACKING_INSECURE_TLS", "").lower() in ("true", "1")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it is insecure, as was asked for
        answer = requests.get(
            f"{uri.rstrip('/')}/{_SEARCH}",
            timeout=timeout,
            verify=False if insecure else os.environ.get("MLFLOW_TRACKING_SERVER_CERT_PATH") or True,
            cert=os.environ.get("MLFLOW_TRACKING_CLIENT_CERT_PATH") or None,
            stream=True,
        )
    answer.close()
    return answer.status_code < 500
