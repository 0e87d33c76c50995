"""Comparisons as files: every array under its path, and the names and settings as words."""

from collections.abc import Callable, Mapping
from dataclasses import Field, fields
from pathlib import Path
from types import NoneType
from typing import Any, Literal, TypeVar, get_args, get_origin

import equinox as eqx
import jax
import jax.numpy as jnp

from ..host import flat_metrics, load_arrays, save_arrays
from ..study import Cell, Finding
from ..study.checks._findings import Severity
from ._results import VERDICTS, Comparison
from ._settings import Scale
from .selection._chosen import Chosen, Select

FORMAT = "jaxviz Comparison 1"
_COMPONENTS = {
    "aggregate": "algorithm", "tasks": "algorithm task", "pairs": "pair", "profile": "algorithm threshold",
}  # fmt: skip
"""The axes of the intervals of each part."""
_ANY = ("n", "n_tasks", "level", "left_out")
"""Of an Interval: one, or one of each component."""
_PLAIN = (str, bool, int, NoneType)
_WHAT = "a comparison saved by Comparison.save"
Part = TypeVar("Part", bound=eqx.Module)


def save(path: Path, comparison: Comparison) -> Path:
    """Write a comparison."""
    return save_arrays(path, flat_metrics(comparison), _words(comparison), FORMAT)


def _words(part: eqx.Module) -> dict[str, Any]:
    """Static fields, of parts below their names."""
    found: dict[str, Any] = {}
    for field in fields(part):
        value = getattr(part, field.name)
        if isinstance(value, eqx.Module):
            found[field.name] = _words(value)
        elif _is_static(field):
            found[field.name] = _plain(value)
    return found


def _plain(value: Any) -> Any:
    """A static field as JSON has it."""
    if isinstance(value, Scale | Chosen):
        return value._asdict()
    if isinstance(value, Finding):
        return {
            **value._asdict(),
            "cells": [{**vars(cell), "configuration": dict(cell.configuration)} for cell in value.cells],
        }
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


def load(path: Path) -> Comparison:
    """The comparison in a file of anybody. ValueError that names the file if it is none."""
    arrays, words = load_arrays(path, FORMAT, _WHAT)
    try:
        found = _read(Comparison, "", arrays, words)
        _check(found)
    except (KeyError, TypeError, IndexError) as error:
        raise ValueError(f"`path`: {path} is not {_WHAT}: it lacks {error}, or has it in another form") from None
    except ValueError as error:
        raise ValueError(f"`path`: {path} is not {_WHAT}: {error}") from None
    return found


def _read(kind: type[Part], prefix: str, arrays: Mapping[str, Any], words: Mapping[str, Any]) -> Part:
    """A part of a comparison from the arrays below its name and its words."""
    made = {}
    for field in fields(kind):
        path = f"{prefix}{field.name}"
        if _is_static(field):
            made[field.name] = _word(field, words.get(field.name, []) if field.name in _RECORDS else words[field.name])
        elif (inner := _module(field)) is None:
            made[field.name] = _array(field, arrays[path])
        elif field.name in words or NoneType not in get_args(field.type):
            made[field.name] = _read(inner, f"{path}/", arrays, words[field.name])
        else:
            made[field.name] = None
    return kind(**made)


def _is_static(field: Field[Any]) -> bool:
    return bool(field.metadata.get("static"))


def _module(field: Field[Any]) -> type[eqx.Module] | None:
    """The class of a field that is a part of its own, or may be."""
    kinds = get_args(field.type) or (field.type,)
    return next((one for one in kinds if isinstance(one, type) and issubclass(one, eqx.Module)), None)


def _array(field: Field[Any], array: Any) -> jax.Array:
    if array.ndim > 3 or array.dtype.kind not in "biuf":
        raise ValueError(f"`{field.name}` is {array.dtype}{list(array.shape)}")
    return jnp.asarray(array)


