"""All cases of all modules, and the public kernels they must cover."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import jax
import numpy as np

import jaxviz.stats
import tests.laws
from tests.laws.case import Case


@dataclass(frozen=True)
class Named:
    """A case with the name of its kernel."""

    kernel: str
    index: int
    case: Case

    @property
    def id(self) -> str:
        return f"{self.kernel}-{self.index}"

    def data(self, dtype: str, seed: int = 0) -> Any:
        """The case's data with floating leaves in `dtype`."""
        made = self.case.data(np.random.default_rng(seed))
        return jax.tree.map(lambda leaf: _cast(np.asarray(leaf), dtype), made)

    def valid(self, seed: int = 0) -> np.ndarray | None:
        """A mask with holes and invalid entries at the end; None where the kernel takes none."""
        if not self.case.masked:
            return None
        n = jax.tree.leaves(self.case.data(np.random.default_rng(seed)))[0].shape[0]
        mask = np.random.default_rng(seed + 100).random(n) < 0.85
        mask[-max(1, n // 8) :] = False
        return mask


def _cast(leaf: np.ndarray, dtype: str) -> np.ndarray:
    return leaf.astype(dtype) if leaf.dtype.kind == "f" else leaf


def modules() -> list[str]:
    """The modules of cases beside this file."""
    return sorted(m.name for m in pkgutil.iter_modules(tests.laws.__path__) if m.name.endswith("_cases"))


@cache
def all_cases() -> tuple[Named, ...]:
    """Every case of every module."""
    found = []
    for module in modules():
        table: dict[str, list[Case]] = importlib.import_module(f"tests.laws.{module}").CASES
        found += [Named(name, i, case) for name, cases in table.items() for i, case in enumerate(cases)]
    return tuple(found)


def public_kernels() -> dict[str, Callable]:
    """The functions of `jaxviz.stats` that users can import from it."""
    return {
        name: fn
        for name, fn in vars(jaxviz.stats).items()
        if not name.startswith("_") and inspect.isroutine(getattr(fn, "__wrapped__", fn))
    }
