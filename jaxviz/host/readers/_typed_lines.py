"""JSON lines by msgspec, where it is installed: four times as fast as the json module, for lines with known names.

It reads what is surely the same as by the json module, and nothing else: a block in which a line has a new name,
another kind of value under a name, `Infinity` or anything that is wrong goes through the json module.
"""

import importlib.util
from collections.abc import Callable, Collection, Iterator, Mapping
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np

from ._cells import number

_ABSENT_BITS = 0x7FF8_0000_0000_0A85
_ABSENT = float(np.array(_ABSENT_BITS, np.int64).view(np.float64))
"""What stands where a line does not have a name: no number of JSON, and no NaN of its own."""
_NAN = ((b": NaN", b": null"), (b":NaN", b":null"))
_MOST_SPARSE = 2
"""Names × lines for each byte up to which memory is that of the lines."""
_MOST_MISSES = 4
Tree = dict[str, Any]
"""Name → "number", "null", "text", "list", "aside", "mixed", or the names below it."""


class Block(NamedTuple):
    """What some lines hold."""

    lines: int
    numbers: dict[str, tuple[np.ndarray, np.ndarray]]
    """Name → the lines that have it, int64, and its values."""


class _Columns(NamedTuple):
    """The type of the lines, and how each name is got out of them."""

    decoder: Any
    getters: dict[str, tuple[str, Callable[[Any], Any]]]


def has_msgspec() -> bool:
    """Whether lines can be read by msgspec."""
    return importlib.util.find_spec("msgspec") is not None


class TypedLines:
    """Blocks of lines, after it has been shown some of them."""

    def __init__(self, aside: Collection[str]) -> None:
        self._aside, self._tree, self._columns = frozenset(aside), Tree(), None
        self._misses, self.works = 0, True

    def learn(self, record: Mapping[str, Any]) -> None:
        """Remember which names there are, and what is under them."""
        self._columns = None
        self._learn(record, self._tree, "")

    def _learn(self, record: Mapping[str, Any], tree: Tree, prefix: str) -> None:
        for name, value in record.items():
            known = tree.get(name, "null")
            if not isinstance(value, dict) or prefix + name in self._aside:
                tree[name] = _both(known, _kind(value))
            elif known == "null" or isinstance(known, dict):
                below = tree[name] = {} if known == "null" else known
                self._learn(value, below, f"{prefix}{name}/")
            else:
                tree[name] = "mixed"

    def read(self, block: bytes) -> Block | None:
        """What whole lines hold; None if they are to be read in another way."""
        if self._columns is None and self._tree:
            self._columns = _columns(self._tree)
        found = None if self._columns is None else _read(block, self._columns)
        self._misses += -1 if found and self._misses else found is None
        self.works = self._misses < _MOST_MISSES
        return found


def _kind(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, str):
        return "text" if _is_text(value) else "mixed"
    return "number" if isinstance(value, int | float) else "list" if isinstance(value, list) else "aside"


def _both(one: Any, other: str) -> Any:
    """What holds values of two kinds."""
    if other in (one, "null"):
        return one
    return other if one == "null" else "mixed"


def _columns(tree: Tree) -> _Columns | None:
    """How lines with these names are read; None if they cannot be."""
    import msgspec

    paths = list(_paths(tree, "", ""))
    getters = {name: (kind, attrgetter(path)) for name, kind, path in paths}
    if len(getters) < len(paths) or "mixed" in (kind for kind, _ in getters.values()):
        return None
    try:
        return _Columns(msgspec.json.Decoder(_type(tree)), getters)
    except (ValueError, TypeError):  # names that it does not take
        return None


def _paths(tree: Tree, prefix: str, path: str) -> Iterator[tuple[str, str, str]]:
    """Names joined by `/`, kinds, and where they are in a line."""
    for place, (name, kind) in enumerate(tree.items()):
        if isinstance(kind, dict):
            yield from _paths(kind, f"{prefix}{name}/", f"{path}f{place}.")
        else:
            yield prefix + name, kind, f"{path}f{place}"


def _type(tree: Tree) -> Any:
    """The type of an object with these names, each of which may be absent."""
    import msgspec

    raw = msgspec.Raw
    types = {"number": float | bool | None, "null": None, "text": str | None, "list": raw, "aside": raw}
    defaults = {"number": _ABSENT, "null": None, "text": None, "list": raw(b"null"), "aside": raw(b"null")}
    fields = []
    for place, (name, kind) in enumerate(tree.items()):
        if isinstance(kind, dict):
            below = _type(kind)
            fields.append((f"f{place}", below, msgspec.field(default_factory=below, name=name)))
        else:
            fields.append((f"f{place}", types[kind], msgspec.field(default=defaults[kind], name=name)))
    return msgspec.defstruct("Object", fields, forbid_unknown_fields=True, gc=False)


def _read(block: bytes, columns: _Columns) -> Block | None:
    count = _whole_objects(block)
    kinds = {kind for kind, _ in columns.getters.values()}
    if not count or count * len(columns.getters) > _MOST_SPARSE * len(block):
        return None
    lines, with_nan = _decoded(block, columns.decoder), False
    if lines is None and b"NaN" in block and b"null" not in block and "text" not in kinds:
        lines, with_nan = _decoded(_without_nan(block), columns.decoder), True
    if lines is None or len(lines) != count:
        return None
    numbers = {}
    for name, (kind, get) in columns.getters.items():
        if kind == "number":
            numbers[name] = _present(get, lines, with_nan)
        elif not _is_nothing(kind, list(map(get, lines))):
            return None
    return Block(count, numbers)


def _decoded(block: bytes, decoder: Any) -> list[Any] | None:
    import msgspec

    try:
        return decoder.decode_lines(block)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def _without_nan(block: bytes) -> bytes:
    """The lines with null for NaN, which is no JSON."""
    for token, null in _NAN:
        block = block.replace(token, null)
    return block


def _whole_objects(block: bytes) -> int:
    """How many lines there are, if each is of objects: one begins and ends with it; else 0."""
    signs = np.frombuffer(block, np.uint8)
    ends = np.flatnonzero(signs == ord("\n"))
    if len(ends) < 2 or ends[0] < 2 or ends[-1] != len(block) - 1 or signs[0] != ord("{"):
        return 0
    last = ends - 1 - (signs[ends - 1] == ord("\r"))
    begins = bool((signs[ends[:-1] + 1] == ord("{")).all())
    return len(ends) if begins and bool((signs[last] == ord("}")).all()) else 0


def _present(get: Callable[[Any], Any], lines: list[Any], with_nan: bool) -> tuple[np.ndarray, np.ndarray]:
    """The lines that have a number, and the numbers; `with_nan`: each null was NaN."""
    try:
        values = np.fromiter(map(get, lines), float, len(lines))
    except TypeError:  # null
        values = np.array(list(map(get, lines)), float)
    places = np.flatnonzero(values.view(np.int64) != _ABSENT_BITS if with_nan else ~np.isnan(values))
    return places, values if len(places) == len(values) else values[places]


def _is_nothing(kind: str, cells: list[Any]) -> bool:
    """Whether cells hold no number: those of text not either, and no text where there was none before."""
    if kind in ("list", "aside"):
        return all(bytes(cell)[:1] in ((b"[" if kind == "list" else b"{"), b"n") for cell in cells)
    return all(cell is None or _is_text(cell) for cell in set(cells))


def _is_text(cell: str) -> bool:
    try:
        number(cell)
    except ValueError:
        return True
    return False
