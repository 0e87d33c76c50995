"""Names of a package that are imported at their first use."""

import importlib
import sys
from collections.abc import Callable, Mapping
from typing import Any


def lazily(package: str, homes: Mapping[str, str | None]) -> Callable[[str], Any]:
    """The `__getattr__` of a package: name → the module below it that defines the name; None: the module itself."""

    def find(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        home = homes[name]
        value = importlib.import_module(f"{package}.{home or name}")
        if home is not None:
            value = getattr(value, name)
        setattr(sys.modules[package], name, value)
        return value

    return find
