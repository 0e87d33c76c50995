"""Spinning Up: `progress.txt`, a table between tabs.

The steps are `TotalEnvInteracts`, the returns `AverageEpRet` (a mean over the episodes of an epoch) and
`AverageTestEpRet` (one over those of an evaluation). The task is in `exp_name` of `config.json` beside it
alone.
"""

from pathlib import Path

from ....host.readers import names_of
from ..._log import Format
from .._reading import reader
from ..progress import parse, parse_together

_OWN = {"TotalEnvInteracts", "AverageEpRet"}


def looks(head: bytes, path: Path) -> bool:
    """A first line with its own names."""
    return bool(_OWN & set(names_of(head)))


FORMAT = Format("Spinning Up progress", looks, reader(parse), of_folder=True, together=parse_together)
