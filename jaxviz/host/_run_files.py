"""Runs as `.npz` files with readable metadata."""

import dataclasses
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .._explained import explained
from .._run import (
    EpisodeSeries,
    Evaluation,
    GaussianSample,
    LossSeries,
    PolicySample,
    PolicySeries,
    TrainingRun,
    UpdateReturns,
)
from .._types import Array
from .._whole_file import whole_file
from . import _archive, _run_schema
from ._arrays import as_array
from ._numbers import flat_metrics
from ._steps import as_steps

_STEPS = ("step", "total_steps")
_METADATA_MEMBER = "metadata.json"
_WHAT = "a run saved by jaxviz.save_run"
_PARTS = {
    "episodes": EpisodeSeries,
    "updates": UpdateReturns,
    "evaluation": Evaluation,
}
"""The parts that are nothing but arrays."""


@explained
def save_run(path: str | os.PathLike[str], run: TrainingRun, *, metadata: dict[str, Any] | None = None) -> Path:
    """Write a run as one `.npz`: arrays under their paths, and `metadata.json`, readable with any zip tool.

    `metadata` is anything JSON can hold (configuration, names of seeds, …). The file appears whole or not at all;
    folders are created. No pickle; each array has its SHA-256 in the header. ValueError if JSON cannot hold
    `metadata`, and for a run whose arrays do not fit each other, which `load_run` would refuse.

    >>> import tempfile
    >>> path = jv.save_run(tempfile.mkdtemp() + "/run.npz", jv.from_arrays([1.0, 2.0]), metadata={"lr": 0.1})
    >>> path.name
    'run.npz'
    """
    path = Path(path)
    if path.suffix != ".npz":
        path = path.with_name(path.name + ".npz")
    if not isinstance(run, TrainingRun):
        raise TypeError(f"`run` must be a TrainingRun, got {type(run).__name__}: give the run it was made of")
    arrays = flat_metrics(run)
    _check(arrays, run.batch_shape)
    stored = {name: a.astype(_archive.stored_dtype(a.dtype.name), copy=False) for name, a in arrays.items()}
    members = {name: _archive.member_of(name, i) for i, name in enumerate(arrays)}
    header = {
        "format": _run_schema.FORMAT,
        "schema_version": _run_schema.SCHEMA_VERSION,
        "batch_shape": list(run.batch_shape),
        "squashed": squashed_parts(run),
        "means": run.updates is not None and run.updates.means,
        "metric": run.metric,
        "minimize": run.minimize,
        "arrays": {
            name: {"shape": list(a.shape), "dtype": a.dtype.name, "sha256": _archive.checksum(stored[name])}
            | ({} if members[name] == name else {"member": members[name]})
            for name, a in arrays.items()
        },
        "metadata": metadata or {},
    }
    try:
        text = json.dumps(header, indent=2)
        _run_schema.parse(text.encode())
    except (TypeError, RecursionError) as error:
        raise ValueError(f"`metadata` must be values that JSON can hold: {error}") from None
    with whole_file(path) as temporary:
        _archive.write(temporary, {members[name]: a for name, a in stored.items()}, {_METADATA_MEMBER: text})
    return path


def _check(arrays: dict[str, np.ndarray], batch: tuple[int, ...]) -> None:
    """ValueError if `load_run` would refuse the arrays."""
    try:
        _run_schema.check_layout(arrays, batch)
        _run_schema.check_counts(arrays)
    except ValueError as error:
        raise ValueError(f"`run` cannot be saved: {error}") from None


def squashed_parts(run: TrainingRun) -> list[str]:
    """The parts that are Gaussian policies whose actions go through tanh, which no array says."""
    samples = {"policy": run.policy, "policies": None if run.policies is None else run.policies.sample}
    return [part for part, sample in samples.items() if getattr(sample, "squashed", False)]


@explained
def load_run(path: str | os.PathLike[str]) -> TrainingRun:
    """Read a run written by `save_run`, bit for bit.

    The file may come from anybody: its schema (`_run_schema`), its limits (`_archive`) and its checksums are checked,
    and nothing is unpickled. ValueError that names the file if it is something else, damaged, or newer.

    >>> import tempfile
    >>> path = jv.save_run(tempfile.mkdtemp() + "/run.npz", jv.from_arrays([1.0, 2.0]))
    >>> jv.load_run(path)
    TrainingRun: one run
      episodes: 2 per run, 2 in all
    """
    with _archive.opened(Path(path), _WHAT) as archive:
        header = _run_schema.parse(archive.text(_METADATA_MEMBER))
        arrays = {name: archive.array(name, spec) for name, spec in header.arrays.items()}
        _run_schema.check_counts(arrays)
        return run_of(arrays, header.squashed, header.means, header.words)


def run_of(
    arrays: Mapping[str, np.ndarray], squashed: Sequence[str], means: bool, words: Mapping[str, Any]
) -> TrainingRun:
    """The run of checked arrays under the names of `_run_schema`; `words`: its `metric` and `minimize`."""
    read = {name: _read(array, name) for name, array in arrays.items()}
    fields = {part: _below(part, read) for part in TrainingRun.__dataclass_fields__}
    parts = {part: _rebuild(part, own, part in squashed) for part, own in fields.items() if own}
    if means:
        parts["updates"] = dataclasses.replace(parts["updates"], means=True)
    return TrainingRun(**parts, **words, total_steps=read.get("total_steps"))


def _read(array: np.ndarray, name: str) -> Any:
    """Steps are exact, whichever form they had."""
    return as_steps(array, name) if name.rpartition("/")[2] in _STEPS else as_array(array, name)


def load_metadata(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The `metadata` that `save_run` was given. ValueError as for `load_run`."""
    with _archive.opened(Path(path), _WHAT) as archive:
        return _run_schema.parse(archive.text(_METADATA_MEMBER)).metadata


def _below(part: str, arrays: dict[str, Array]) -> dict[str, Array]:
    """The arrays of one part under their names in it."""
    return {name.removeprefix(f"{part}/"): a for name, a in arrays.items() if name.startswith(f"{part}/")}


def _rebuild(part: str, fields: dict[str, Array], squashed: bool) -> Any:
    """One part of a run from its arrays."""
    if part == "losses":
        return LossSeries(values=_below("values", fields), step=fields.get("step"), valid=fields.get("valid"))
    if part == "policies":
        return PolicySeries(_rebuild("policy", _below("sample", fields), squashed), fields.get("step"))
    if part == "policy" and "mean" in fields:
        return GaussianSample(fields["mean"], fields["log_std"], fields.get("observations"), squashed)
    kind: Any = PolicySample if part == "policy" else _PARTS[part]
    names = kind.__dataclass_fields__.keys() - {"means"}
    return kind(**{name: fields.get(name) for name in names})
