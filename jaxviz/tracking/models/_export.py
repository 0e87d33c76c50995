"""The computation of a model, exported: a function of (arrays, observations) that runs without the code that made it.

Tracing and lowering take longer than hundreds of training steps, so a thread of its own does them. It has the settings
of JAX that the caller has: they belong to threads, and tracing depends on them.
"""

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from threading import Thread
from typing import Any

import jax
import jax.experimental
import jax.numpy as jnp

from ...host import as_array
from . import _tree

PLATFORMS = ("cpu", "cuda", "tpu")
_SETTINGS = (
    *("enable_x64", "default_matmul_precision", "numpy_dtype_promotion", "numpy_rank_promotion"),
    *("default_prng_impl", "threefry_partitionable"),
)
_MOST_KEPT = 8
"""Exports are megabytes: enough for the few functions that one training exports again and again."""
_exports: dict[Any, Future[bytes]] = {}
"""The latest: as under `jit`, the same `apply` of the same kind of model is traced once."""


def export(model: Any, apply: Callable[..., Any], example: Any) -> Future[bytes]:
    """`apply(model, observations)` for observations like `example` [batch, …], for any batch; ValueError without it.

    The model's arrays are inputs. Its numbers are part of the function: code asks whether they are 0, or counts to
    them, and their type gives way to that of arrays.
    """
    if example is None:
        raise ValueError("`example` must be observations [batch, …] if `apply` is given")
    example = as_array(example, "example")
    if example.ndim < 1:
        raise ValueError("`example` must be observations [batch, …], got a single number")
    _, leaves = _tree.arrays(model)
    kinds = tuple(_tree.kind(leaf) for leaf in leaves)
    inputs = [_tree.plain(leaf) for leaf, kind in zip(leaves, kinds, strict=True) if kind != "number"]
    specs = tuple(jax.ShapeDtypeStruct(jnp.shape(x), jax.dtypes.canonicalize_dtype(x.dtype)) for x in inputs)
    numbers = [leaf if kind == "number" else None for leaf, kind in zip(leaves, kinds, strict=True)]
    settings = {name: getattr(jax.config, f"jax_{name}") for name in _SETTINGS}
    about = (example.shape[1:], example.dtype.name)
    written = tuple(f"{type(number).__name__} {number!r}" for number in numbers)  # 1, 1.0 and True are equal
    key = (apply, _tree.static(model), kinds, specs, written, about, tuple(settings.values()))
    if (known := _known(key)) is not None:
        return known
    rebuild = _tree.rebuilder(model)

    def policy(arrays: list[Any], observations: Any) -> Any:
        rest = iter(arrays)
        new = [
            number if kind == "number" else _tree.wrapped(next(rest), kind)
            for number, kind in zip(numbers, kinds, strict=True)
        ]
        return apply(rebuild(new), observations)

    return _keep(key, _begin(lambda: _exported(policy, specs, *about, settings)))


def _exported(
    policy: Callable[..., Any], specs: tuple[Any, ...], shape: tuple[int, ...], dtype: str, settings: dict[str, Any]
) -> bytes:
    from jax import export as jax_export

    with with_settings(settings):
        (batch,) = jax_export.symbolic_shape("batch")
        observations = jax.ShapeDtypeStruct((batch, *shape), dtype)
        return bytes(jax_export.export(jax.jit(policy), platforms=PLATFORMS)(list(specs), observations).serialize())


@contextlib.contextmanager
def with_settings(settings: dict[str, Any]) -> Iterator[None]:
    """Settings of JAX by their names without `jax_`, for this thread."""
    with contextlib.ExitStack() as stack:
        for name, value in settings.items():
            place = jax if hasattr(jax, name) else jax.experimental  # JAX 0.7 has one of them there
            stack.enter_context(getattr(place, name)(value))
        yield


def made(content: Future[bytes]) -> bytes | None:
    """An export that is there; None if it is being made, or could not be."""
    return content.result() if content.done() and content.exception() is None else None


def _begin(work: Callable[[], bytes]) -> Future[bytes]:
    content: Future[bytes] = Future()

    def run() -> None:
        try:
            content.set_result(work())
        except BaseException as error:  # the user's own function: its training goes on
            content.set_exception(error)

    Thread(target=run, name="jaxviz export").start()
    return content


def _known(key: Any) -> Future[bytes] | None:
    """An export that was begun before and did not fail."""
    try:
        found = _exports.get(key)
    except TypeError:  # something in it has no hash
        return None
    return None if found is not None and found.done() and made(found) is None else found


def _keep(key: Any, content: Future[bytes]) -> Future[bytes]:
    with contextlib.suppress(TypeError):
        _exports[key] = content
        while len(_exports) > _MOST_KEPT:
            _exports.pop(next(iter(_exports)))
    return content
