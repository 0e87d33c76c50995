"""Spinning Up: `progress.txt`, a table between tabs, and `config.json` beside it.

The steps are `TotalEnvInteracts`, the returns `AverageEpRet` (a mean over the episodes of an epoch) and
`AverageTestEpRet` (one over those of an evaluation). The task is in `exp_name` alone.
"""

import json
from pathlib import Path
from typing import Any

from .._log import Format, Log
from ._reading import reader
from .progress import names_of, parse

_OWN = {"TotalEnvInteracts", "AverageEpRet"}
_MOST_CONFIG = 1 << 20
_PLAIN = (bool, int, float, str)


def looks(head: bytes, path: Path) -> bool:
    """A first line with its own names."""
    return bool(_OWN & set(names_of(head)))


def read(path: Path) -> list[Log]:
    """The log of a table, with the configuration beside it."""
    config = _beside(path)
    seed = config.get("seed")
    labels = {} if seed is None else {"seed": str(seed)}
    return [log._replace(config=config, labels=labels) for log in reader(parse)(path)]


def _beside(path: Path) -> dict[str, Any]:
    """What is plain in config.json, nested names joined by `/`; nothing where it is absent or damaged."""
    try:
        with (path.parent / "config.json").open("rb") as file:
            found = json.loads(file.read(_MOST_CONFIG))
    except (OSError, ValueError, RecursionError):
        return {}
    return plain(found) if isinstance(found, dict) else {}


def plain(nested: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Names joined by `/` → numbers, truths and texts; lists and what has no word in JSON (`<function …>`) are not."""
    found: dict[str, Any] = {}
    for name, value in nested.items():
        if isinstance(value, dict):
            found |= plain(value, f"{prefix}{name}/")
        elif isinstance(value, _PLAIN) and not (isinstance(value, str) and value.startswith("<")):
            found[f"{prefix}{name}"] = value
    return found


FORMAT = Format("Spinning Up progress", looks, read)
