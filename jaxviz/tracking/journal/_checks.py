"""What the fields of a record may be: a journal may come from anybody, and nothing of it is used before this.

Keys are of letters, digits and `_ - . : @` with blanks between, at most 300 characters: they stand in searches of the
store. Files are `files/<folder>/<name>` inside the journal. Times and steps are whole numbers of 64 bits.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import Any

MOST_NAMES = 1 << 20
_KEY = re.compile(r"[\w\-.:@/ ]{1,300}")
_FILE = re.compile(r"files/[^/\0]{1,255}/[^/\0]{1,255}")
_PART = re.compile(r"[^/\\\0]{1,255}")
_STATUSES = ("RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED")
_NO_NAMES = ("", ".", "..")


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_key(value: Any) -> bool:
    return isinstance(value, str) and _KEY.fullmatch(value) is not None


def _is_whole(value: Any) -> bool:
    return type(value) is int and abs(value) < 2**63


def _is_count(value: Any) -> bool:
    return _is_whole(value) and value >= 0


def _are(of: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and len(value) <= MOST_NAMES and all(map(of, value))


def _are_texts(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_is_text, value.values()))


def _or_none(of: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or of(value)


def is_folder(value: Any) -> bool:
    """Whether it is a relative folder without a way out; empty for none."""
    return isinstance(value, str) and "\0" not in value and "\\" not in value and not _leaves(value)


def _leaves(folder: str) -> bool:
    path = PurePosixPath(folder)
    return path.is_absolute() or ".." in path.parts


def is_file_name(value: Any) -> bool:
    """Whether it is the name of a file, one part of a path."""
    return isinstance(value, str) and value not in _NO_NAMES and _PART.fullmatch(value) is not None


def is_kept_file(value: Any) -> bool:
    """Whether it is the place of a file inside a journal, as it writes them."""
    right = isinstance(value, str) and _FILE.fullmatch(value) is not None
    return right and not any(part in _NO_NAMES for part in value.split("/"))


def _is_address(value: Any) -> bool:
    """Of a model: its key, its id or its address, which MLflow looks up."""
    return isinstance(value, str) and len(value) <= 1000


_EXPECTED: dict[str, tuple[Callable[[Any], bool], str]] = {
    "run": (_is_key, "a key"),
    "time": (_or_none(_is_count), "milliseconds"),
    "name": (_or_none(_is_text), "text"),
    "tags": (_are_texts, "names and texts"),
    "values": (_are_texts, "names and texts"),
    "params": (_are_texts, "names and texts"),
    "parent": (_or_none(_is_key), "a key"),
    "status": (lambda value: value in _STATUSES, f"one of {', '.join(_STATUSES)}"),
    "child": (lambda value: type(value) is bool, "true or false"),
    "names": (_are(_is_text), "a list of texts"),
    "step": (_is_whole, "a whole number"),
    "steps": (_are(_is_whole), "whole numbers"),
    "times": (_are(_is_count), "milliseconds"),
    "model": (_or_none(_is_address), "a key or id of a model"),
    "source": (_is_address, "a key, id or address of a model"),
    "alias": (_or_none(_is_text), "text"),
    "experiment": (_or_none(_is_text), "text"),
    "n": (_is_count, "a number of points"),
    "dtype": (lambda value: value in ("f", "d"), "f or d"),
    "folder": (is_folder, "a folder inside the run's artifacts"),
    "host": (_is_text, "text"),
    "store": (_is_text, "text"),
    "pid": (_or_none(_is_count), "a number"),
    "before": (_or_none(_is_count), "a number of bytes"),
    "file": (_or_none(is_kept_file), "a file inside the journal: files/…/…"),
    "path": (_or_none(_is_text), "text"),
    "digest": (_is_text, "text"),
    "source_type": (_is_text, "text"),
}


def check(fields: Mapping[str, Any]) -> None:
    """ValueError that names a field that is not as a journal has it."""
    for name, value in fields.items():
        is_right, expected = _EXPECTED.get(name, (lambda _: True, ""))
        if not is_right(value):
            raise ValueError(f"`{name}` must be {expected}, got {repr(value)[:80]}")
