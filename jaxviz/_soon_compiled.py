"""Programs that are compiled in less time: those for few entries, and those of which a call has many."""

from collections.abc import Callable, Mapping
from functools import cache, cached_property, wraps
from typing import Any, Generic, ParamSpec, TypeVar

import jax
import jax.numpy as jnp
from jax.core import Tracer

Result = TypeVar("Result")
Arguments = ParamSpec("Arguments")

_FEW = 1 << 19
"""Numbers in the arrays of a batch: the quick program takes 0.1 s for as many, the other one 0.01 s; to compile them
takes 1 to 2 s and 4 s."""
_QUICKLY = {"xla_cpu_use_fusion_emitters": False, "xla_backend_optimization_level": 0}
"""Options of XLA. Of the results of an analysis 2 of 34 arrays differ, by 3e-7 of their values."""
_LIGHTLY = {"xla_cpu_use_fusion_emitters": False}
"""The programs of a comparison take less time to compile, and have the same bits."""


class SoonCompiled(Generic[Result]):
    """A function of runs as two programs: `plain`, and for few entries on a CPU `quick`, which is sooner compiled."""

    def __init__(self, function: Callable[..., Result], static_argnums: tuple[int, ...]) -> None:
        self._function, self._static = function, static_argnums
        self.plain: Callable[..., Result] = jax.jit(function, static_argnums=static_argnums)

    @cached_property
    def quick(self) -> Callable[..., Result]:
        """The program with the options that this XLA knows."""
        return jax.jit(self._function, static_argnums=self._static, compiler_options=known_options(_QUICKLY))

    def __call__(self, runs: Any, *rest: Any) -> Result:
        numbers = sum(leaf.size for leaf in jax.tree.leaves(runs))
        is_small = jax.default_backend() == "cpu" and numbers <= _FEW
        return (self.quick if is_small else self.plain)(runs, *rest)


def jit_lightly(
    *, static_argnames: str | tuple[str, ...] = ()
) -> Callable[[Callable[Arguments, Result]], Callable[Arguments, Result]]:
    """`jax.jit` of a program for all sizes, without what takes XLA on CPUs long and leaves the bits as they are."""

    def decorate(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
        plain = jax.jit(function, static_argnames=static_argnames)

        @cache
        def light() -> Callable[Arguments, Result]:
            return jax.jit(function, static_argnames=static_argnames, compiler_options=known_options(_LIGHTLY))

        @wraps(function)
        def call(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
            program = light() if jax.default_backend() == "cpu" and not _is_inside_another() else plain
            return program(*args, **kwargs)

        return call

    return decorate


def _is_inside_another() -> bool:
    """Whether a program is being traced, in which others cannot have options of their own."""
    return isinstance(jnp.zeros(()), Tracer)


def known_options(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the options that this XLA knows: they come and go with its versions."""
    return {name: value for name, value in wanted.items() if _is_known(name, value)}


@cache
def _is_known(name: str, value: Any) -> bool:
    try:
        jax.jit(lambda: 0, compiler_options={name: value})()
    except jax.errors.JaxRuntimeError as error:
        if "No such compile option" not in str(error):
            raise
        return False
    return True
