"""The MLflow server on the local store: one process on 127.0.0.1, up in seconds."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

from ._store import Store, open_client

_HOST = "127.0.0.1"
_ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_END_SECONDS = 3.0
"""A server that loads only notes that it is to end; one that answers waits until that is done. No longer than this."""


def server_command(port: int) -> list[str]:
    """MLflow's own application in one worker: its default starts fifteen processes."""
    quiet = ["-W", "ignore"]  # deprecations inside MLflow's own application
    uvicorn = ["-m", "uvicorn", "mlflow.server.fastapi_app:app", "--log-level", "warning"]
    return [sys.executable, *quiet, *uvicorn, "--host", _HOST, "--port", str(port)]


def server_environment(store: Store) -> dict[str, str]:
    """Environment variables that MLflow's application reads its stores from."""
    artifacts = store.artifacts or "mlartifacts"
    return {
        **os.environ,
        "_MLFLOW_SERVER_FILE_STORE": store.uri,
        "_MLFLOW_SERVER_REGISTRY_STORE": store.uri,
        "_MLFLOW_SERVER_ARTIFACT_ROOT": "mlflow-artifacts:/",
        "_MLFLOW_SERVER_ARTIFACT_DESTINATION": artifacts,
        "_MLFLOW_SERVER_SERVE_ARTIFACTS": "true",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    }


def serve(store: Store, port: int) -> int:
    """Serve the store until Ctrl-C; the exit code. RuntimeError if the port is taken."""
    with socket.socket() as probe:
        if probe.connect_ex((_HOST, port)) == 0:
            raise RuntimeError(f"port {port} is taken: choose another with --port")
    if store.database is not None and not store.database.exists():
        open_client(store)  # creates the database before the server opens it
    for number in (signal.SIGTERM, signal.SIGHUP):  # they end this process, and with it the server, below
        signal.signal(number, lambda *_: sys.exit(0))
    process = None
    try:
        with _ends_later():
            process = subprocess.Popen(server_command(port), env=server_environment(store), start_new_session=True)
        return process.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        if process is not None:
            _end(process)


@contextlib.contextmanager
def _ends_later() -> Iterator[None]:
    """What ends this process does so behind the block: a start that is interrupted leaves a server that nobody knows
    of. A blocked signal would not do: any other thread takes it."""
    came = list[int]()
    before = {number: signal.signal(number, lambda number, _: came.append(number)) for number in _ENDINGS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    for number in came:
        signal.raise_signal(number)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a server and its children, however often Ctrl-C is pressed meanwhile."""
    for number in _ENDINGS:
        signal.signal(number, signal.SIG_IGN)
    for how in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, subprocess.TimeoutExpired):
            os.killpg(process.pid, how)
            process.wait(_END_SECONDS)
            return
    process.wait()
