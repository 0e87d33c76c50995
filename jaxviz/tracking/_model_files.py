"""A model as files that need no pickle: its arrays, and what they are.

weights.safetensors   the arrays under the paths they have in the model; any safetensors reader opens it
manifest.json         name, shape, dtype and kind of every array, readable
"""

import json
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp

from .. import _host
from . import _model_tree
from ._model_layout import MANIFEST, SCHEMA_VERSION, WEIGHTS

_BITS = {1: "uint8", 2: "uint16", 8: "uint64"}
"""Types that safetensors has no name for (bfloat16, float8, int4, complex64) are stored as their bits."""


def model_files(model: Any) -> dict[str, bytes]:
    """The files of a model's arrays: name → content.

    `model`: any pytree with arrays, a Flax nnx module included; what is no array or number is left to the code that
    makes the model.
    """
    from safetensors.numpy import save

    names, leaves = _model_tree.arrays(model)
    if not leaves:
        raise ValueError(f"`model` has no arrays: got {type(model).__name__}")
    plain = [_model_tree.plain(leaf) for leaf in leaves]
    on_host = _host.to_host(plain)
    entries = [
        {"name": name, "shape": list(x.shape), "dtype": x.dtype.name, "kind": _model_tree.kind(leaf)}
        for name, leaf, x in zip(names, leaves, on_host, strict=True)
    ]
    manifest = {"format": "jaxviz model", "schema_version": SCHEMA_VERSION, "jax": jax.__version__, "arrays": entries}
    stored = {name: _storable(name, x) for name, x in zip(names, on_host, strict=True)}
    return {WEIGHTS: save(stored), MANIFEST: json.dumps(manifest, indent=1).encode()}


def restore(folder: Path, like: Any) -> Any:
    """The model in `folder`, in the structure of `like`, bit for bit. ValueError names what does not fit."""
    found = read_arrays(folder)
    names, leaves = _model_tree.arrays(like)
    absent = [name for name in names if name not in found]
    spare = [name for name in found if name not in names]
    if absent or spare:
        raise ValueError(f"`like` is another model: the file lacks {absent} and has besides {spare}")
    new = [_as_in(like_leaf, *found[name], name) for name, like_leaf in zip(names, leaves, strict=True)]
    return _model_tree.with_arrays(like, new)


def read_arrays(folder: Path) -> dict[str, tuple[Any, str]]:
    """Name → (array, kind) of the files in a folder, in the order they were written."""
    from safetensors.numpy import load_file

    manifest = json.loads((folder / MANIFEST).read_text())
    if manifest.get("schema_version") != SCHEMA_VERSION:
        version = manifest.get("schema_version")
        raise ValueError(f"the model has schema version {version}; this jaxviz reads version {SCHEMA_VERSION}")
    stored = load_file(folder / WEIGHTS)
    return {
        entry["name"]: (stored[entry["name"]].view(jnp.dtype(entry["dtype"])), entry["kind"])
        for entry in manifest["arrays"]
    }


def _storable(name: str, x: Any) -> Any:
    """An array of a type that safetensors knows; little-endian and in one piece."""
    if x.dtype.kind in "biuf" and x.dtype.name != "float128":
        return x.astype(x.dtype.newbyteorder("<"), order="C")
    if x.dtype.itemsize not in _BITS or x.dtype.kind not in "Vc" or x.dtype.fields:
        raise ValueError(f"`model` has {name!r} of dtype {x.dtype}, which cannot be stored")
    return x.copy(order="C").view(_BITS[x.dtype.itemsize])


def _as_in(like: Any, x: Any, kind: str, name: str) -> Any:
    if kind == _model_tree.kind(like) == "number":
        return type(like)(x.item())
    expected = _model_tree.plain(like)
    if x.shape != jnp.shape(expected) or x.dtype != expected.dtype.newbyteorder("=") or kind != _model_tree.kind(like):
        raise ValueError(
            f"`like` has {name!r} as {_model_tree.kind(like)} {expected.dtype}{list(jnp.shape(expected))}, "
            f"the file as {kind} {x.dtype}{list(x.shape)}"
        )
    if not isinstance(expected, jax.Array | jax.ShapeDtypeStruct):
        return x.astype(expected.dtype)  # NumPy's: JAX may not have its type
    return _model_tree.wrapped(jnp.asarray(x), kind)
