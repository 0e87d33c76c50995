"""Evaluations of PFRL and ChainerRL: `scores.txt`, a table between tabs with `args.txt` beside it.

The columns `steps`, `mean`, `median`, `stdev`, `max` and `min` are of the returns of one evaluation.
"""

from pathlib import Path

from ....host.readers import ended, header, names_of, table, text
from ..._log import Format, Log, Series
from .._reading import reader
from .._series import series_of
from ..progress import table_notes

_OWN = ("steps", "episodes", "elapsed", "mean")
_MEAN = "evaluation/mean_return"


def looks(head: bytes, path: Path) -> bool:
    """A first line that begins with its names."""
    return names_of(head)[: len(_OWN)] == _OWN


def parse(content: bytes, path: Path) -> list[Log]:
    """The log of one file."""
    body, torn = ended(text(content))
    first = header(body)
    found = table(first.body, first.names, line=first.line, needed=_OWN, delimiter=first.delimiter)
    columns = {_MEAN if name == "mean" else name: column for name, column in found.numbers.items()}
    series, notes = series_of(columns)
    stepped: dict[str, Series] = {name: one._replace(unit="environment steps") for name, one in series.items()}
    return [Log(stepped, notes=(*table_notes(found, torn), *notes))]


FORMAT = Format("PFRL scores", looks, reader(parse), of_folder=True)
