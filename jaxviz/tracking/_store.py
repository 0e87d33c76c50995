"""Where runs are written: the argument, the environment, a server that answers, else a local SQLite store."""

import http.client
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

DEFAULT_SERVER = "http://localhost:5000"
DEFAULT_STORE = "sqlite:///data/mlflow.db"
_PROBE_SECONDS = 0.5


@dataclass(frozen=True)
class Store:
    """A tracking store and why it was chosen."""

    uri: str
    reason: str

    @property
    def is_server(self) -> bool:
        return self.uri.startswith(("http://", "https://"))

    @property
    def database(self) -> Path | None:
        """The file of a SQLite store."""
        prefix = "sqlite:///"
        return Path(self.uri.removeprefix(prefix)) if self.uri.startswith(prefix) else None

    @property
    def artifacts(self) -> str | None:
        """Where a local store keeps artifacts: beside its database, not in the current folder."""
        return None if self.database is None else (self.database.parent / "mlartifacts").resolve().as_uri()


def resolve_store(tracking_uri: str | None = None) -> Store:
    """The store to write to: `tracking_uri`, else MLFLOW_TRACKING_URI, else a server on port 5000 that answers within
    half a second, else the local store MLFLOW_BACKEND_STORE_URI (default `sqlite:///data/mlflow.db`)."""
    if tracking_uri is not None:
        return Store(tracking_uri, "given")
    configured = os.environ.get("MLFLOW_TRACKING_URI")
    if configured:
        return Store(configured, "MLFLOW_TRACKING_URI")
    if answers(DEFAULT_SERVER):
        return Store(DEFAULT_SERVER, "a server answers there")
    return local_store()


def local_store() -> Store:
    """The store used when nothing is configured and no server answers."""
    configured = os.environ.get("MLFLOW_BACKEND_STORE_URI")
    if configured:
        return Store(configured, "MLFLOW_BACKEND_STORE_URI")
    return Store(DEFAULT_STORE, "local store: nothing is configured and no server answers")


def answers(uri: str, timeout: float = _PROBE_SECONDS) -> bool:
    """Whether an MLflow server says it is healthy within `timeout` seconds."""
    parts = urlsplit(uri)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "localhost", parts.port, timeout=timeout)
    try:
        connection.request("GET", f"{parts.path.rstrip('/')}/health")
        response = connection.getresponse()
        return response.status == 200 and response.read(16).strip() == b"OK"
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def open_client(store: Store) -> Any:
    """An MlflowClient of the store. Opening a fresh database is done by one process at a time: it migrates it."""
    import logging

    from mlflow import MlflowClient

    for noisy in ("alembic", "mlflow.store.db.utils"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    if store.database is None:
        return MlflowClient(store.uri, store.uri)
    store.database.parent.mkdir(parents=True, exist_ok=True)
    with _locked(store.database.with_suffix(".lock")):
        return MlflowClient(store.uri, store.uri)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """An exclusive lock on a file, between processes."""
    try:
        import fcntl
    except ImportError:  # no flock on this system: opening a fresh store twice at once is then the user's risk
        yield
        return
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
