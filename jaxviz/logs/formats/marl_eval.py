"""marl-eval's JSON, as Stoix, Mava and BenchMARL write it.

`{environment: {task: {algorithm: {run: {step_k: {step_count, elapsed_time, metric: [x, …]}, absolute_metrics: {…}}}}}}`
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ...host.readers import Array, floats, grid, json_with_rows, text, whole
from .._log import Format, Kind, Log, Series
from ._reading import reader

_OPEN = rb'\s*\{\s*"(?:[^"\\]|\\.)*"\s*:'
_START = re.compile(_OPEN * 4 + rb'\s*\{\s*"(?:step_?\d+|absolute_metrics)"', re.IGNORECASE)
_STEP = re.compile(r"step_?(\d{1,18})", re.IGNORECASE)
_SEED = re.compile(r"seed[_ ]?(\d+)", re.IGNORECASE)
_RETURN = re.compile(r"return|reward|score|win|success|solve", re.IGNORECASE)
_ABSOLUTE = "absolute_metrics"


def looks(head: bytes, path: Path) -> bool:
    """Five levels of objects, the last of which begins with a step or the absolute metrics."""
    return _START.match(head) is not None


def parse(content: bytes, path: Path) -> list[Log]:
    """One log for each run. ValueError names the run that is damaged, and how many are before it."""
    logs, found = [], json_with_rows(text(content))
    del content  # large as it may be, it is no longer needed
    for names, run in _runs(found, ()):
        try:
            logs.append(_log(names, run))
        except ValueError as error:
            raise ValueError(f"{' / '.join(names)}: {error}; {len(logs)} runs are before it") from None
    if not logs:
        raise ValueError("it holds no runs")
    return logs


def _runs(found: Any, names: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    """The objects four levels down, each with its names."""
    if not isinstance(found, Mapping):
        raise ValueError(f"{' / '.join(names) or 'the file'} holds no object")
    if len(names) == 4:
        yield names, found
        return
    for name, inner in found.items():
        if isinstance(inner, Mapping):
            yield from _runs(inner, (*names, name))


def _log(names: tuple[str, ...], run: Mapping[str, Any]) -> Log:
    environment, task, algorithm, key = names
    numbered = [(int(step[1]), name) for name in run if (step := _STEP.fullmatch(name))]
    entries = [_object(run[name], name) for _, name in sorted(numbered)]
    notes: list[str] = []
    metrics = dict.fromkeys(name for entry in entries for name in entry if name != "step_count")
    series = {name: found for name in metrics if (found := _series(name, entries, notes)) is not None}
    if _ABSOLUTE in run:
        series |= _absolute(_object(run[_ABSOLUTE], _ABSOLUTE), notes)
        notes.append(
            "absolute_metrics is the final evaluation (Stoix, Mava) or the running maximum (BenchMARL): kept apart"
        )
    seed = _SEED.fullmatch(key)
    labels = {"algorithm": algorithm, "task": task, "run": key} | ({"seed": seed[1]} if seed else {})
    return Log(series, labels, {"environment": environment}, notes=tuple(notes))


def _object(value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{name!r} holds no object")
    return value


def _series(name: str, entries: list[Mapping[str, Any]], notes: list[str]) -> Series | None:
    """A metric at the steps that have it; None for a diagnostic that is no number."""
    having = [entry for entry in entries if name in entry]
    values = _values(name, [entry[name] for entry in having], notes)
    if values is None:
        return None
    steps = floats(entry.get("step_count") for entry in having)
    known = steps == steps
    if not known.any():
        return Series(values, None, _kind(name))
    if not known.all():
        notes.append(f"{name!r}: {int((~known).sum())} values without a step_count left out")
        values, steps = values[known], steps[known]
    return Series(values, whole(steps), _kind(name), "environment steps")


def _absolute(metrics: Mapping[str, Any], notes: list[str]) -> dict[str, Series]:
    """The absolute metrics, each one entry without a step."""
    found = {name: _values(name, [value], notes) for name, value in metrics.items() if name != "step_count"}
    return {f"absolute/{name}": Series(values) for name, values in found.items() if values is not None}


def _values(name: str, written: list[Any], notes: list[str]) -> Array | None:
    """[entry, rollout] or [entry] from lists or numbers. ValueError for a return that is no number."""
    try:
        values, alike = grid([value if isinstance(value, list | Array) else [value] for value in written])
    except ValueError as error:
        if _kind(name):
            raise ValueError(f"{name!r}: {error}") from None
        notes.append(f"{name!r} holds no numbers: left out")
        return None
    if not alike:
        notes.append(f"{name!r} has lists of different lengths: their means were taken")
    return values


def _kind(name: str) -> Kind | None:
    return "evaluations" if _RETURN.search(name) else None


FORMAT = Format("marl-eval JSON", looks, reader(parse))
