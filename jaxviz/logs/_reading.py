"""Files -> what is in them, or why they were left out. No JAX is imported."""

import itertools
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from .._printable import printable
from . import _parallel
from ._config import is_configuration
from ._log import Log, UnreadableError
from ._recognize import recognized
from ._walk import Place, Refused
from .formats._reading import WholeFiles

Tell = Callable[[int, int], None]
"""Told how many of how many files were read."""
UNKNOWN = "no format that is known"


class FileLogs(NamedTuple):
    """What one file holds."""

    format: str
    logs: list[Log]


class Read(NamedTuple):
    """A file with its logs."""

    place: Place
    format: str
    logs: list[Log]


def read_file(path: Path, step_every: int | None = None) -> FileLogs | str:
    """The logs of a file, or why there are none; it raises nothing."""
    try:
        found, whole = recognized(path)
        if found is None:
            return UNKNOWN
        if whole is not None and isinstance(found.read, WholeFiles):
            return FileLogs(found.name, found.read.of(whole, path))
        return FileLogs(found.name, found.read(path, step_every) if found.needs_steps else found.read(path))
    except OSError as error:
        return f"it cannot be read: {error.strerror or error}"
    except (UnreadableError, ValueError, ImportError) as error:
        return printable(str(error))
    except Exception as error:  # a file that its reader stumbles over is one of many
        return printable(f"it cannot be read: {type(error).__name__}: {error}")


def read_all(
    places: Sequence[Place], step_every: int | None = None, tell: Tell | None = None
) -> tuple[list[Read], list[Refused]]:
    """The logs of all files, in their order, and the files that were left out."""
    counter = itertools.count(1)
    told = (lambda: None) if tell is None else (lambda: tell(next(counter), len(places)))
    paths = [place.path for place in places]
    answers = _parallel.results(
        paths, [place.size for place in places], partial(read_file, step_every=step_every), told
    )
    read, refused = [], []
    for place, found in zip(places, answers, strict=True):
        if found == UNKNOWN and is_configuration(place.path):
            continue
        if isinstance(found, str):
            refused.append(Refused(place.shown, found.removeprefix(f"{place.shown}: ")))
        elif not found.logs:
            refused.append(Refused(place.shown, f"it is a {found.format} without entries"))
        else:
            read.append(Read(place, found.format, found.logs))
    return read, refused
