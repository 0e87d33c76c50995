"""Many runs of any lengths as one archive: of each array one member, with the values of all runs in a row."""

import json
import math
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .._whole_file import whole_file
from . import _archive, _run_schema
from ._records import Arrays, Record, Words
from ._steps import check_step

SCHEMA_VERSION = 1
FORMAT = "jaxviz Study"
_MEMBER = "study.json"
_WHAT = "a study saved by Study.save"
_FIELDS = ("columns", "arrays", "words", "labels")
_LISTS = ("columns", "words")
_MOST_COLUMNS = 2000
_FREE_ARRAYS = 200_000
"""Arrays of single runs that any file may have; more need a byte of the file each: they take a hundred in memory."""
_FREE_AXIS = 1 << 16
"""The longest axis of an array without values."""


class _Column(NamedTuple):
    """The arrays of one name and dtype of all runs that have them."""

    name: str
    values: np.ndarray
    """All of them in a row."""
    shapes: np.ndarray
    """[run, axis]"""
    runs: np.ndarray
    """[run]: which runs they are of."""


class _Header(NamedTuple):
    """The header of a study, checked."""

    words: list[Words]
    columns: list[str]
    specs: dict[str, _archive.Spec]
    labels: dict[str, Any]


def save_records(path: Path, records: Sequence[Record], labels: dict[str, Any]) -> Path:
    """Write runs and what JSON can hold about them. ValueError if `load_records` would refuse them."""
    if path.suffix != ".npz":
        path = path.with_name(path.name + ".npz")
    words = {one: i for i, one in enumerate(dict.fromkeys(record.words for record in records))}
    arrays = {"words": np.array([words[record.words] for record in records], np.int64)}
    dtypes: dict[str, str] = {}
    columns = _columns(records)
    for i, column in enumerate(columns):
        stored = _archive.stored_dtype(column.values.dtype.name)
        own = {"values": column.values.astype(stored, copy=False), "shapes": column.shapes, "runs": column.runs}
        arrays |= {f"{i}/{part}": array for part, array in own.items()}
        dtypes[f"{i}/values"] = column.values.dtype.name
    header = {
        "format": FORMAT,
        "schema_version": SCHEMA_VERSION,
        "words": [list(one) for one in words],
        "columns": [column.name for column in columns],
        "arrays": {
            name: {"shape": list(a.shape), "dtype": dtypes.get(name, a.dtype.name), "sha256": _archive.checksum(a)}
            for name, a in arrays.items()
        },
        "labels": labels,
    }
    text = json.dumps(header, indent=1)
    _parse(text.encode())
    with whole_file(path) as temporary:
        _archive.write(temporary, arrays, {_MEMBER: text})
    return path


def _columns(records: Sequence[Record]) -> list[_Column]:
    found: dict[tuple[str, str, int], list[tuple[int, np.ndarray]]] = defaultdict(list)
    for run, record in enumerate(records):
        for name, array in record.arrays.items():
            found[name, array.dtype.name, array.ndim].append((run, array))
    return [
        _Column(
            name,
            np.concatenate([array.reshape(-1) for _, array in own]),
            np.array([array.shape for _, array in own], np.int64).reshape(len(own), axes),
            np.array([run for run, _ in own], np.int64),
        )
        for (name, _, axes), own in sorted(found.items(), key=lambda item: item[0])
    ]


def load_records(path: Path) -> tuple[list[Record], dict[str, Any]]:
    """The runs and the labels of a file of anybody. ValueError that names it if it is not as `save_records` wrote."""
    with _archive.opened(path, _WHAT) as archive:
        text = archive.text(_MEMBER)
        header = _parse(text)
        _check_many(header, len(text), path.stat().st_size)
        found = {name: archive.array(name, spec) for name, spec in header.specs.items()}
        words = _integers(found["words"], "words", 1)
        _check(words.size == 0 or 0 <= words.min() <= words.max() < len(header.words), "`words` are of no run")
        runs: list[Arrays] = [{} for _ in words]
        for i, name in enumerate(header.columns):
            _fill(runs, name, *(found[f"{i}/{part}"] for part in ("values", "shapes", "runs")))
        records = [Record(arrays, header.words[i]) for arrays, i in zip(runs, words, strict=True)]
        for record in records:
            _check_record(record)
        return records, header.labels


