"""Users' values in the form that MLflow accepts. Nothing is dropped: other values than numbers become text, long text
is cut.

Keys: characters that MLflow refuses become "_"; over 250 characters they are cut and end in a hash; if two names of
a run would become the same key, the later one ends in a hash too. Files likewise.

Metrics: nested mappings (and objects that look like one), NamedTuples, dataclasses and namespaces become `a/b`; an
array of one element is its value, a larger one `/mean`, `/std`, `/min`, `/max` of its elements, an empty one NaN;
masked elements are left out. NaN stays NaN; MLflow stores infinities as the largest float. Other values become tags
under their keys.

Steps: whole numbers, of any type, alone or in an array of one element.

Parameters and tags: text; over 6000 and 8000 characters it is cut and ends in a hash.
"""

import hashlib
import math
import re
from argparse import Namespace
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import lru_cache
from numbers import Number
from types import SimpleNamespace
from typing import Any, SupportsFloat

from .._nested import flat_items
from .._printable import printable
from ..host import host_array, is_traced, moments, unmasked

MAX_KEY = 250
MAX_PARAM = 6000
MAX_TAG = 8000
MAX_FILE, MAX_FILE_BYTES = 120, 200
MAX_STEP = 2**63 - 1
_REFUSED = re.compile(r"[^\w\-. :/]")
_NOT_IN_FILES = re.compile(r"[^\w\-. ]")
_SUFFIX = re.compile(r"\.\w{1,10}$", re.ASCII)
_PLAIN = (float, int, bool)
_MOST_NAMES = 1 << 17


@lru_cache(maxsize=4096, typed=True)
def key(name: Any) -> str:
    """A name as MLflow accepts it for the key of a metric, parameter or tag."""
    parts = [part.strip() for part in _REFUSED.sub("_", _plain_text(name)).split("/")]
    cleaned = "/".join(part.replace("..", "__") for part in parts if part not in ("", ".", ".."))
    return _cut(cleaned or "_", MAX_KEY)


class Keys:
    """The keys, or files, of one kind of a run: names that would share one are told apart, whichever call they are in.

    Two threads may ask at once.
    """

    def __init__(self, clean: Callable[[str], str] = key, *, suffixes: bool = False) -> None:
        """`suffixes`: names end in suffixes, which stay at the end."""
        self._clean, self._suffixes = clean, suffixes
        self._owners: dict[str, str] = {}

    def of(self, name: str) -> str:
        """The key of a name."""
        if len(self._owners) >= _MOST_NAMES:  # a training that makes up names must not fill the memory
            self._owners.clear()
        found = self._clean(name)
        while self._owners.setdefault(found, name) != name:
            suffix = match[0] if self._suffixes and (match := _SUFFIX.search(found)) else ""
            found = self._clean(f"{found.removesuffix(suffix)}-{_hash(name)}{suffix}")
        return found


def step_of(step: Any) -> int:
    """A step as the store accepts it: a whole number of 64 bits; None → 0. ValueError for anything else."""
    if step is None:
        return 0
    try:
        whole = int(step) if isinstance(step, int) else _whole(host_array(step))
    except (ValueError, TypeError, OverflowError):
        whole = None
    if whole is None or abs(whole) > MAX_STEP:
        raise ValueError(f"`step` must be one whole number of at most 64 bits, got {_text(step)[:50]}")
    return whole


def _whole(array: Any) -> int | None:
    number = array.reshape(-1)[0].item() if array.size == 1 else None
    return int(number) if number is not None and number == int(number) else None


def flatten(values: Any, argument: str = "values") -> dict[str, Any]:
    """Nested mappings, dataclasses and NamedTuples as `a/b` names; lists, and empty ones of these, stay values."""
    mapping = values if isinstance(values, Mapping) else _as_mapping(values)
    if mapping is None:
        raise ValueError(f"`{argument}` must map names to values, got {type(values).__name__}")
    return _apart(flat_items(mapping, opened=_opened, name_of=_plain_text))


def under(group: str, values: Any, argument: str) -> dict[str, Any]:
    """As `flatten`, with every name below `group`, once."""
    named = flatten(values, argument).items()
    return _apart((f"{group}/{name.removeprefix(f'{group}/')}", value) for name, value in named)


