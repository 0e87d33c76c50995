"""Studies for other tools: data frames, rliable's scores, marl-eval's JSON."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from .._whole_file import whole_file
from ..host import Record, TidyColumns, tidy_columns
from ..host.readers import Array
from ._manifest import ManifestRow
from ._tables import differing
from ._values import Value, written

Library = Literal["pandas", "polars"]
_NUMBERS = ("rollout", "step", "value", "length")
_OWN = ("algorithm", "task", "seed", "source", "run", "kind", "unit", "stream", "name", *_NUMBERS)
_ENVIRONMENT = "environment"


def frame(rows: Sequence[ManifestRow], records: Sequence[Record], library: Library) -> Any:
    """One row for each value."""
    if library not in ("pandas", "polars"):
        raise ValueError(f'`library` must be "pandas" or "polars", got {library!r}')
    columns = tidy_columns(records)
    texts = {
        **{name: [getattr(row, name) or "" for row in rows] for name in ("algorithm", "task", "source", "run")},
        **{name: [getattr(row, name) or "" for row in rows] for name in ("kind", "unit")},
    }
    values = {"seed": [row.seed for row in rows]} | {
        (f"config/{name}" if name in _OWN else name): [row.configuration.get(name) for row in rows]
        for name in sorted({name for row in rows for name in row.configuration})
    }
    return _pandas(columns, texts, values) if library == "pandas" else _polars(columns, texts, values)


def _plain(values: Sequence[Value]) -> list[Any]:
    """Values of one type: numbers, or text."""
    known = [value for value in values if value is not None]
    if all(isinstance(value, bool) for value in known) or not any(isinstance(value, bool | str) for value in known):
        return list(values)
    return [None if value is None else written(value) for value in values]


def _pandas(columns: TidyColumns, texts: Mapping[str, list[str]], values: Mapping[str, list[Value]]) -> Any:
    import pandas

    def chosen(names: list[str], places: Array) -> Any:
        """A column of few words."""
        known = {name: i for i, name in enumerate(dict.fromkeys(names))}
        codes = pandas.Series([known[name] for name in names], dtype="int64").to_numpy()[places]
        return pandas.Categorical.from_codes(codes, categories=list(known))

    found = {name: chosen(text, columns.run) for name, text in texts.items()}
    found |= {name: pandas.Series(_plain(own)).to_numpy()[columns.run] for name, own in values.items()}
    found |= {"stream": chosen(columns.stream, columns.stream_of), "name": chosen(columns.name, columns.name_of)}
    found |= {name: getattr(columns, name) for name in _NUMBERS}
    return pandas.DataFrame({name: found[name] for name in _order(values)})


def _polars(columns: TidyColumns, texts: Mapping[str, list[str]], values: Mapping[str, list[Value]]) -> Any:
    import polars

    found = {name: polars.Series(name, text).cast(polars.Categorical)[columns.run] for name, text in texts.items()}
    found |= {name: polars.Series(name, _plain(own), strict=False)[columns.run] for name, own in values.items()}
    for name, places in (("stream", columns.stream_of), ("name", columns.name_of)):
        found[name] = polars.Series(name, getattr(columns, name)).cast(polars.Categorical)[places]
    found |= {name: polars.Series(name, getattr(columns, name)) for name in _NUMBERS}
    return polars.DataFrame({name: found[name] for name in _order(values)})


def _order(values: Mapping[str, Any]) -> list[str]:
    """Labels, hyper-parameters, then numbers."""
    return [*_OWN[:2], *(name for name in values if name != "seed"), *_OWN[2:]]


def methods(rows: Sequence[ManifestRow], without: Sequence[str] = ()) -> list[str]:
    """[run]: the algorithm of each with the hyper-parameters that differ in the study, but for some."""
    names = [name for name in differing(rows) if name not in without]
    settings = [
        " ".join(f"{name}={written(row.configuration[name])}" for name in names if name in row.configuration)
        for row in rows
    ]
    return [f"{row.algorithm} {setting}".strip() for row, setting in zip(rows, settings, strict=True)]


def rliable_scores(
    labels: Sequence[str], tasks: Sequence[str], scores: Sequence[float], fewest: bool
) -> dict[str, list[list[float]]]:
    """Algorithm → for each task, in order, the scores of its runs. ValueError if those are not equally many."""
    found: dict[str, dict[str, list[float]]] = {}
    for label, task, score in zip(labels, tasks, scores, strict=True):
        found.setdefault(label, {}).setdefault(task, []).append(score)
    every = sorted(set(tasks))
    for label, own in found.items():
        missing = [task for task in every if task not in own]
        if missing:
            raise ValueError(
                f"{label} has no run on {', '.join(missing[:5])}: select the tasks that all have; see jv.doctor(study)"
            )
        counts = {len(column) for column in own.values()}
        if len(counts) > 1 and not fewest:
            listed = ", ".join(f"{task} {len(own[task])}" for task in every[:10])
            raise ValueError(
                f"{label} has other numbers of runs on its tasks ({listed}), and rliable takes [run, task]: give "
                "fewest=True to keep the first of each, as many as the task with the fewest has"
            )
        for task in every:
            own[task] = own[task][: min(counts)]
    return {label: [own[task] for task in every] for label, own in found.items()}


def write_marl_eval(path: Path, rows: Sequence[ManifestRow], records: Sequence[Record], absolute: bool) -> Path:
    """{environment: {task: {algorithm: {run: {step_k: …, absolute_metrics: …}}}}}"""
    whole: dict[str, Any] = {}
    for label, row, record in zip(methods(rows, [_ENVIRONMENT]), rows, records, strict=True):
        environment = str(row.configuration.get(_ENVIRONMENT, _ENVIRONMENT))
        runs = whole.setdefault(environment, {}).setdefault(row.task, {}).setdefault(label, {})
        steps = _steps(row, record)
        last = {name: values for name, values in [*steps.values()][-1].items() if name != "step_count"} if steps else {}
        runs[_key(row, runs)] = steps | {"absolute_metrics": last} if absolute else steps
    with whole_file(path) as temporary:
        temporary.write_text(json.dumps(whole, indent=1), encoding="utf-8")
    return path


def _key(row: ManifestRow, runs: Mapping[str, Any]) -> str:
    """`seed_3`, or a number that is not taken."""
    wanted = f"seed_{row.seed}" if isinstance(row.seed, int) else str(row.seed) if row.seed is not None else ""
    return wanted if wanted and wanted not in runs else f"run_{len(runs)}"


def _steps(row: ManifestRow, record: Record) -> dict[str, Any]:
    part = record.primary.partition("/")[0]
    columns = tidy_columns([record])
    own = next(i for i, stream in enumerate(columns.stream) if stream in (part, "held"))
    entries: dict[str, dict[str, Any]] = {}
    if f"{part}/step" not in record.arrays:
        raise ValueError(f"the steps of {row} are not known: marl-eval counts in them")
    last = None
    for stream, step, rollout, value in zip(
        columns.stream_of.tolist(), columns.step.tolist(), columns.rollout.tolist(), columns.value.tolist(), strict=True
    ):
        if stream != own:
            continue
        if part != "evaluation" or last != step or rollout == 0:
            entries[f"step_{len(entries)}"] = {"step_count": int(step), record.words.metric: []}
        entries[f"step_{len(entries) - 1}"][record.words.metric].append(value)
        last = step
    return entries
