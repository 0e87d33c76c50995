"""A model as files that need no pickle: its arrays and their description.

weights.safetensors   the arrays under the paths they have in the model; any safetensors reader opens it
manifest.json         name, shape, dtype and kind of every array, and checksums, readable: see `_manifest`

Both may come from anybody: they are checked before they are used, and nothing in them is code or a pickle.
"""

from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp

from ..._printable import printable
from ...host import is_traced, to_host
from . import _manifest, _tree
from ._layout import EXPORTED, EXPORTED_CHECKSUM, MANIFEST, WEIGHTS

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
    weights = save({name: _storable(name, x) for name, x in zip(names, on_host, strict=True)})
    return {WEIGHTS: weights, MANIFEST: _manifest.write({"jax": jax.__version__, "arrays": entries}, weights)}


def exported_files(content: bytes) -> dict[str, bytes]:
    """The files of an exported function: it, and its checksum."""
    return {EXPORTED: content, EXPORTED_CHECKSUM: f"{_manifest.sha256(content)}\n".encode()}


def read_exported(folder: Path) -> bytes:
    """The exported function of a model. ValueError if it is damaged; those of before have no checksum."""
    content, checksum = (folder / EXPORTED).read_bytes(), folder / EXPORTED_CHECKSUM
    if checksum.exists() and checksum.read_bytes().strip() != _manifest.sha256(content).encode():
        raise ValueError(f"the model in {folder} is damaged: {EXPORTED} has another checksum than was written with it")
    return content


def restore(folder: Path, like: Any, name: str | None = None) -> Any:
    """The model in `folder`, in the structure of `like`, bit for bit. ValueError names an array that does not fit.

    `name`: see `read_arrays`.

    A number of Python's and an array of one number stand for each other: a counter is the one in a fresh train state
    and the other in a trained one. The stored value is returned.
    """
    found = read_arrays(folder, name)
    names, leaves = _tree.arrays(like)
    absent = [name for name in names if name not in found]
    spare = [name for name in found if name not in names]
    if absent or spare:
        raise ValueError(f"`like` is another model: the file lacks {absent} and has besides {spare}")
    new = [_as_in(like_leaf, *found[name], name) for name, like_leaf in zip(names, leaves, strict=True)]
    return _tree.with_arrays(like, new)


def read_arrays(folder: Path, name: str | None = None) -> dict[str, tuple[Any, str]]:
    """Name → (array, kind) of the files in a folder, in the order they were written.

    ValueError that names the model, as `name` or by its folder, if it is damaged or was not stored by jaxviz.
    """
    from safetensors import SafetensorError

    try:
        for file in (MANIFEST, WEIGHTS):
            if not (folder / file).resolve().is_relative_to(folder.resolve()):
                raise ValueError(f"{file} is a link out of its folder")
        return _arrays((folder / MANIFEST).read_bytes(), (folder / WEIGHTS).read_bytes())
    except (ValueError, TypeError, KeyError, OverflowError, MemoryError, SafetensorError, FileNotFoundError) as error:
        what = f"the model in {folder}" if name is None else f"the model {name!r}"
        raise ValueError(f"{what} is damaged, or was not stored by jaxviz: {printable(str(error)[:500])}") from None


def _arrays(manifest: bytes, weights: bytes) -> dict[str, tuple[Any, str]]:
    from safetensors.numpy import load

    entries, stored = _manifest.read(manifest, weights), load(weights)
    if {entry.name for entry in entries} != stored.keys():
        raise ValueError(f"{MANIFEST} and {WEIGHTS} name different arrays")
    return {one.name: (stored[one.name].view(one.dtype).reshape(one.shape), one.kind) for one in entries}


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
