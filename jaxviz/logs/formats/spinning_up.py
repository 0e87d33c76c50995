"""Spinning Up: `progress.txt`, a table between tabs, and `config.json` beside it.

The steps are `TotalEnvInteracts`, the returns `AverageEpRet` (a mean over the episodes of an epoch) and
`AverageTestEpRet` (one over those of an evaluation). The task is in `exp_name` alone.
"""

from pathlib import Path

from .._log import Format, Log
from .._typed import labels_of
from ._beside import json_beside
from ._reading import reader
from .progress import names_of, parse

_OWN = {"TotalEnvInteracts", "AverageEpRet"}


def looks(head: bytes, path: Path) -> bool:
    """A first line with its own names."""
    return bool(_OWN & set(names_of(head)))


def read(path: Path) -> list[Log]:
    """The log of a table, with the configuration beside it."""
    config = json_beside(path, "config.json")
    return [log._replace(config=config, labels=labels_of(config)) for log in reader(parse)(path)]


FORMAT = Format("Spinning Up progress", looks, read, of_folder=True)
