"""The door between the host and the device: the only file that imports NumPy.

In: anything array-like becomes a JAX array, or a ValueError that names it. Out: pytrees become NumPy arrays, flat
``a/b`` metrics, or one `.npz` file with readable metadata.
"""

import json
import os
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jax
import jax.core
import jax.numpy as jnp
import numpy as np

from ._run import (
    EpisodeSeries,
    Evaluation,
    GaussianSample,
    LossSeries,
    PolicySample,
    PolicySeries,
    TrainingRun,
    UpdateReturns,
)
from ._types import Array, PyTree

SCHEMA_VERSION = 1
_METADATA_MEMBER = "metadata.json"
_NUMBERS = "biuf"
"""Kinds of NumPy's types that hold numbers."""
_PARTS = {
    "episodes": EpisodeSeries,
    "updates": UpdateReturns,
    "evaluation": Evaluation,
}
"""The parts that are nothing but arrays."""


def is_traced(x: Any) -> bool:
    """Whether `x`, or a part of it, is known only inside a JAX transformation."""
    return any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves(x))


def as_array(x: Any, name: str) -> Array:
    """`x` as a JAX array; float64 becomes the default float, integers that do not fit are an error.

    JAX arrays and tracers pass through. Lists, NumPy and anything with `__array__` are converted. ValueError for
    ragged lists, text, complex numbers, None, and arrays of which entries are masked.
    """
    if isinstance(x, jax.Array):
        return x
    try:
        if _masked(x) is not None:
            raise ValueError("entries are masked; give the data, and what of it is valid")
        host = np.asarray(x)
    except ValueError as error:
        raise ValueError(f"`{name}` must be a rectangular array of numbers: {error}") from None
    if host.dtype.kind not in _NUMBERS and host.dtype.name != "bfloat16":
        raise ValueError(f"`{name}` must be an array of numbers, got {_name_kind(x, host)}")
    wanted = jax.dtypes.canonicalize_dtype(host.dtype)
    if host.dtype.kind in "iu" and host.size and host.dtype.itemsize > wanted.itemsize:
        limits = jnp.iinfo(wanted)
        if host.max() > limits.max or host.min() < limits.min:
            raise ValueError(
                f"`{name}` holds {host.max()}, which does not fit {wanted}: "
                "enable 64-bit integers with jax.config.update('jax_enable_x64', True)"
            )
    return jnp.asarray(host)


def _name_kind(x: Any, host: np.ndarray) -> str:
    return type(x).__name__ if host.dtype == object else f"dtype {host.dtype}"


def is_ragged(x: Any) -> bool:
    """Whether `x` is a list of sequences of different lengths (or of any lengths that are not arrays of one shape)."""
    if not isinstance(x, list | tuple) or not x:
        return False
    lengths = {len(row) if hasattr(row, "__len__") else None for row in x}
    return None not in lengths and len(lengths) > 1


def pad_ragged(rows: Any, name: str) -> tuple[Array, Array]:
    """Runs of different lengths as one array [run, entry] and its mask."""
    arrays = [np.asarray(as_array(row, f"{name}[{i}]")) for i, row in enumerate(rows)]
    for i, row in enumerate(arrays):
        if row.ndim != 1:
            raise ValueError(f"`{name}[{i}]` must be one run of shape [entry], got shape {row.shape}")
    longest = max(row.size for row in arrays)
    padded = np.zeros((len(arrays), longest), np.result_type(*arrays))
    valid = np.zeros(padded.shape, bool)
    for i, row in enumerate(arrays):
        padded[i, : row.size] = row
        valid[i, : row.size] = True
    return jnp.asarray(padded), jnp.asarray(valid)


def to_host(tree: PyTree) -> PyTree:
    """The same pytree with NumPy arrays in place of JAX arrays; one transfer for the whole tree."""
    return jax.tree.map(np.asarray, jax.device_get(tree))


def host_array(x: Any) -> np.ndarray:
    """`x` as a NumPy array of the type it has, int64 and float64 included; what is masked becomes NaN.

    ValueError for what holds no numbers.
    """
    if (masked := _masked(x)) is not None:
        x = masked.astype(np.result_type(masked.dtype, np.float32)).filled(np.nan)
    if isinstance(x, jax.Array) and not x.is_fully_addressable and x.is_fully_replicated:
        x = x.addressable_data(0)  # every process has all of it
    host = np.asarray(x)
    if host.dtype.kind not in _NUMBERS and not _is_small(host.dtype):
        raise ValueError(f"{_name_kind(x, host)} holds no numbers")
    return host


def _is_small(dtype: np.dtype) -> bool:
    """Whether it is one of JAX's own types of real numbers, bfloat16 down to int2, which NumPy does not know."""
    return dtype.kind == "V" and (jnp.issubdtype(dtype, jnp.floating) or jnp.issubdtype(dtype, jnp.integer))


def unmasked(x: Any) -> Any:
    """The entries of masked arrays that are not masked; anything else as it is."""
    masked = _masked(x)
    return x if masked is None else masked.compressed()


