"""Creations that a store was asked for and did not answer.

MLflow makes a run, a model or a version each time it is asked to, and a request that was given up may still be carried
out: at once, which the search before the next attempt finds, or later. So after a silence the next attempt waits as
long as the request itself was waited for. What appears later still is looked for when the journal has been sent, and
once more after a while: of two of one key, the one that nothing was logged to is deleted.
"""

import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from .._names import KEY_TAG
from ..journal import _format
from ..journal._progress import is_doubt, read_json, read_progress, write_json, write_progress
from ..journal._reader import Reader
from ..store._connection import Connection
from ..store._failures import RefusedError, UnavailableError, is_of_mlflow, is_silence, is_unanswered, translated
from . import _models, _runs

Made = Literal["run", "model", "version"]
_FILE = "doubts.json"
_LOOK_MS = 60_000
"""When to look for the last time: six times the limit for a request, and no longer than anybody waits for a drainer."""
_MOST_NONSENSE = 3
"""Answers that are none of MLflow's, before it is believed that it stumbles over the record itself."""
_WRITES = 2
"""Attempts to persist a doubt, which nothing else does again."""
_REST_SECONDS = 0.25
"""Between two questions whether something has appeared."""


class Doubts:
    """The unanswered creations of one journal, which its progress persists."""

    def __init__(self, connection: Connection, reader: Reader) -> None:
        self._connection, self._reader = connection, reader

    @contextlib.contextmanager
    def creating(self, made: Made, key: str) -> Iterator[None]:
        """Create something once its key was looked for in vain. `UnavailableError` while it may appear by itself."""
        doubts = self._reader.progress.doubts
        if key in doubts and doubts[key]["silent"] and _age(doubts[key]) < _patience():
            time.sleep(_REST_SECONDS)
            raise UnavailableError(f"it has not said whether it made the {made} that it was asked for")
        asked = doubts[key]["asked"] if key in doubts else 0
        if asked:  # noted before: whatever happens to the progress after it, there may be two
            doubts[key]["asked"] = asked + 1
            self._persist()
        try:
            yield
        except (UnavailableError, RefusedError) as failure:
            is_nonsense = isinstance(failure, RefusedError) and asked < _MOST_NONSENSE and not is_of_mlflow(failure)
            if is_nonsense or is_unanswered(failure):
                doubts[key] = {
                    "made": made, "time": _format.now(), "silent": is_silence(failure), "asked": asked + 1,
                }  # fmt: skip
                self._persist()
            if is_nonsense:
                raise UnavailableError(str(failure)) from failure
            raise

    def finish(self, experiment: str) -> None:
        """Delete what was made twice, and leave a note of what may still appear."""
        progress = self._reader.progress
        twice = {key: doubt for key, doubt in progress.doubts.items() if doubt["asked"] > 1}
        for key, doubt in twice.items():
            doubt |= {"experiment": experiment, "kept": _kept(self._connection, doubt["made"], key, experiment)}
            _delete_spare(self._connection, key, doubt)
        if late := {key: doubt for key, doubt in twice.items() if doubt["silent"]}:
            folder = self._reader.path.parent
            write_json(folder / _FILE, _notes(folder) | late)
        if progress.doubts:
            progress.doubts = {}
            self._persist()

    def _persist(self) -> None:
        """Persist the doubts and the ids that are known, beside the position that has been acknowledged."""
        path, own = self._reader.path, self._reader.progress
        for _ in range(_WRITES):
            with contextlib.suppress(OSError):
                write_progress(path, replace(read_progress(path), ids=own.ids, doubts=own.doubts))
                return


def look_again(folder: Path, connection: Connection) -> None:
    """Delete what has appeared since its journal was sent, if it is time to."""
    notes = _notes(folder)
    due = {key: doubt for key, doubt in notes.items() if _age(doubt) >= _LOOK_MS}
    for key, doubt in due.items():
        _delete_spare(connection, key, doubt)
    if due:
        with contextlib.suppress(OSError):
            write_json(folder / _FILE, {key: doubt for key, doubt in notes.items() if key not in due})


def is_due(folder: Path) -> bool | None:
    """Whether it is time to `look_again`; None if there is nothing to look for."""
    notes = _notes(folder)
    return any(_age(doubt) >= _LOOK_MS for doubt in notes.values()) if notes else None


def _notes(folder: Path) -> dict[str, dict[str, Any]]:
    found = read_json(folder / _FILE)
    return {key: one for key, one in found.items() if is_doubt(one) and isinstance(one.get("experiment"), str)}


def _age(doubt: dict[str, Any]) -> float:
    return _format.now() - doubt["time"]


def _patience() -> float:
    """How long a request is waited for, in ms, as MLflow's client is told."""
    return 1000 * float(os.environ.get("MLFLOW_HTTP_REQUEST_TIMEOUT") or 10)


def _found(connection: Connection, made: Made, key: str, experiment: str) -> list[tuple[str, bool, Any]]:
    """Everything of a key: its id, whether something was logged to it, and itself; the fullest first."""
    client, place = connection.client, connection.experiment(experiment)
    with translated():
        if made == "run":
            found = sorted(_runs.all_of(client, place, key), key=_runs.content, reverse=True)
            return [(run.info.run_id, not _runs.is_empty(run), run) for run in found]
        if made == "model":
            found = sorted(_models.all_of(client, place, key), key=_models.is_ready, reverse=True)
            return [(model.model_id, _models.is_ready(model), model) for model in found]
        versions = client.search_model_versions(f"tags.`{KEY_TAG}` = '{key}'")
        return [(str(one.version), False, one) for one in sorted(versions, key=lambda one: int(one.version))]


def _kept(connection: Connection, made: Made, key: str, experiment: str) -> str | None:
    return next((one for one, *_ in _found(connection, made, key, experiment)), None)


def _delete_spare(connection: Connection, key: str, doubt: dict[str, Any]) -> None:
    client = connection.client
    for one, is_used, found in _found(connection, doubt["made"], key, doubt["experiment"]):
        if one == doubt.get("kept") or is_used:
            continue
        with translated():
            if doubt["made"] == "run":
                client.delete_run(one)
            elif doubt["made"] == "model":
                client.delete_logged_model(one)
            else:
                client.delete_model_version(found.name, one)
