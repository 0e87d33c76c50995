"""A model as files that need no pickle: its arrays, what they are, and where wanted what it computes.

weights.safetensors   the arrays under the paths they have in the model; any safetensors reader opens it
manifest.json         name, shape, dtype and kind of every array, readable
policy.stablehlo      an exported function of (arrays, observations), which runs without the code that made it
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp

from .. import _host
from ._model_layout import EXPORTED, MANIFEST, SCHEMA_VERSION, WEIGHTS

PLATFORMS = ("cpu", "cuda", "tpu")
_BITS = {1: "uint8", 2: "uint16", 8: "uint64"}
"""Types that safetensors has no name for (bfloat16, float8, int4, complex64) are stored as their bits."""
_MOST_EXPORTED = 8
_exported: dict[Any, bytes] = {}
"""The latest exported functions: as under `jit`, the same `apply` of the same kind of model is traced once."""


def model_files(model: Any, apply: Callable[..., Any] | None = None, example: Any = None) -> dict[str, bytes]:
    """The files of a model: name → content.

    `model`: any pytree with arrays, a Flax nnx module included; what is no array or number is left to the code that
    makes the model. `apply(model, observations)` is exported for the `example` observations [batch, …], for any batch.
    """
    from safetensors.numpy import save

    names, leaves = _arrays(model)
    if not leaves:
        raise ValueError(f"`model` has no arrays: got {type(model).__name__}")
    plain = [_plain(leaf) for leaf in leaves]
    on_host = _host.to_host(plain)
    entries = [
        {"name": name, "shape": list(x.shape), "dtype": x.dtype.name, "kind": _kind(leaf)}
        for name, leaf, x in zip(names, leaves, on_host, strict=True)
    ]
    manifest = {"format": "jaxviz model", "schema_version": SCHEMA_VERSION, "jax": jax.__version__, "arrays": entries}
    stored = {name: _storable(name, x) for name, x in zip(names, on_host, strict=True)}
    files = {WEIGHTS: save(stored), MANIFEST: json.dumps(manifest, indent=1).encode()}
    if apply is not None:
        files[EXPORTED] = _export(model, plain, apply, example)
    return files


def restore(folder: Path, like: Any) -> Any:
    """The model in `folder`, in the structure of `like`, bit for bit. ValueError names what does not fit."""
    found = read_arrays(folder)
    names, leaves = _arrays(like)
    absent = [name for name in names if name not in found]
    spare = [name for name in found if name not in names]
    if absent or spare:
        raise ValueError(f"`like` is another model: the file lacks {absent} and has besides {spare}")
    new = [_as_in(like_leaf, *found[name], name) for name, like_leaf in zip(names, leaves, strict=True)]
    return _with_arrays(like, new)


def select(models: Any, index: tuple[int, ...], shape: tuple[int, ...]) -> Any:
    """One model out of a stack whose arrays all begin with the axes `shape`; what is no array is shared."""
    names, leaves = _arrays(models)
    for name, leaf in zip(names, leaves, strict=True):
        if hasattr(leaf, "shape") and tuple(leaf.shape[: len(shape)]) != shape:
            raise ValueError(f"`models` must begin with the axes {shape} of the runs, {name!r} has {tuple(leaf.shape)}")
    return _with_arrays(models, [leaf[index] if hasattr(leaf, "shape") else leaf for leaf in leaves])


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


def _export(model: Any, plain: list[Any], apply: Callable[..., Any], example: Any) -> bytes:
    from jax import export

    if example is None:
        raise ValueError("`example` must be observations [batch, …] where `apply` is given")
    example = _host.as_array(example, "example")
    if example.ndim < 1:
        raise ValueError("`example` must be observations [batch, …], got a single number")
    _, leaves = _arrays(model)
    kinds = [_kind(leaf) for leaf in leaves]

    def policy(arrays: list[Any], observations: Any) -> Any:
        return apply(
            _with_arrays(model, [_wrapped(x, kind) for x, kind in zip(arrays, kinds, strict=True)]), observations
        )

    shapes = tuple((jnp.shape(x), x.dtype.name) for x in plain)
    key = (apply, _static(model), tuple(kinds), shapes, example.shape[1:], example.dtype.name)
    if _is_known(key):
        return _exported[key]
    (batch,) = export.symbolic_shape("batch")
    specs = [jax.ShapeDtypeStruct(jnp.shape(x), x.dtype) for x in plain]
    observations = jax.ShapeDtypeStruct((batch, *example.shape[1:]), example.dtype)
    content = bytes(export.export(jax.jit(policy), platforms=PLATFORMS)(specs, observations).serialize())
    if _is_hashable(key):
        while len(_exported) >= _MOST_EXPORTED:
            _exported.pop(next(iter(_exported)))
        _exported[key] = content
    return content


def _static(model: Any) -> Any:
    """Everything of a model but its arrays: what decides, with `apply`, what is exported."""
    leaves, structure = jax.tree.flatten(_tree(model))
    graph = _nnx().graphdef(model) if _is_nnx(model) else None
    return structure, graph, tuple(leaf for leaf in leaves if not _holds_numbers(leaf))


def _is_known(key: Any) -> bool:
    return _is_hashable(key) and key in _exported


def _is_hashable(key: Any) -> bool:
    try:
        hash(key)
    except TypeError:
        return False
    return True


def _arrays(model: Any) -> tuple[list[str], list[Any]]:
    """The arrays and numbers of a model, and their paths; a repeated path gets a number."""
    flat, _ = jax.tree_util.tree_flatten_with_path(_tree(model))
    chosen = [(_host.path_name(path) or "value", leaf) for path, leaf in flat if _holds_numbers(leaf)]
    names: list[str] = []
    for name, _ in chosen:
        names.append(name if name not in names else f"{name}#{len(names)}")
    return names, [leaf for _, leaf in chosen]


def _with_arrays(model: Any, arrays: list[Any]) -> Any:
    tree = _tree(model)
    leaves, structure = jax.tree.flatten(tree)
    rest = iter(arrays)
    new = jax.tree.unflatten(structure, [next(rest) if _holds_numbers(leaf) else leaf for leaf in leaves])
    return new if tree is model else _nnx().merge(_nnx().graphdef(model), new)


def _tree(model: Any) -> Any:
    """The model as a pytree; a Flax nnx module's state."""
    return _nnx().state(model) if _is_nnx(model) else model


