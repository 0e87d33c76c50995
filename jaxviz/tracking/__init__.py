"""The MLflow edge."""

from ._logger import MLflowLogger as MLflowLogger
from ._store import Store as Store
from ._store import local_store as local_store
from ._store import resolve_store as resolve_store