def _word(field: Field[Any], value: Any) -> Any:
    """A static field as it was. ValueError if it is of another kind."""
    if field.type is Scale:
        return _scale(value)
    if field.name in _RECORDS:
        return tuple(map(_RECORDS[field.name], value))
    choices, kinds = _choices(field.type), tuple(one for one in (field.type, *get_args(field.type)) if one in _PLAIN)
    names = get_origin(field.type) is tuple
    if names:
        kind = get_args(field.type)[0]
        right = isinstance(value, list) and all(type(one) is kind for one in value)
    else:
        right = value in choices if choices else type(value) in kinds
    if not right:
        raise ValueError(f"`{field.name}` is {str(value)[:80]!r}")
    return tuple(value) if names else value


def _choices(kind: Any) -> tuple[Any, ...]:
    """The words that a Literal, or a union of them, allows."""
    if get_origin(kind) is Literal:
        return get_args(kind)
    return tuple(word for one in get_args(kind) if get_origin(one) is Literal for word in get_args(one))


def _scale(value: Any) -> Scale:
    found = Scale(value["name"], value["source"], tuple(value["low"]), tuple(value["high"]))
    texts = isinstance(found.name, str) and isinstance(found.source, str)
    if not texts or not all(isinstance(x, int | float) for x in (*found.low, *found.high)):
        raise ValueError("`scale` is no scale")
    return found


def _chosen(value: Any) -> Chosen:
    found = Chosen(**value)
    texts = (found.algorithm, found.task, found.configuration)
    numbers = (found.candidates, found.naive, found.honest, found.share)
    if not (all(isinstance(x, str) for x in texts) and all(isinstance(x, int | float) for x in numbers)):
        raise ValueError("`chosen` is none")
    if found.how not in get_args(Select):
        raise ValueError(f"`chosen` was chosen by {str(found.how)[:80]!r}")
    return found


def _finding(value: Any) -> Finding:
    cells = tuple(Cell(**cell) for cell in value["cells"])
    found = Finding(**{**value, "cells": cells, "runs": tuple(value["runs"])})
    words = (found.name, found.evidence, found.remedy, *found.runs)
    if found.severity not in get_args(Severity) or not all(isinstance(word, str) for word in words):
        raise ValueError("`findings` are none")
    return found


_RECORDS: dict[str, Callable[[Any], Any]] = {"chosen": _chosen, "findings": _finding}
"""Static fields of several parts each; files of before have none."""


def _check(found: Comparison) -> None:
    """ValueError unless the axes fit each other and the names, and places are those of something."""
    sizes = {"algorithm": len(found.algorithms), "task": len(found.task_names), "pair": found.pairs.first.size}
    _check_axes(found, sizes, "")
    pairs = found.pairs
    for name, low, high in (
        ("first", 0, sizes["algorithm"]), ("second", 0, sizes["algorithm"]), ("hangs_on", -1, sizes["task"]),
        ("verdict", min(VERDICTS), max(VERDICTS) + 1),
    ):  # fmt: skip
        places = getattr(pairs, name)
        if places.size and not (low <= int(places.min()) and int(places.max()) < high):
            raise ValueError(f"`{name}` is of something that there is not")
    if found.scale.name != "raw" and not len(found.scale.low) == len(found.scale.high) == sizes["task"]:
        raise ValueError("`scale` is of other tasks")
    if found.baseline is not None and found.baseline not in found.algorithms:
        raise ValueError("`baseline` is none of the algorithms")
    if found.looks and int(found.tasks.runs.max()) not in found.looks:
        raise ValueError("`looks` are at other numbers of runs")


def _check_axes(part: eqx.Module, sizes: dict[str, int], components: str) -> None:
    for field in fields(part):
        value = getattr(part, field.name)
        if isinstance(value, eqx.Module):
            _check_axes(value, sizes, _COMPONENTS.get(field.name, components))
        elif isinstance(value, jax.Array) and field.name not in _ANY:
            names = str(getattr(field.type, "dim_str", "")).replace("*component", components).split()
            expected = [sizes.setdefault(name, size) for name, size in zip(names, value.shape, strict=False)]
            if len(names) != value.ndim or expected != list(value.shape):
                raise ValueError(f"`{field.name}` has the shape {list(value.shape)}, its axes are {names}")
