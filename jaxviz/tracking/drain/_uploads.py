"""Files among the artifacts of a run or a model, and whether they arrived.

A server's answer to a file is a code alone, which a proxy's page for signing in has too, so the files are looked for.
Storage that the client writes to itself (S3, a disk) confirms what it took.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..store._connection import Connection
from ..store._failures import RefusedError, UnavailableError, translated

_ATTEMPTS = 3
_THROUGH_SERVER = ("mlflow-artifacts:", "http:", "https:")


class Uploads:
    """The uploads of one experiment."""

    def __init__(self, connection: Connection, experiment: str) -> None:
        self._client, self._experiment = connection.client, experiment
        self._connection = connection
        self._checked: bool | None = None

    def to_run(self, run_id: str, path: Path, folder: str) -> None:
        """Send one file. RefusedError if it is nowhere after several attempts, or cannot be read."""
        place, name = folder or None, "/".join(filter(None, (folder, path.name)))

        def listed() -> list[Any]:
            return self._client.list_artifacts(run_id, place)

        if not _is_sent(path, name, listed):
            self._send(lambda: self._client.log_artifact(run_id, str(path), place), listed, {name: path.stat().st_size})

    def to_model(self, model_id: str, folder: Path) -> None:
        """Send the files of a model: an MLmodel file, and those under `data`."""
        files = [path for path in folder.rglob("*") if path.is_file()]
        list_files = self._client.list_logged_model_artifacts
        self._send(
            lambda: self._client.log_model_artifacts(model_id, str(folder)),
            lambda: [*list_files(model_id), *list_files(model_id, "data")],
            {path.relative_to(folder).as_posix(): path.stat().st_size for path in files},
        )

    def are_sent_to_model(self, model_id: str, files: Mapping[str, Path]) -> bool:
        """Whether the files of a model are nowhere but in the store."""

        def listed() -> list[Any]:
            return self._client.list_logged_model_artifacts(model_id, "data")

        return all(_is_sent(path, f"data/{name}", listed) for name, path in files.items())

    def _send(self, send: Callable[[], None], listed: Callable[[], list[Any]], wanted: dict[str, int]) -> None:
        for _ in range(_ATTEMPTS):
            with translated():
                send()
                if not self._is_checked() or _are_there(listed(), wanted):
                    return
        raise RefusedError(f"it said that it took {', '.join(wanted)}, but does not have it")

    def _is_checked(self) -> bool:
        if self._checked is None:
            number = self._connection.experiment(self._experiment)
            found = self._client.get_experiment(number)
            if found.experiment_id != number:
                raise UnavailableError("it has answered for another experiment")
            through_server = str(found.artifact_location).startswith(_THROUGH_SERVER)
            self._checked = self._connection.store.is_server and through_server
        return self._checked


def _is_sent(path: Path, name: str, listed: Callable[[], list[Any]]) -> bool:
    """Whether a file was sent and then removed, and its record comes again: its note was damaged."""
    if path.exists():
        return False
    with translated():
        return name in [one.path for one in listed()]


def _are_there(found: list[Any], wanted: dict[str, int]) -> bool:
    """Whether all files are there, as long as they should be, where the store tells."""
    sizes = {one.path: one.file_size for one in found}
    return all(name in sizes and sizes[name] in (None, size) for name, size in wanted.items())
