"""What TensorBoard's page downloads: `run-<run>-tag-<tag>.csv`, a table of one scalar.

    Wall time,Step,Value
    1700000000.5,2048,21.5

The slashes of a tag are `_` in the name of the file: that is undone where it makes a quantity of a known name.
"""

import re
from pathlib import Path

from ....host.readers import ended, header, names_of, table, text
from ..._log import Format, Log
from ..._names import is_of_evaluation, meaning
from ...names._forms import stem_of
from .._reading import reader
from .._series import series_of
from ..progress import table_notes

_OWN = ("Wall time", "Step", "Value")
_FILE = re.compile(r"run[-_](?P<run>.*?)[-_]?tag-(?P<tag>.+?)(?: ?\(\d+\))?")


def looks(head: bytes, path: Path) -> bool:
    """Its three columns."""
    return names_of(head) == _OWN


def parse(content: bytes, path: Path) -> list[Log]:
    """The log of one scalar of a run, under the tag in the name of the file."""
    body, torn = ended(text(content))
    first, (tag, labels) = header(body), named_by(path)
    names = ("timestamp", "step", tag)
    found = table(first.body, names, line=first.line, needed=names[1:], delimiter=first.delimiter)
    series, notes = series_of(found.numbers, evaluation=is_of_evaluation(path))
    return [Log(series, labels, notes=(*table_notes(found, torn), *notes))]


def named_by(path: Path) -> tuple[str, dict[str, str]]:
    """The tag in the name of a file, and the run if it has a name there."""
    named = _FILE.fullmatch(stem_of(path))
    run = named["run"].strip(".") if named else ""
    return _tag(named["tag"]) if named else _OWN[-1], {"run": run} if run else {}


def _tag(written: str) -> str:
    """`rollout/ep_rew_mean` of `rollout_ep_rew_mean`."""
    if meaning(written) is not None:
        return written
    places = [at for at, letter in enumerate(written) if letter == "_"]
    tags = (f"{written[:at]}/{written[at + 1 :]}" for at in places)
    return next((tag for tag in tags if meaning(tag) is not None), written)


FORMAT = Format("TensorBoard table", looks, reader(parse), of_folder=True, of_scalar=True)
