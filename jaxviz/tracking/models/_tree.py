"""A model as a pytree: its arrays under their paths, and the rest of it."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from ...host import path_name, to_host

_TAKEN = object()
_RESERVED = "__metadata__"
"""What safetensors calls its own part of a file."""


def arrays(model: Any) -> tuple[list[str], list[Any]]:
    """The arrays and numbers of a model, and their paths; a repeated or reserved path gets a number."""
    flat, _ = jax.tree_util.tree_flatten_with_path(_tree(model))
    chosen = [(path_name(path) or "value", leaf) for path, leaf in flat if _holds_numbers(leaf)]
    names = {_RESERVED: None}
    for i, (name, _) in enumerate(chosen):
        while name in names:
            name = f"{name}#{i}"
        names[name] = None
    return list(names)[1:], [leaf for _, leaf in chosen]


def with_arrays(model: Any, new: list[Any]) -> Any:
    """The model with other arrays."""
    return rebuilder(model)(new)


def rebuilder(model: Any) -> Callable[[list[Any]], Any]:
    """A function of new arrays that gives the model with them; the model may change meanwhile."""
    leaves, structure = jax.tree.flatten(_tree(model))
    graph = _graph(model)
    others = [_TAKEN if _holds_numbers(leaf) else leaf for leaf in leaves]

    def rebuild(new: list[Any]) -> Any:
        rest = iter(new)
        found = jax.tree.unflatten(structure, [next(rest) if other is _TAKEN else other for other in others])
        return found if graph is None else _nnx().merge(graph, found)

    return rebuild


def static(model: Any) -> Any:
    """Everything of a model but its arrays."""
    leaves, structure = jax.tree.flatten(_tree(model))
    return structure, _graph(model), tuple(leaf for leaf in leaves if not _holds_numbers(leaf))


def _graph(model: Any) -> Any:
    """Static part of a Flax nnx module; None for everything else."""
    return _nnx().graphdef(model) if _is_nnx(model) else None


def _tree(model: Any) -> Any:
    """The model as a pytree; a Flax nnx module's state."""
    return _nnx().state(model) if _is_nnx(model) else model


def _is_nnx(model: Any) -> bool:
    ours = any(base.__module__.startswith("flax.nnx") for base in type(model).__mro__) and hasattr(model, "__dict__")
    return ours and not isinstance(model, _nnx().Variable)  # a variable alone is a pytree like others


def _nnx() -> Any:
    from flax import nnx

    return nnx


def _holds_numbers(leaf: Any) -> bool:
    return isinstance(leaf, int | float | complex) or (hasattr(leaf, "dtype") and hasattr(leaf, "shape"))


def kind(leaf: Any) -> str:
    """ "array", "number", or the kind of a random key."""
    if _is_key(leaf):
        return f"key:{_key_impl(leaf)}"
    return "array" if hasattr(leaf, "dtype") else "number"


def _key_impl(leaf: Any) -> str:
    """How a random key was made; that of an abstract key only its tracer tells."""
    found: list[str] = []
    jax.eval_shape(lambda key: found.append(str(jax.random.key_impl(key))), leaf)
    return found[0]


def _is_key(leaf: Any) -> bool:
    return hasattr(leaf, "dtype") and jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key)


def plain(leaf: Any) -> Any:
    """A leaf as an array that can be stored; numbers in the precision that Python has."""
    if _is_key(leaf):
        abstract = isinstance(leaf, jax.ShapeDtypeStruct)
        return jax.eval_shape(jax.random.key_data, leaf) if abstract else jax.random.key_data(leaf)
    return leaf if hasattr(leaf, "dtype") else to_host(leaf)


def select(models: Any, index: tuple[int, ...], shape: tuple[int, ...]) -> Any:
    """One model out of a stack whose arrays all begin with the axes `shape`; everything but arrays is shared."""
    names, leaves = arrays(models)
    for name, leaf in zip(names, leaves, strict=True):
        if hasattr(leaf, "shape") and tuple(leaf.shape[: len(shape)]) != shape:
            raise ValueError(f"`models` must begin with the axes {shape} of the runs, {name!r} has {tuple(leaf.shape)}")
    return with_arrays(models, [leaf[index] if hasattr(leaf, "shape") else leaf for leaf in leaves])


def wrapped(x: Any, kind: str) -> Any:
    """Undo `plain`: the leaf that a stored array was made of."""
    return jax.random.wrap_key_data(x, impl=kind.removeprefix("key:")) if kind.startswith("key:") else x
