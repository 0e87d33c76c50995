"""The MLflow edge."""

import importlib
from typing import TYPE_CHECKING, Any

from ._store import Store as Store
from ._store import local_store as local_store
from ._store import resolve_store as resolve_store

if TYPE_CHECKING:
    from ._load_model import load_model as load_model
    from ._logger import MLflowLogger as MLflowLogger
    from ._read_back import from_mlflow as from_mlflow

_HOMES = {"MLflowLogger": "_logger", "from_mlflow": "_read_back", "load_model": "_load_model"}


def __getattr__(name: str) -> Any:
    """Logging and reading load JAX; finding and serving a store does not."""
    if name not in _HOMES:
        raise AttributeError(f"module 'jaxviz.tracking' has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
