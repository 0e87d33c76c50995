"""The public kernels as single programs: outside jit every operation is compiled by itself, for each shape."""

from functools import cache
from inspect import isroutine
from typing import TYPE_CHECKING, Any

import equinox as eqx

import jaxviz.stats

if TYPE_CHECKING:
    from jaxviz import stats as stats
else:

    class _Compiled:
        """`jaxviz.stats`, whose kernels trace arrays; all other arguments are part of the program."""

        def __getattr__(self, name: str) -> Any:
            return _compiled(name)

    @cache
    def _compiled(name: str) -> Any:
        found = getattr(jaxviz.stats, name)
        return eqx.filter_jit(found) if isroutine(getattr(found, "__wrapped__", found)) else found

    stats = _Compiled()
