"""What may help where a store is not accepting data."""

import re

_MENDING = {
    r"does not answer|Connection|timed out": "start it or set MLFLOW_TRACKING_URI, then run `jaxviz sync` again",
    r"40[13]|PERMISSION|UNAUTH": "check MLFLOW_TRACKING_USERNAME and _PASSWORD, or MLFLOW_TRACKING_TOKEN",
    r"schema|already exists|alembic|revision": "try `mlflow db upgrade` with its address, or move the database aside: "
    "a new one is made",
    r"not a database|malformed|disk image": "the database is damaged: restore it from a copy, or move it aside: a new "
    "one is made",
    r"No space left|disk is full|cannot be written": "make room on the disk and run `jaxviz sync` again",
    r"has not said whether": "run `jaxviz sync` again in half a minute",
}
"""By a part of the reason."""


def mending(failure: str) -> str:
    """What may help against a failure, as the rest of its line; empty if nobody knows."""
    return next((f"; {advice}" for kind, advice in _MENDING.items() if re.search(kind, failure)), "")