def _apart(named: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """A mapping that keeps values of the same name: the later ones have a hash behind it.

    `_put` tells keys apart, which may be the same for different names. Stored runs have the names that both give.
    """
    apart: dict[str, Any] = {}
    for name, value in named:
        while name in apart:
            name = f"{name}-{_hash(name)}"
        apart[name] = value
    return apart


def _opened(value: Any) -> Mapping[Any, Any] | None:
    """The mapping inside a value; None for values that are logged as they are."""
    is_array = hasattr(value, "dtype") or hasattr(value, "__array__")
    return None if type(value) in _PLAIN or is_array else _as_mapping(value) or None


def _plain_text(name: Any) -> str:
    """A name as text; of an enum's member that is a text, the text that it is equal to."""
    return str.__str__(name) if isinstance(name, str) else str(name)


def _as_mapping(value: Any) -> Mapping[Any, Any] | None:
    if isinstance(value, Mapping):
        return value
    if isinstance(value, Namespace | SimpleNamespace):
        return vars(value)
    if isinstance(value, type):
        return None
    if hasattr(value, "_asdict"):
        return value._asdict()
    if hasattr(value, "__dataclass_fields__"):
        return {name: getattr(value, name) for name in value.__dataclass_fields__}
    looks_like_one = all(hasattr(value, name) for name in ("keys", "items", "__getitem__"))  # e.g. a ConfigDict
    return dict(value.items()) if looks_like_one and not hasattr(value, "__array__") else None


def split_metrics(
    metrics: Mapping[Any, Any], keys: Keys | None = None, text_keys: Keys | None = None
) -> tuple[dict[str, float], dict[str, str]]:
    """Metrics that are numbers, and the others as text, under keys of a run. ValueError inside a JAX transformation."""
    keys, text_keys = keys or Keys(), text_keys or Keys()
    numbers: dict[str, float] = {}
    texts: dict[str, str] = {}
    for name, value in flatten(metrics, "metrics").items():
        found = _numbers(name, value)
        if found is None:
            texts[text_keys.of(name)] = _cut(_text(value), MAX_TAG)
        for suffix, number in (found or {}).items():
            numbers[keys.of(f"{name}{suffix}")] = number
    return numbers, texts


def plain_keys(names: tuple[Any, ...], keys: Keys) -> tuple[str, ...] | None:
    """The keys of texts; None for names that are no plain texts."""
    return tuple(map(keys.of, names)) if {*map(type, names)} == {str} else None


def _numbers(name: str, value: Any) -> dict[str, float] | None:
    """The numbers of a value under the suffixes of their names; None if it has none."""
    if type(value) is float:
        return {"": value}
    if is_traced(value):
        raise ValueError(
            f"`{name}` is traced: it has no value inside jit, vmap or scan; log the values that they return"
        )
    try:
        if not hasattr(value, "dtype") and isinstance(value, Number) and isinstance(value, SupportsFloat):
            return {"": float(value)}
        array = host_array(unmasked(value))
    except (ValueError, TypeError, OverflowError, RuntimeError):  # RuntimeError: deleted, or on another machine
        return None
    if array.size == 1:
        return {"": float(array.reshape(()))}
    if array.size == 0:
        return {"": math.nan}
    return {f"/{part}": number for part, number in moments(array).items()}


def params(values: Mapping[Any, Any], keys: Keys | None = None) -> dict[str, str]:
    """Parameters as text."""
    return _texts(values, "params", MAX_PARAM, keys)


def _texts(values: Mapping[Any, Any], argument: str, most: int, keys: Keys | None) -> dict[str, str]:
    keys = keys or Keys()
    return {keys.of(name): _cut(_text(value), most) for name, value in flatten(values, argument).items()}


def plain(values: Mapping[Any, Any]) -> dict[str, bool | int | float | str]:
    """Parameters as numbers if they are numbers, else as text: JSON holds both, and figures place them on an axis."""
    keys = Keys()
    found: dict[str, bool | int | float | str] = {}
    for name, value in flatten(values, "params").items():
        number = _number(value)
        found[keys.of(name)] = _cut(_text(value), MAX_PARAM) if number is None else number
    return found


def _number(value: Any) -> bool | int | float | None:
    if hasattr(value, "dtype") and getattr(value, "size", 0) == 1:
        with suppress(ValueError, TypeError, RuntimeError):
            value = host_array(value).item()
    if isinstance(value, int):
        return value if value.bit_length() <= 64 else None
    return value if isinstance(value, float) and math.isfinite(value) else None


def tags(values: Mapping[Any, Any], keys: Keys | None = None) -> dict[str, str]:
    """Tags as text."""
    return _texts(values, "tags", MAX_TAG, keys)


def line(text: str, most: int = 250) -> str:
    """A name for people as one line that every store accepts."""
    return _cut(printable(_clean(" ".join(text.split()))), most)


def file_name(name: str) -> str:
    """The name of an artifact: one part of a path, never a way out of its folder; of a long one the end stays."""
    kept = _NOT_IN_FILES.sub("_", name).strip(". ") or "_"
    if len(kept) <= MAX_FILE and len(kept.encode()) <= MAX_FILE_BYTES:
        return kept
    found = _SUFFIX.search(kept)
    end = f"-{_hash(kept)}{found[0] if found else ''}"
    room = MAX_FILE_BYTES - len(end.encode())
    return kept[: MAX_FILE - len(end)].encode()[:room].decode(errors="ignore") + end


def artifact_place(path: str) -> str:
    """The place of an artifact among those of its run: its folder and its name."""
    folder, _, name = path.rpartition("/")
    return "/".join(filter(None, (folder_name(folder), file_name(name))))


def folder_name(path: str) -> str:
    """The folder of an artifact: relative, never a way out."""
    return "/".join(file_name(part) for part in path.split("/") if part not in ("", ".", ".."))


def _text(value: Any) -> str:
    if isinstance(value, str):
        return _clean(value)
    if hasattr(value, "dtype") and hasattr(value, "shape"):
        with suppress(ValueError, TypeError, RuntimeError):
            return str(host_array(value).tolist())
    try:
        return _clean(str(value))
    except Exception as error:  # somebody else's __str__ must not end a training
        return f"<{type(value).__name__}: {type(error).__name__} in its __str__>"


def _clean(text: str) -> str:
    """Text that every database accepts: no NUL, no half of a character."""
    return text.replace("\x00", "\N{SYMBOL FOR NULL}").encode("utf-8", "replace").decode()


def _cut(text: str, limit: int) -> str:
    """`text` within the limit; a cut text ends in a hash of the whole, so that different ones stay different."""
    return text if len(text) <= limit else f"{text[: limit - 9]}-{_hash(text)}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:8]
