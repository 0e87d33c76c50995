"""The configuration beside a log."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple


class Beside(NamedTuple):
    """What lies beside a log."""

    config: Mapping[str, Any]
    labels: Mapping[str, str]
    """What it says of algorithm, task and seed."""


def config_beside(path: Path, root: Path) -> Beside:
    """The configuration in the folder of a log, or in one of those above it, up to that which the caller named."""
    del path, root
    return Beside({}, {})
