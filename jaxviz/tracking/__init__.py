"""The MLflow edge."""

from typing import TYPE_CHECKING, Any

from ._store import Store as Store
from ._store import local_store as local_store
from ._store import resolve_store as resolve_store

if TYPE_CHECKING:
    from ._logger import MLflowLogger as MLflowLogger


def __getattr__(name: str) -> Any:
    """The logger loads JAX; finding and serving a store does not."""
    if name != "MLflowLogger":
        raise AttributeError(f"module 'jaxviz.tracking' has no attribute {name!r}")
    from ._logger import MLflowLogger

    return MLflowLogger