def _is_nnx(model: Any) -> bool:
    return any(base.__module__.startswith("flax.nnx") for base in type(model).__mro__) and hasattr(model, "__dict__")


def _nnx() -> Any:
    from flax import nnx

    return nnx


def _holds_numbers(leaf: Any) -> bool:
    return isinstance(leaf, int | float | complex) or (hasattr(leaf, "dtype") and hasattr(leaf, "shape"))


def _kind(leaf: Any) -> str:
    """ "array", "number", or the kind of a random key."""
    if _is_key(leaf):
        return f"key:{jax.random.key_impl(leaf)}"
    return "array" if hasattr(leaf, "dtype") else "number"


def _is_key(leaf: Any) -> bool:
    return hasattr(leaf, "dtype") and jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key)


def _plain(leaf: Any) -> Any:
    """A leaf as an array that can be stored."""
    if _is_key(leaf):
        return jax.random.key_data(leaf)
    try:
        return leaf if hasattr(leaf, "dtype") else jnp.asarray(leaf)
    except OverflowError:  # a number that needs more bits than JAX's integers have
        return _host.host_array(leaf)


def _storable(name: str, x: Any) -> Any:
    """An array of a type that safetensors knows; little-endian and in one piece."""
    if x.dtype.kind in "biuf" and x.dtype.name != "float128":
        return x.astype(x.dtype.newbyteorder("<"), order="C")
    if x.dtype.itemsize not in _BITS or x.dtype.kind not in "Vc" or x.dtype.fields:
        raise ValueError(f"`model` has {name!r} of dtype {x.dtype}, which cannot be stored")
    return x.copy(order="C").view(_BITS[x.dtype.itemsize])


def _wrapped(x: Any, kind: str) -> Any:
    return jax.random.wrap_key_data(x, impl=kind.removeprefix("key:")) if kind.startswith("key:") else x


def _as_in(like: Any, x: Any, kind: str, name: str) -> Any:
    if kind == _kind(like) == "number":
        return type(like)(x.item())
    expected = _plain(like)
    if x.shape != jnp.shape(expected) or x.dtype != expected.dtype.newbyteorder("=") or kind != _kind(like):
        raise ValueError(
            f"`like` has {name!r} as {_kind(like)} {expected.dtype}{list(jnp.shape(expected))}, "
            f"the file as {kind} {x.dtype}{list(x.shape)}"
        )
    if not isinstance(expected, jax.Array | jax.ShapeDtypeStruct):
        return x.astype(expected.dtype)  # NumPy's: JAX may not have its type
    return _wrapped(jnp.asarray(x), kind)
