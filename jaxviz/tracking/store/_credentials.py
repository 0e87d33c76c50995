"""Credentials of this process that MLflow's client offers to every server it talks to."""

import os
from pathlib import Path

from ._store import Store

_VARIABLES = (
    *("MLFLOW_TRACKING_TOKEN", "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_AUTH"),
    *("MLFLOW_TRACKING_AWS_SIGV4", "MLFLOW_TRACKING_CLIENT_CERT_PATH"),
)
_FILE = "~/.mlflow/credentials"


def withheld_from(named: Store, configured: Store) -> str | None:
    """Why nothing is sent to a server that only a journal names: it would be offered the credentials of another one.

    None if it is the configured store, no server, or there are no credentials.
    """
    if not named.is_server or named.address == configured.address or (source := _source()) is None:
        return None
    return (
        f"only the journal names this address, and it would be offered the credentials of {source}: if it is yours, "
        f"set MLFLOW_TRACKING_URI={named.address}"
    )


def _source() -> str | None:
    """Where there are credentials, or None."""
    found = [name for name in _VARIABLES if os.environ.get(name)]
    if Path(_FILE).expanduser().exists():
        found.append(_FILE)
    return " and ".join(found) or None
