"""Programs for few entries: compiled in less time, as they are run once and soon done."""

from collections.abc import Callable
from functools import cache, cached_property
from typing import Any, Generic, TypeVar

import jax

Result = TypeVar("Result")

_FEW = 1 << 19
"""Numbers in the arrays of a batch: the quick program takes 0.1 s for as many, the other one 0.01 s; to compile them
takes 1 to 2 s and 4 s."""
_QUICKLY = {"xla_cpu_use_fusion_emitters": False, "xla_backend_optimization_level": 0}
"""Options of XLA. Of the results of an analysis 2 of 34 arrays differ, by 3e-7 of their values."""


class SoonCompiled(Generic[Result]):
    """A function of runs as two programs: `plain`, and for few entries on a CPU `quick`, which is sooner compiled."""

    def __init__(self, function: Callable[..., Result], static_argnums: tuple[int, ...]) -> None:
        self._function, self._static = function, static_argnums
        self.plain: Callable[..., Result] = jax.jit(function, static_argnums=static_argnums)

    @cached_property
    def quick(self) -> Callable[..., Result]:
        """The program with the options that this XLA knows."""
        return jax.jit(self._function, static_argnums=self._static, compiler_options=known_options())

    def __call__(self, runs: Any, *rest: Any) -> Result:
        numbers = sum(leaf.size for leaf in jax.tree.leaves(runs))
        is_small = jax.default_backend() == "cpu" and numbers <= _FEW
        return (self.quick if is_small else self.plain)(runs, *rest)


@cache
def known_options() -> dict[str, Any]:
    """The options that this XLA knows, which come and go with its versions: it is asked once."""
    return {name: value for name, value in _QUICKLY.items() if _is_known(name, value)}


def _is_known(name: str, value: Any) -> bool:
    try:
        jax.jit(lambda: 0, compiler_options={name: value})()
    except jax.errors.JaxRuntimeError as error:
        if "No such compile option" not in str(error):
            raise
        return False
    return True
