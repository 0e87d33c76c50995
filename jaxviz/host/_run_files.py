"""Runs as `.npz` files with readable metadata."""

import dataclasses
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np

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
from ._arrays import as_array
from ._numbers import flat_metrics
from ._steps import as_steps

SCHEMA_VERSION = 1
_STEPS = ("step", "total_steps")
_METADATA_MEMBER = "metadata.json"
_PARTS = {
    "episodes": EpisodeSeries,
    "updates": UpdateReturns,
    "evaluation": Evaluation,
}
"""The parts that are nothing but arrays."""


def save_run(path: str | os.PathLike[str], run: TrainingRun, *, metadata: dict[str, Any] | None = None) -> Path:
    """Write a run as one `.npz`: arrays under their paths, and `metadata.json`, readable with any zip tool.

    `metadata` is anything JSON can hold (configuration, names of seeds, …). The file appears whole or not at all;
    folders are created. No pickle. ValueError if JSON cannot hold `metadata`.
    """
    path = Path(path)
    if path.suffix != ".npz":
        path = path.with_name(path.name + ".npz")
    arrays = flat_metrics(run)
    header = {
        "format": "jaxviz TrainingRun",
        "schema_version": SCHEMA_VERSION,
        "batch_shape": list(run.batch_shape),
        "squashed": _squashed(run),
        "means": run.updates is not None and run.updates.means,
        "metric": run.metric,
        "minimize": run.minimize,
        "arrays": {name: {"shape": list(a.shape), "dtype": str(a.dtype)} for name, a in arrays.items()},
        "metadata": metadata or {},
    }
    try:
        text = json.dumps(header, indent=2)
    except TypeError as error:
        raise ValueError(f"`metadata` must be values that JSON can hold: {error}") from None
    with whole_file(path) as temporary:
        with temporary.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **{name: _storable(a) for name, a in arrays.items()})
        with zipfile.ZipFile(temporary, "a") as archive:
            archive.writestr(_METADATA_MEMBER, text)
    return path


def _squashed(run: TrainingRun) -> list[str]:
    """The parts that are Gaussian policies whose actions go through tanh, which no array says."""
    samples = {"policy": run.policy, "policies": None if run.policies is None else run.policies.sample}
    return [part for part, sample in samples.items() if getattr(sample, "squashed", False)]


def _storable(array: np.ndarray) -> np.ndarray:
    """npz has no bfloat16: float32 holds its values exactly, and the header remembers the dtype."""
    return array.astype(np.float32) if array.dtype.name == "bfloat16" else array


def load_run(path: str | os.PathLike[str]) -> TrainingRun:
    """Read a run written by `save_run`, bit for bit. ValueError if the file is something else, or newer."""
    header = _read_header(path)
    with np.load(path, allow_pickle=False) as archive:
        arrays = {
            name: _read(archive[name].astype(jnp.dtype(spec["dtype"])), name) for name, spec in header["arrays"].items()
        }
    squashed = header.get("squashed", [])
    fields = {part: _below(part, arrays) for part in TrainingRun.__dataclass_fields__}
    parts = {part: _rebuild(part, own, part in squashed) for part, own in fields.items() if own}
    if header.get("means"):
        parts["updates"] = dataclasses.replace(parts["updates"], means=True)
    words = {name: header[name] for name in ("metric", "minimize") if name in header}
    return TrainingRun(**parts, **words, total_steps=arrays.get("total_steps"))


def _read(array: np.ndarray, name: str) -> Any:
    """Steps are exact, whichever form they had."""
    return as_steps(array, name) if name.rpartition("/")[2] in _STEPS else as_array(array, name)


def load_metadata(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The `metadata` that `save_run` was given."""
    return _read_header(path)["metadata"]


def _read_header(path: str | os.PathLike[str]) -> dict[str, Any]:
    try:
        with zipfile.ZipFile(path) as archive:
            header = json.loads(archive.read(_METADATA_MEMBER))
    except (zipfile.BadZipFile, KeyError, json.JSONDecodeError):
        raise ValueError(f"{path} is not a run saved by jaxviz.save_run") from None
    version = header.get("schema_version")
    if version != SCHEMA_VERSION:
        raise ValueError(f"{path} has schema version {version}; this jaxviz reads version {SCHEMA_VERSION}")
    return header


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
