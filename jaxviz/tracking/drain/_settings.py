"""Settings of a process while it does nothing but send."""

import contextlib
import gc
import os
from collections.abc import Iterator

_COLLECT = 50_000, 50, 100
"""MLflow's store makes ten objects of every point, which go without the collector; it took a quarter of the time."""
_OURS = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0"}
"""The drainer itself tries again."""
_DEFAULTS = {
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}
"""The user's own come before these."""


@contextlib.contextmanager
def settings_for_sending() -> Iterator[None]:
    """Set the collector and MLflow's environment for sending, and restore both."""
    before = {name: os.environ.get(name) for name in (*_OURS, *_DEFAULTS)}
    threshold = gc.get_threshold()
    gc.set_threshold(*_COLLECT)
    os.environ.update({**{name: value for name, value in _DEFAULTS.items() if before[name] is None}, **_OURS})
    try:
        yield
    finally:
        gc.set_threshold(*threshold)
        for name, value in before.items():
            os.environ.pop(name, None)
            os.environ.update({} if value is None else {name: value})