def _check_many(header: _Header, text: int, size: int) -> None:
    """ValueError for more runs than there can be rows in the text, and for more arrays than the file can hold."""
    counts = {name: math.prod(spec.shape) for name, spec in header.specs.items()}
    _check(counts["words"] <= text, "it has more runs than rows")
    arrays = sum(count for name, count in counts.items() if name.endswith("/runs"))
    _check(arrays <= max(_FREE_ARRAYS, size), f"it has {arrays} arrays, the most for its size is {_FREE_ARRAYS}")


def _fill(runs: list[Arrays], name: str, values: np.ndarray, shapes: np.ndarray, owners: np.ndarray) -> None:
    """Give each of the runs its array."""
    shapes, owners = _integers(shapes, name, 2), _integers(owners, name, 1)
    _check(values.ndim == 1 and len(shapes) == len(owners), f"the arrays of {name!r} do not fit each other")
    _check(bool((owners >= 0).all() and (owners < len(runs)).all()), f"{name!r} is of runs that there are not")
    _check(bool((shapes >= 0).all() and (shapes <= max(values.size, _FREE_AXIS)).all()), f"{name!r} has odd shapes")
    at = 0
    for shape, run in zip(shapes.tolist(), owners.tolist(), strict=True):
        size = math.prod(shape)
        _check(at + size <= values.size and name not in runs[run], f"{name!r} has other sizes than its shapes say")
        runs[run][name] = values[at : at + size].reshape(shape)
        at += size
    _check(at == values.size, f"{name!r} has other sizes than its shapes say")


def _integers(array: np.ndarray, name: str, axes: int) -> np.ndarray:
    _check(array.dtype == np.int64 and array.ndim == axes, f"{name!r} is of {array.dtype}{list(array.shape)}")
    return array


def _check_record(record: Record) -> None:
    """ValueError unless the arrays are those of one run."""
    _run_schema.check_layout(record.arrays, ())
    _run_schema.check_counts(record.arrays)
    _check(bool(record.parts & {"episodes", "updates", "evaluation"}), "a run has no returns")
    _check(not record.words.means or "updates/count" in record.arrays, "`means` is true, but there are no updates")
    for name, array in record.arrays.items():
        if name.endswith("/step") or name == "total_steps":
            _check(array.dtype == np.int64, f"{name!r} is of {array.dtype}")
            if array.size:
                check_step(max(int(array.max()), -int(array.min())), name)


def _parse(text: bytes) -> _Header:
    if text.count(b"[") + text.count(b"{") > _run_schema.MOST_CONTAINERS:
        raise ValueError(f"its {_MEMBER} has more than {_run_schema.MOST_CONTAINERS} lists and objects")
    header = json.loads(text)
    _check(isinstance(header, dict) and header.get("format") == FORMAT, f"its {_MEMBER} is of another format")
    version = header.get("schema_version")
    if type(version) is not int or version != SCHEMA_VERSION:
        raise ValueError(f"it has another schema version than {SCHEMA_VERSION}, which this jaxviz reads: update jaxviz")
    columns, arrays, words, labels = (_of(header, name, list if name in _LISTS else dict) for name in _FIELDS)
    _check(all(isinstance(name, str) for name in columns), "`columns` must be names")
    _check(len(columns) <= _MOST_COLUMNS, f"`columns` must be at most {_MOST_COLUMNS} names")
    names = ["words", *(f"{i}/{part}" for i in range(len(columns)) for part in ("values", "shapes", "runs"))]
    _check(set(arrays) == set(names), "`arrays` are not those of its columns")
    specs = {name: _run_schema.spec(name, arrays[name]) for name in names}
    _check(all(one.sha256 is not None for one in specs.values()), "an array has no checksum")
    return _Header([_words(one) for one in words], columns, specs, labels)


def _of(header: dict[str, Any], name: str, kind: type) -> Any:
    _check(isinstance(header.get(name), kind), f"`{name}` must be a {kind.__name__}")
    return header[name]


def _words(one: Any) -> Words:
    _check(isinstance(one, list) and len(one) == len(Words._fields), "`words` must be of four entries")
    metric, minimize, means, squashed = one
    _check(isinstance(metric, str) and len(metric) <= _run_schema.MOST_WORDS, "a metric must be a short text")
    _check(type(minimize) is bool and type(means) is bool, "`minimize` and `means` must be true or false")
    _check(isinstance(squashed, list) and all(part in ("policy", "policies") for part in squashed), "odd policies")
    return Words(metric, minimize, means, tuple(squashed))


def _check(right: bool, otherwise: str) -> None:
    if not right:
        raise ValueError(otherwise)
