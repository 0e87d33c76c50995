"""MLflow's ids of runs and models, by the keys that journals know them by."""

from collections.abc import Callable

from .._names import MODEL_PREFIXES, MODEL_URI
from ..journal._reader import Reader
from ..journal._records import StartRecord
from ..store._connection import Connection
from ..store._failures import RefusedError, UnavailableError, translated
from . import _models, _runs


class Identities:
    """The ids that a journal's progress holds; those that it lacks are searched for, and kept there.

    `others_pending`: whether other journals have records to send, perhaps the one that a run starts with.
    """

    def __init__(
        self, connection: Connection, reader: Reader, experiment: str, others_pending: Callable[[], bool]
    ) -> None:
        self._connection, self._reader, self._experiment = connection, reader, experiment
        self._others_pending = others_pending
        self._children: dict[str, dict[str, str]] = {}
        """Runs that were there when they were looked for: by their parents' ids and their own keys."""

    def run(self, key: str) -> str:
        """MLflow's id of a run; one that another journal has started is searched for."""
        ids = self._reader.progress.ids
        if key not in ids:
            found = self.find(key)
            if found is None:
                raise (UnavailableError if self._others_pending() else RefusedError)(
                    f"run {key} not found: it was never started"
                )
            ids[key] = found
        return ids[key]

    def find(self, key: str) -> str | None:
        return _runs.find(self._connection.client, self._connection.experiment(self._experiment), key)

    def started(self, record: StartRecord) -> str | None:
        """The run that an earlier attempt made. A search takes a server as long as many creations."""
        if record.parent is None:
            return self.find(record.run)
        if (parent := self.run(record.parent)) not in self._children:
            place = self._connection.experiment(self._experiment)
            self._children[parent] = _runs.children(self._connection.client, place, parent)
        return self._children[parent].get(record.run)

    def model(self, name: str, experiment: str | None = None) -> str | None:
        """MLflow's id of a model by its key or id, also one of another journal or experiment; None if it was
        refused."""
        if name.startswith(MODEL_PREFIXES):
            return name.removeprefix(MODEL_URI)
        ids = self._reader.progress.ids
        if name not in ids:
            place = self._connection.experiment(experiment or self._experiment)
            with translated():
                found = _models.find(self._connection.client, place, name)
            if found is None and self._others_pending():
                raise UnavailableError(f"the checkpoint {name} is not there yet")
            if found is None:
                return None
            ids[name] = found.model_id
        return ids[name]
