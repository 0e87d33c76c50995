"""Arrays on a mesh whose axes are explicit: JAX refuses there what it partitions by itself on automatic axes.

The same buffers, seen on a mesh of automatic axes, go through every function; results come back on the caller's mesh.
Nothing is copied.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, TypeVar

import jax
from jax.core import Tracer
from jax.sharding import AxisType, NamedSharding, PartitionSpec

from ._types import Array, PyTree

Tree = TypeVar("Tree")


def refused_for_axes(error: Exception, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool:
    """Whether a call failed because an argument lies on explicit axes."""
    words = f"{type(error).__name__} {error}".lower()
    return ("shard" in words or "mesh" in words or "axis spec" in words) and _explicit((args, kwargs)) is not None


def on_automatic_axes(call: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """`call(*args, **kwargs)` with explicit axes taken for automatic ones."""
    leaves, structure = jax.tree.flatten((args, dict(kwargs)))
    given = _explicit(leaves)
    if isinstance(given, Tracer):
        return _traced(call, leaves, structure, given)
    mesh = given.sharding.mesh
    automatic = jax.sharding.Mesh(mesh.devices, mesh.axis_names, axis_types=(AxisType.Auto,) * len(mesh.axis_names))
    with _mesh(automatic):
        args, kwargs = jax.tree.unflatten(structure, [_moved(leaf, automatic) for leaf in leaves])
        results = call(*args, **kwargs)
    with _mesh(mesh):
        return jax.tree.map(lambda leaf: _moved(leaf, mesh), results)


def rows_at(tree: Tree, index: Any) -> Tree:
    """A pytree with every array indexed along its leading axes, also where those are explicit."""

    def rows(tree: Tree) -> Tree:
        return jax.tree.map(lambda leaf: leaf[index], tree)

    try:
        return rows(tree)
    except Exception as error:
        if refused_for_axes(error, (tree,), {}):
            return on_automatic_axes(rows, (tree,), {})
        raise


def _explicit(tree: PyTree) -> Any:
    """The first array on explicit axes; None: there is none."""
    arrays = (leaf for leaf in jax.tree.leaves(tree) if isinstance(leaf, jax.Array))
    return next((x for x in arrays if AxisType.Explicit in jax.typeof(x).sharding.mesh.axis_types), None)


def _moved(leaf: Any, mesh: jax.sharding.Mesh) -> Any:
    """An array seen on another mesh of the same devices; other objects as they are."""
    sharding = getattr(leaf, "sharding", None)
    if not isinstance(leaf, jax.Array) or not isinstance(sharding, NamedSharding):
        return leaf
    return jax.device_put(leaf, NamedSharding(mesh, sharding.spec, memory_kind=sharding.memory_kind))


def _mesh(mesh: jax.sharding.Mesh) -> AbstractContextManager[Any]:
    """The mesh of what is computed inside. The name differs between releases of JAX."""
    use = getattr(jax.sharding, "use_mesh", None) or jax.set_mesh
    return use(mesh)


def _traced(call: Callable[..., Any], leaves: list[Any], structure: Any, given: Array) -> Any:
    """As part of a program of the caller. Results that have a row for each run are cut as the runs are."""
    places = [place for place, leaf in enumerate(leaves) if isinstance(leaf, jax.Array)]

    def inside(arrays: list[Array]) -> list[Array]:
        args, kwargs = jax.tree.unflatten(structure, _with(leaves, places, arrays))
        found, kept["structure"] = jax.tree.flatten(call(*args, **kwargs))
        kept["others"] = [None if isinstance(leaf, jax.Array) else leaf for leaf in found]
        return [leaf for leaf in found if isinstance(leaf, jax.Array)]

    kept: dict[str, Any] = {}
    mesh, spec = jax.typeof(given).sharding.mesh, jax.typeof(given).sharding.spec
    arrays = [leaves[place] for place in places]
    whole = NamedSharding(mesh, PartitionSpec())
    shapes = jax.eval_shape(jax.sharding.auto_axes(inside, axes=mesh.axis_names, out_sharding=whole), arrays)
    cut = [name is not None for name in spec]
    runs = given.shape[: len(cut) - cut[::-1].index(True)] if any(cut) else ()
    by_run = NamedSharding(mesh, PartitionSpec(*spec[: len(runs)]))
    places_of = [by_run if runs and x.shape[: len(runs)] == runs else whole for x in shapes]
    program: Any = jax.sharding.auto_axes(inside, axes=mesh.axis_names, out_sharding=places_of)
    found = iter(program(arrays))
    return jax.tree.unflatten(kept["structure"], [next(found) if x is None else x for x in kept["others"]])


def _with(leaves: list[Any], places: list[int], arrays: list[Array]) -> list[Any]:
    """`leaves` with others at some places."""
    full = dict(enumerate(leaves)) | dict(zip(places, arrays, strict=True))
    return [full[place] for place in range(len(leaves))]
