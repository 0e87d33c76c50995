"""Paths, folders and globs -> the files in them, each once."""

import glob
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from .._explained import explained
from .._printable import printable
from ._config import Listing
from ._stores import run_files

Paths = str | os.PathLike[str] | Iterable[str | os.PathLike[str]] | Mapping[str, "Paths"]
_NO_LOGS = {".git", ".hg", ".svn", "__pycache__", "node_modules", ".venv", ".ipynb_checkpoints", ".mypy_cache"}
_DATABASE = "sqlite:///"
_NEAR = 4
"""Names between the common folder of several paths and each of them, at most."""


class Place(NamedTuple):
    """A file, and what the caller called it by."""

    file: str
    """Its path, as text: to make a Path of each of ten thousand files takes as long as to open them."""
    folder: str
    base: str
    """Its name in its folder."""
    root: Path
    """The folder that the caller named; of a file its folder."""
    size: int = 0
    """Bytes; 0 if it cannot be asked."""
    name: str | None = None
    """The caller's name for what is there."""

    @property
    def path(self) -> Path:
        """Where it is."""
        return Path(self.file)

    @property
    def shown(self) -> str:
        """The path as it may be printed."""
        return printable(self.file)


class Refused(NamedTuple):
    """What was left out, and why."""

    path: str
    why: str


class Walked(NamedTuple):
    """All files that were found."""

    places: list[Place]
    refused: list[Refused]


@explained
def walk(paths: Paths, listing: Listing | None = None) -> Walked:
    """The files under paths, folders and globs (`runs/*/seed_?`, `runs/**/progress.csv`), sorted, each file once.

    A mapping gives names: {"PPO": "runs/ppo"}. What is in each folder is put into `listing`. ValueError for a path that
    does not exist and a glob that finds nothing.
    """
    walked, seen = Walked([], []), set[object]()
    named, listing = list(_named(paths, None)), Listing() if listing is None else listing
    common = _common([path for _, path in named])
    for name, path in named:
        for found, top in _expanded(path):
            root = common or top or (found if found.is_dir() else found.parent)
            for folder, base, file in _files(found, walked.refused, listing):
                identity, size = _identity(file)
                if identity in seen:
                    continue
                seen.add(identity)
                if size is None:
                    walked.refused.append(Refused(printable(file), "it is no file"))
                else:
                    walked.places.append(Place(file, folder, base, root, size, name))
    return walked


def _identity(file: str) -> tuple[object, int | None]:
    """What links to a file have in common with it, and its size; None for what is no file, as a pipe."""
    try:
        found = os.stat(file)
    except OSError:
        return file, 0
    return (found.st_dev, found.st_ino), found.st_size if stat.S_ISREG(found.st_mode) else None


def _named(paths: Paths, name: str | None) -> Iterator[tuple[str | None, Path]]:
    if isinstance(paths, str | os.PathLike):
        yield name, Path(os.fspath(paths).removeprefix(_DATABASE)).expanduser()
    elif isinstance(paths, Mapping):
        for own, below in paths.items():
            if not isinstance(own, str):
                raise TypeError(f"`paths` must have texts as names, got {own!r}")
            yield from _named(below, own)
    elif isinstance(paths, Iterable) and not isinstance(paths, bytes):
        for below in paths:
            yield from _named(below, name)
    else:
        raise TypeError(f"`paths` must be a path, a glob, a list or a mapping of them, got {type(paths).__name__}")


def _common(paths: list[Path]) -> Path | None:
    """The folder that several paths are in, as a shell lists what a glob finds; None if it is far above any of them."""
    if len(paths) < 2 or any(glob.has_magic(str(path)) for path in paths):
        return None
    try:
        common = Path(os.path.commonpath(paths))
    except ValueError:  # some are absolute
        return None
    near = all(len(path.parts) - len(common.parts) <= _NEAR for path in paths)
    return common if near and common.parts and common != Path(common.anchor) else None


def _expanded(path: Path) -> list[tuple[Path, Path | None]]:
    """The path itself, or what a glob finds, with the folder that its fixed part names."""
    text = str(path)
    if "://" in os.fspath(path) or text.startswith(("s3:/", "gs:/", "http:/", "https:/")):
        raise ValueError(f"`paths` must be on this machine, got {printable(text)}: copy the files here first")
    if os.path.lexists(path):
        return [(path, None)]
    if not glob.has_magic(text):
        raise ValueError(f"`paths`: {printable(text)} does not exist")
    found = sorted(glob.glob(text, recursive=True))
    if not found:
        raise ValueError(f"`paths`: no file or folder is named like {printable(text)}")
    fixed = next(i for i, part in enumerate(path.parts) if glob.has_magic(part))
    return [(Path(one), Path(*path.parts[:fixed]) if fixed else None) for one in found]


def _files(path: Path, refused: list[Refused], listing: Listing) -> Iterator[tuple[str, str, str]]:
    """The files under a path: their folder, name and both, as text."""
    if not path.is_dir():
        yield str(path.parent), path.name, str(path)
        return
    folders = [str(path)]
    while folders:
        folder = folders.pop()
        try:
            below, files = _inside(folder)
        except OSError as error:
            refused.append(Refused(printable(folder), f"the folder cannot be read: {error.strerror}"))
            continue
        listing[folder] = frozenset((*below, *files) if below else files)
        own = run_files(files, below)
        start = "" if folder == os.curdir else os.path.join(folder, "")
        yield from [(folder, file, start + file) for file in sorted(own or files)]
        if below and not own:
            near = sorted((name for name, entered in below.items() if entered and name not in _NO_LOGS), reverse=True)
            folders += [start + name for name in near]


def _inside(folder: str) -> tuple[dict[str, bool], list[str]]:
    """The folders in a folder, each with whether it is entered (links are not), and the files."""
    folders, files = {}, []
    with os.scandir(folder) as entries:
        for entry in entries:
            if _is_folder(entry):
                folders[entry.name] = not entry.is_symlink()
            else:
                files.append(entry.name)
    return folders, files


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # as a link to itself
        return False