def _masked(x: Any) -> Any | None:
    """A masked array, or a list of such, as one; None where no entry is masked: NumPy would take them for numbers."""
    if isinstance(x, list | tuple) and any(isinstance(one, np.ma.MaskedArray) for one in x):
        x = np.ma.array(x)
    return x if np.ma.is_masked(x) else None


def scalars(values: Iterable[Any]) -> list[float] | None:
    """Numbers of Python, and scalars of NumPy and JAX, as floats; None where any is something else."""
    try:
        return [value if type(value) is float else _scalar(value) for value in values]
    except (AttributeError, TypeError, ValueError, RuntimeError, OverflowError):  # also what is traced or deleted
        return None


def _scalar(x: Any) -> float:
    """One number. An array of JAX is read by NumPy: its own `float()` takes ten times as long."""
    if type(x) is int or type(x) is bool:
        return float(x)
    if x.shape != () or x.dtype.kind not in _NUMBERS or isinstance(x, np.ma.MaskedArray):
        raise ValueError("not one number")
    return float(np.asarray(x).item())


def moments(x: np.ndarray) -> dict[str, float]:
    """Mean, standard deviation (ddof 0), smallest and largest element in double precision; NaN and ±inf as they are."""
    wide = x.astype(np.float64)
    with np.errstate(all="ignore"):
        return {part: float(getattr(wide, part)()) for part in ("mean", "std", "min", "max")}


def host_grid(shape: tuple[int, ...], size: int) -> np.ndarray:
    """The index 0 … size − 1 along the last axis of [*shape, size], without its memory."""
    return np.broadcast_to(np.arange(size), (*shape, size))


def path_name(path: tuple[Any, ...]) -> str:
    """A `jax.tree_util` path as a metric name: ``stability/max_drawdown``."""
    return "/".join(_key_name(key) for key in path)


def _key_name(key: Any) -> str:
    for attribute in ("name", "key", "idx"):
        if hasattr(key, attribute):
            return str(getattr(key, attribute))
    return str(key)


def flat_metrics(tree: PyTree, *, prefix: str = "") -> dict[str, np.ndarray]:
    """Every array of a pytree under its path, as NumPy: ``{"stability/max_drawdown": array(…), …}``."""
    leaves, _ = jax.tree_util.tree_flatten_with_path(to_host(tree))
    return {prefix + path_name(path): leaf for path, leaf in leaves}


def save_run(path: str | os.PathLike[str], run: TrainingRun, *, metadata: dict[str, Any] | None = None) -> Path:
    """Write a run as one `.npz`: arrays under their paths, and `metadata.json`, readable with any zip tool.

    `metadata` is anything JSON can hold (configuration, names of seeds, …). The file appears whole or not at all;
    folders are created. No pickle. ValueError where `metadata` is not JSON.
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
        "arrays": {name: {"shape": list(a.shape), "dtype": str(a.dtype)} for name, a in arrays.items()},
        "metadata": metadata or {},
    }
    try:
        text = json.dumps(header, indent=2)
    except TypeError as error:
        raise ValueError(f"`metadata` must be what JSON can hold: {error}") from None
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, suffix=".npz.part")
    try:
        with os.fdopen(descriptor, "wb") as file:
            np.savez_compressed(file, allow_pickle=False, **{name: _storable(a) for name, a in arrays.items()})
        with zipfile.ZipFile(temporary, "a") as archive:
            archive.writestr(_METADATA_MEMBER, text)
        os.replace(temporary, path)
    finally:
        Path(temporary).unlink(missing_ok=True)
    return path


def _squashed(run: TrainingRun) -> list[str]:
    """The parts that are Gaussian policies whose actions go through tanh, which no array says."""
    samples = {"policy": run.policy, "policies": None if run.policies is None else run.policies.sample}
    return [part for part, sample in samples.items() if getattr(sample, "squashed", False)]


def _storable(array: np.ndarray) -> np.ndarray:
    """npz has no bfloat16: float32 holds its values exactly, and the header remembers the dtype."""
    return array.astype(np.float32) if array.dtype.name == "bfloat16" else array


def load_run(path: str | os.PathLike[str]) -> TrainingRun:
    """Read a run written by `save_run`, bit for bit. ValueError where the file is something else or newer."""
    header = _read_header(path)
    with np.load(path, allow_pickle=False) as archive:
        arrays = {
            name: as_array(archive[name].astype(jnp.dtype(spec["dtype"])), name)
            for name, spec in header["arrays"].items()
        }
    squashed = header.get("squashed", [])
    fields = {part: _below(part, arrays) for part in TrainingRun.__dataclass_fields__}
    return TrainingRun(**{part: _rebuild(part, own, part in squashed) for part, own in fields.items() if own})


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
        return LossSeries(values=_below("values", fields), step=fields.get("step"))
    if part == "policies":
        return PolicySeries(_rebuild("policy", _below("sample", fields), squashed), fields.get("step"))
    if part == "policy" and "mean" in fields:
        return GaussianSample(fields["mean"], fields["log_std"], fields.get("observations"), squashed)
    kind: Any = PolicySample if part == "policy" else _PARTS[part]
    return kind(**{name: fields.get(name) for name in kind.__dataclass_fields__})
