"""The store to write to: the argument, the environment, a server that answers, else a local SQLite store."""

import hashlib
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from ..._explained import explained
from ..journal import _locks
from . import _database
from ._failures import UnavailableError
from ._probe import is_mlflow
from ._secrets import hidden, without_credentials

DEFAULT_SERVER = "http://localhost:5000"
DEFAULT_STORE = "sqlite:///data/mlflow.db"
_MAX_SLUG_BYTES = 200
"""File systems allow 255 bytes in a name, a hash behind it included."""
_SQLITE = re.compile(r"sqlite(?:\+\w+)?:///(?P<path>[^?]+)(?P<query>\?.*)?")
_NAMED = ("databricks", "databricks-uc", "uc")
"""Stores that MLflow knows by a name alone."""


@dataclass(frozen=True)
class Store:
    """A tracking store and why it was chosen."""

    uri: str = field(repr=False)
    """With its credentials: nobody is shown it."""
    reason: str

    def __post_init__(self) -> None:
        for name in ("uri", "reason"):
            if not isinstance(text := getattr(self, name), str):
                raise TypeError(f"`{name}` must be a text, got {type(text).__name__}")
        without_credentials(self.uri)  # from now on, `hidden` knows them

    @property
    def is_server(self) -> bool:
        return self.uri.startswith(("http://", "https://"))

    @property
    def is_local(self) -> bool:
        """Whether it lies on a disk of this machine, so that nobody can keep it waiting."""
        return self.uri.startswith(("sqlite:", "sqlite+", "file:"))

    @property
    def database(self) -> Path | None:
        """The file of a SQLite store."""
        found = _SQLITE.fullmatch(self.uri)
        return Path(found["path"]) if found else None

    @property
    def folder(self) -> Path | None:
        """The folder that a store on this machine writes to, once there is one."""
        if not self.is_local:
            return None
        folder = (
            self.database.parent if self.database else Path(unquote(self.uri.removeprefix("file:").removeprefix("//")))
        )
        return folder if folder.is_dir() else None

    @property
    def address(self) -> str:
        """The store for people and for the journal: the path of a database in full, nobody's credentials."""
        if self.database is not None:
            return f"sqlite:///{_absolute(self.database, 'tracking_uri').resolve()}"
        return without_credentials(self.uri.rstrip("/"))

    @property
    def folder_name(self) -> str:
        """Where the store's journals lie: readable, and different for every address."""
        name = self.database.name if self.database is not None else urlsplit(self.address).netloc
        return f"{slug(name or 'store')}-{hashlib.sha256(self.address.encode()).hexdigest()[:8]}"

    @property
    def artifacts(self) -> str | None:
        """Where a local store keeps artifacts: beside its database, not in the current folder."""
        return None if self.database is None else (self.database.parent / "mlartifacts").resolve().as_uri()

    def artifact_location(self, experiment: str) -> str | None:
        """The folder of an experiment's artifacts in a local store; a server chooses its own."""
        return None if self.artifacts is None else f"{self.artifacts}/{slug(experiment)}"

    def absolute(self) -> "Store":
        """The same store seen from any folder."""
        found = _SQLITE.fullmatch(self.uri)
        return self if found is None else Store(f"{self.address}{found['query'] or ''}", self.reason)


def slug(name: str) -> str:
    """A name as the name of one folder; names that are not kept as they are end in a hash."""
    kept = re.sub(r"[^\w\-. ]", "_", name)[:100].encode()[:_MAX_SLUG_BYTES].decode(errors="ignore").strip(". ")
    return kept if kept == name else f"{kept or 'x'}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def journal_root() -> Path:
    """The folder of all journals: JAXVIZ_JOURNAL, or `data/mlflow-journal`. ValueError without a current folder."""
    return _absolute(Path(os.environ.get("JAXVIZ_JOURNAL") or "data/mlflow-journal"), "JAXVIZ_JOURNAL")


@explained
def resolve_store(tracking_uri: str | os.PathLike[str] | None = None) -> Store:
    """The store to write to: `tracking_uri`, else MLFLOW_TRACKING_URI, else a server on port 5000 that answers within
    half a second, else the local store MLFLOW_BACKEND_STORE_URI (default `sqlite:///data/mlflow.db`).

    As for MLflow, an empty text is no choice, and a path is a folder of files. ValueError for anything but a
    text or path, for a text that is no address, and for a database in memory, which no other process sees.
    """
    if given := _located(tracking_uri or "", "tracking_uri"):
        return Store(given, "given")
    if configured := os.environ.get("MLFLOW_TRACKING_URI"):
        return Store(_located(configured, "MLFLOW_TRACKING_URI"), "MLFLOW_TRACKING_URI")
    if is_mlflow(DEFAULT_SERVER):
        return Store(DEFAULT_SERVER, "a server answers there")
    return local_store()


@explained
def local_store() -> Store:
    """The store used when nothing is configured and no server answers."""
    configured = os.environ.get("MLFLOW_BACKEND_STORE_URI")
    if configured:
        return Store(_located(configured, "MLFLOW_BACKEND_STORE_URI"), "MLFLOW_BACKEND_STORE_URI")
    return Store(DEFAULT_STORE, "local store: nothing is configured and no server answers")


def _located(uri: str | os.PathLike[str], argument: str) -> str:
    """A folder as an address that is the same seen from anywhere; every other URI as it is."""
    if not isinstance(uri, str | os.PathLike):
        raise ValueError(f"`{argument}` must be a text or a path, got {type(uri).__name__}")
    text = os.fspath(uri).strip()
    shown = hidden(without_credentials(text))
    try:
        scheme = urlsplit(text).scheme if isinstance(uri, str) else ""
    except ValueError as why:
        raise ValueError(f"`{argument}` must be the address of a store, got {shown!r}: {hidden(str(why))}") from None
    if scheme.partition("+")[0] == "sqlite" and (":memory:" in text or not text.partition(":")[2].strip("/")):
        raise ValueError(f"`{argument}` must be a database on disk, got {shown!r}: no other process sees one in memory")
    is_folder = scheme == "file" or (scheme == "" and text not in _NAMED)
    folder = text if scheme == "" else text.removeprefix("file:")
    return _absolute(Path(folder), argument).as_uri() if text and is_folder and not folder.startswith("//") else text


def _absolute(path: Path, argument: str) -> Path:
    """A path from the root on. ValueError if it is relative and the current folder was deleted."""
    try:
        return path.absolute()
    except FileNotFoundError:
        raise ValueError(f"`{argument}` must be absolute, got {path}: the current folder was deleted") from None


def load_mlflow(store: Store) -> None:
    """Load the modules that a client of the store needs, which takes seconds."""
    import mlflow

    if not store.is_server:
        import mlflow.store.tracking.sqlalchemy_store  # noqa: F401


def open_client(store: Store) -> Any:
    """An MlflowClient of the store. Opening a fresh database is done by one process at a time: it migrates it."""
    import logging

    from mlflow import MlflowClient

    for noisy in ("alembic", "mlflow.store.db.utils"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    store = store.absolute()
    if (database := store.database) is None:
        return MlflowClient(store.uri, store.uri)
    database.parent.mkdir(parents=True, exist_ok=True)
    with _locks.holding(database.with_suffix(".lock")):
        _database.make(database)
        try:
            return MlflowClient(store.uri, store.uri)
        except Exception as error:
            _database.forget(store.uri)
            if why := _database.broken(database):
                raise UnavailableError(why) from error
            raise
