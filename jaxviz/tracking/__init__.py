"""The MLflow edge: a logger that loses nothing, stores, models, and sending the records that are pending."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._load_model import load_model
    from ._log_study import log_study
    from ._read_back import from_mlflow
    from .drain._sync import Pending, sync
    from .logger._logger import MLflowLogger
    from .store._store import Store, local_store, resolve_store

_HOMES = {
    "MLflowLogger": "logger._logger",
    "Pending": "drain._sync",
    "Store": "store._store",
    "from_mlflow": "_read_back",
    "load_model": "_load_model",
    "log_study": "_log_study",
    "local_store": "store._store",
    "resolve_store": "store._store",
    "sync": "drain._sync",
}

__all__ = [
    "MLflowLogger",
    "Pending",
    "Store",
    "from_mlflow",
    "load_model",
    "local_store",
    "log_study",
    "resolve_store",
    "sync",
]


def __getattr__(name: str) -> Any:
    """Logging and reading load JAX; finding and serving a store does not."""
    if name not in _HOMES:
        raise AttributeError(f"module 'jaxviz.tracking' has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
