"""Files -> what is in them, or why they were left out. No JAX is imported."""

import itertools
import os
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeVar

from .._printable import printable
from ..host import readers
from . import _parallel
from ._config import is_configuration
from ._log import Among, Format, Log, OneOf, UnreadableError
from ._names import is_of_evaluation
from ._recognize import told_by
from ._walk import Place, Refused
from .formats._reading import WholeFiles

T = TypeVar("T")
Tell = Callable[[int, int], None]
"""Told how many of how many files were read."""
UNKNOWN = "no format that is known"
_ALIKE_BYTES = 1 << 16
"""Files up to this size may be read with others."""
_FEWEST = 4
"""Files of one form that are worth an array of their own."""


class FileLogs(NamedTuple):
    """What one file holds."""

    format: str
    logs: list[Log]


class OneOfMany(NamedTuple):
    """What a file holds that was read with others."""

    format: str
    logs: Log
    """Those of all of them: arrays are [entry, file]."""
    place: int


class Read(NamedTuple):
    """A file with its logs."""

    place: Place
    format: str
    logs: list[Log]


class _Opened(NamedTuple):
    """A file of which the beginning is known."""

    format: Format
    whole: bytes | None
    """All of it, if it is short and not packed."""
    line: bytes = b""
    """Its first line, if that may hold the names of columns and the file be read with others."""


def read_files(files: Sequence[str], step_every: int | None = None) -> list[FileLogs | OneOfMany | str]:
    """The logs of each file, or why there are none; it raises nothing. Small tables of one form are read as one."""
    known: dict[tuple[bytes, str], Format] = {}
    opened = [_guarded(partial(_open, file, known)) for file in files]
    found: dict[int, FileLogs | OneOfMany | str] = {}
    for places in _alike(files, opened):
        found |= _together(places, files, opened)
    return [
        found[i] if i in found else one if isinstance(one, str) else _guarded(partial(_logs, one, file, step_every))
        for i, (file, one) in enumerate(zip(files, opened, strict=True))
    ]


def _open(file: str, known: dict[tuple[bytes, str], Format]) -> _Opened | str:
    """A file with its format, or why it cannot be read. `known`: (first line, name of the file) → format of a table."""
    head, whole = readers.start(file)
    line, name = _first_line(whole), os.path.basename(file)
    if line and (form := known.get((line, name))) is not None:
        return _Opened(form, whole, line)
    form = told_by(head, Path(file))
    if form is None:
        return UNKNOWN
    if form.together is None or not line:
        return _Opened(form, whole)
    known[line, name] = form
    return _Opened(form, whole, line)


def _first_line(whole: bytes | None) -> bytes:
    """The first line of a short text, if it may hold the names of columns; nothing for other files."""
    if whole is None or len(whole) > _ALIKE_BYTES or not whole[:1].isalpha() or b"\0" in whole:
        return b""
    return whole[: whole.find(b"\n") + 1]


def _alike(files: Sequence[str], opened: Sequence[_Opened | str]) -> list[list[int]]:
    """The places of files of one form: with one first line and as many others."""
    forms: dict[tuple[str, bytes, int, bool], list[int]] = defaultdict(list)
    for i, (file, one) in enumerate(zip(files, opened, strict=True)):
        if not isinstance(one, str) and one.line and one.whole is not None:
            forms[one.format.name, one.line, one.whole.count(b"\n"), is_of_evaluation(file)].append(i)
    return [places for places in forms.values() if len(places) >= _FEWEST]


def _together(places: Sequence[int], files: Sequence[str], opened: Sequence[_Opened | str]) -> dict[int, OneOfMany]:
    """Place → what was read with the others; nothing if they have to be read one by one."""
    whole = [one for i in places if not isinstance(one := opened[i], str)]
    form, contents = whole[0].format, [one.whole for one in whole if one.whole is not None]
    assert form.together is not None  # only those are alike
    try:
        logs = form.together(contents, Path(files[places[0]]))
    except (ValueError, OverflowError):  # each says it of itself
        logs = None
    return {} if logs is None else {i: OneOfMany(form.name, logs, at) for at, i in enumerate(places)}


def _logs(opened: _Opened, file: str, step_every: int | None) -> FileLogs:
    form, whole, path = opened.format, opened.whole, Path(file)
    if whole is not None and isinstance(form.read, WholeFiles):
        return FileLogs(form.name, form.read.of(whole, path))
    return FileLogs(form.name, form.read(path, step_every) if form.needs_steps else form.read(path))


def _guarded(work: Callable[[], T]) -> T | str:
    """What the work gives, or why it does not."""
    try:
        return work()
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
    ask = partial(read_files, step_every=step_every)
    answers = _parallel.results([place.file for place in places], [place.size for place in places], ask, told)
    read, refused = [], []
    for place, found in zip(places, answers, strict=True):
        if isinstance(found, OneOfMany):
            read.append(Read(place, found.format, [_member(found)]))
        elif found == UNKNOWN and is_configuration(place.path):
            continue
        elif isinstance(found, str):
            refused.append(Refused(place.shown, found.removeprefix(f"{place.shown}: ")))
        elif not found.logs:
            refused.append(Refused(place.shown, f"it is a {found.format} without entries"))
        else:
            read.append(Read(place, found.format, found.logs))
    return read, refused


def _member(found: OneOfMany) -> Log:
    logs = found.logs
    return Log(OneOf(logs.series, found.place), notes=logs.notes, among=Among(logs, found.place))
