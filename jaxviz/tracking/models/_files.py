"""A model as files that need no pickle: its arrays and their description.

weights.safetensors   the arrays under the paths they have in the model; any safetensors reader opens it
manifest.json         name, shape, dtype and kind of every array, readable
"""

import json
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp

from ...host import is_traced, to_host
from . import _tree
from ._layout import MANIFEST, SCHEMA_VERSION, WEIGHTS

_BITS = {1: "uint8", 2: "uint16", 8: "uint64", 16: "uint64"}
"""Types that safetensors or NumPy has no name for (bfloat16, float8, int4, complex) are stored as their bits."""
_FIRST_OF_OTHERS = 256
"""NumPy's own types have smaller numbers; a float8 may be of the same `kind` as they are."""


def model_files(model: Any) -> dict[str, bytes]:
    """The files of a model's arrays: name → content.

    `model`: any pytree with arrays, a Flax nnx module included; everything but arrays and numbers is left to the code
    that makes the model.
    """
    from safetensors.numpy import save

    names, leaves = _tree.arrays(model)
    if not leaves:
        raise ValueError(f"`model` has no arrays: got {type(model).__name__}")
    for name, leaf in zip(names, leaves, strict=True):
        _check(name, leaf)
    plain = [_tree.plain(leaf) for leaf in leaves]
    on_host = to_host(plain)
    entries = [
        {"name": name, "shape": list(x.shape), "dtype": x.dtype.name, "kind": _tree.kind(leaf)}
        for name, leaf, x in zip(names, leaves, on_host, strict=True)
    ]
    manifest = {"format": "jaxviz model", "schema_version": SCHEMA_VERSION, "jax": jax.__version__, "arrays": entries}
    stored = {name: _storable(name, x) for name, x in zip(names, on_host, strict=True)}
    return {WEIGHTS: save(stored), MANIFEST: json.dumps(manifest, indent=1).encode()}


def restore(folder: Path, like: Any) -> Any:
    """The model in `folder`, in the structure of `like`, bit for bit. ValueError names an array that does not fit.

    A number of Python's and an array of one number stand for each other: a counter is the one in a fresh train state
    and the other in a trained one. The stored value is returned.
    """
    found = read_arrays(folder)
    names, leaves = _tree.arrays(like)
    absent = [name for name in names if name not in found]
    spare = [name for name in found if name not in names]
    if absent or spare:
        raise ValueError(f"`like` is another model: the file lacks {absent} and has besides {spare}")
    new = [_as_in(like_leaf, *found[name], name) for name, like_leaf in zip(names, leaves, strict=True)]
    return _tree.with_arrays(like, new)


def read_arrays(folder: Path) -> dict[str, tuple[Any, str]]:
    """Name → (array, kind) of the files in a folder, in the order they were written."""
    from safetensors.numpy import load_file

    manifest = json.loads((folder / MANIFEST).read_text())
    if manifest.get("schema_version") != SCHEMA_VERSION:
        version = manifest.get("schema_version")
        raise ValueError(f"the model has schema version {version}; this jaxviz reads version {SCHEMA_VERSION}")
    stored = load_file(folder / WEIGHTS)
    return {
        entry["name"]: (stored[entry["name"]].view(jnp.dtype(entry["dtype"])).reshape(entry["shape"]), entry["kind"])
        for entry in manifest["arrays"]
    }


def _check(name: str, leaf: Any) -> None:
    """ValueError if an array has no values."""
    if is_traced(leaf):
        raise ValueError(
            "`model` is traced: it has no values inside jit, vmap or scan; log the values that they return"
        )
    if isinstance(leaf, jax.Array) and leaf.is_deleted():
        raise ValueError(f"`model` has {name!r}, whose buffer was donated or deleted: log the model before that")


def _storable(name: str, x: Any) -> Any:
    """An array of a type that safetensors knows; little-endian and in one piece."""
    native = x.dtype.newbyteorder("=")
    of_numpy = native.num < _FIRST_OF_OTHERS
    if of_numpy and native.kind in "biuf" and native.itemsize <= 8:
        return x.astype(x.dtype.newbyteorder("<"), order="C")
    if native.itemsize not in _BITS or (of_numpy and native.kind != "c"):
        raise ValueError(f"`model` has {name!r} of dtype {x.dtype}, which cannot be stored")
    whole = x.astype(native, order="C")
    return (whole[..., None] if native.itemsize > 8 else whole).view(_BITS[native.itemsize])


def _as_in(like: Any, x: Any, kind: str, name: str) -> Any:
    expected, wanted = _tree.plain(like), _tree.kind(like)
    if x.shape == jnp.shape(expected) == () and "number" in (kind, wanted):
        return x.item() if kind == "number" else _on_device(x)
    if x.shape != jnp.shape(expected) or x.dtype != expected.dtype.newbyteorder("=") or kind != wanted:
        raise ValueError(
            f"`like` has {name!r} as {wanted} {expected.dtype}{list(jnp.shape(expected))}, "
            f"the file as {kind} {x.dtype}{list(x.shape)}"
        )
    if not isinstance(expected, jax.Array | jax.ShapeDtypeStruct):
        return x.astype(expected.dtype)
    return _tree.wrapped(_on_device(x), kind)


def _on_device(x: Any) -> Any:
    """An array of JAX's; NumPy's if JAX does not have its type."""
    return jnp.asarray(x) if jax.dtypes.canonicalize_dtype(x.dtype) == x.dtype else x
