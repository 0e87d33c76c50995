"""Every law case under jaxtyping and beartype: `python -m tests.laws.checker [kernel …]`.

A process of its own, since the hook must be installed before jaxviz is imported.
"""

import importlib
import os
import sys
from collections.abc import Callable
from typing import Self

from beartype import BeartypeConf, beartype
from jaxtyping import install_import_hook

HERE = "tests.laws.checker"
AN_INTEGER_IS_A_FLOAT = BeartypeConf(is_pep484_tower=True)
"""As for pyright."""


def checked(fn: Callable) -> Callable:
    """`fn` under beartype, which only knows `Self` in classes that it decorates whole; jaxtyping's hook does not."""
    fn.__annotations__ = {name: object if hint is Self else hint for name, hint in fn.__annotations__.items()}
    return beartype(conf=AN_INTEGER_IS_A_FLOAT)(fn)


def main(kernels: list[str]) -> None:
    """Print the violations by case as one JSON object."""
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    importlib.import_module(HERE)  # the hook looks `checked` up there, not in `__main__`
    with install_import_hook("jaxviz", f"{HERE}.checked"):
        importlib.import_module("tests.laws.annotated").report(kernels)


if __name__ == "__main__":
    main(sys.argv[1:])
