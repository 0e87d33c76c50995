"""An open store, as the drainer holds it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from . import _store
from ._failures import RefusedError, UnavailableError, translated
from ._store import Store

T = TypeVar("T")
_KIND_TAG, _KIND = "mlflow.experimentKind", "custom_model_development"
"""MLflow's page shows such an experiment with its charts, not with those for language models."""
CONNECTIONS = 2
"""Requests to a server at a time."""


class Connection:
    """An open store: its client, its experiments, and the threads that talk to a server."""

    def __init__(self, store: Store, beat: Callable[[], None]) -> None:
        self.store, self.beat = store, beat
        try:
            with translated():
                self.client = _store.open_client(store)
        except RefusedError as why:  # no record of ours is: the store cannot be opened
            raise UnavailableError(str(why)) from why
        self.lanes = CONNECTIONS if store.is_server else 1
        self.pool = ThreadPoolExecutor(self.lanes)
        self._experiments: dict[str, str] = {}
        beat()

    def twice(self, ask: Callable[[], T]) -> T:
        """What a store answers. A server is believed that it refuses something once it has said so twice: a page
        of a proxy in place of one answer may look like it. RefusedError; UnavailableError if it is not accepting data.
        """
        try:
            with translated():
                return ask()
        except RefusedError:
            if not self.store.is_server:
                raise
        _forget_places()
        with translated():
            return ask()

    def experiment(self, name: str) -> str:
        """MLflow's id of an experiment, which is created if it does not exist."""
        if name not in self._experiments:
            with translated():
                found = self._find_experiment(name)
                self._experiments[name] = given(self._create_experiment(name) if found is None else found)
        return self._experiments[name]

    def forget(self, name: str) -> None:
        """Ask the store again for an experiment: it may have been deleted."""
        self._experiments.pop(name, None)

    def _find_experiment(self, name: str) -> str | None:
        found = self.client.get_experiment_by_name(name)
        if found is not None and found.lifecycle_stage == "deleted":
            raise UnavailableError(f"the experiment {name!r} is deleted: restore it, or delete it for good")
        return None if found is None else found.experiment_id

    def _create_experiment(self, name: str) -> str:
        from mlflow.exceptions import MlflowException

        try:
            return self.client.create_experiment(
                name, artifact_location=self.store.artifact_location(name), tags={_KIND_TAG: _KIND}
            )
        except MlflowException:  # another process was faster
            found = self._find_experiment(name)
            if found is None:
                raise
            return found


def _forget_places() -> None:
    """MLflow keeps where the files of a run belong, also if it was told nonsense."""
    from mlflow.tracking._tracking_service import utils

    getattr(utils, "_artifact_repos_cache", {}).clear()


def given(new_id: str) -> str:
    """An id that a store gave; something else that answers gives none."""
    if not new_id:
        raise UnavailableError("it answers, but not as MLflow does")
    return new_id
