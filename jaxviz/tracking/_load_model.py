"""Load a checkpoint from MLflow into the structure of a model."""

import os
import tempfile
from pathlib import Path
from typing import Any, TypeVar

from .._explained import explained
from ._names import MODEL_URI
from .logger._model_methods import Checkpoint
from .models import _files, _layout
from .store import _reading, _store
from .store._failures import one_line

_RUNS = "runs:/"

Model = TypeVar("Model")


@explained
def load_model(uri: str | Checkpoint, like: Model, *, tracking_uri: str | os.PathLike[str] | None = None) -> Model:
    """The model that `MLflowLogger.log_model_checkpoint` stored, bit for bit.

    `uri`: `models:/m-…`, `models:/name/1`, `models:/name@champion`, `runs:/run/name` (the last one under that name of a
    run), or a checkpoint that was just logged. `like`: a model of the same structure (freshly initialised, say), whose
    arrays are replaced; shapes and dtypes must agree. `tracking_uri`: see `MLflowLogger`; that of the checkpoint.
    The files may come from anybody: their schema and checksums are checked, and nothing is unpickled (MLflow's own
    `pyfunc.load_model` would run what the model's MLmodel file names; this function does not read that file).
    ValueError if the model does not exist, was not stored by jaxviz, is damaged, or does not fit; ConnectionError if
    the store does not answer, or does not have the checkpoint yet.
    """
    from mlflow.artifacts import download_artifacts
    from mlflow.exceptions import MlflowException

    own = uri.store if isinstance(uri, Checkpoint) and tracking_uri is None else None
    store = (own or _store.resolve_store(tracking_uri)).absolute()
    address = _address(uri)
    client = _reading.open_reader(store)
    with tempfile.TemporaryDirectory() as folder:
        try:
            location = _location(client, address)
            path = Path(download_artifacts(artifact_uri=location, dst_path=folder, tracking_uri=store.uri))
        except (MlflowException, OSError) as error:
            raise ValueError(f"`uri` {address!r} cannot be read: {one_line(error)}") from None
        if not (path / "data" / _layout.MANIFEST).is_file():
            raise ValueError(f"`uri` {address!r} was not stored by jaxviz")
        return _files.restore(path / "data", like, address)


def _address(uri: str | Checkpoint) -> str:
    if isinstance(uri, str) and uri.startswith((MODEL_URI, _RUNS)):
        return uri
    if not isinstance(uri, Checkpoint):
        raise ValueError(f"`uri` must be a checkpoint or the address of a model, models:/… or runs:/…, got {uri!r}")
    if (found := uri.uri) is None:
        raise ConnectionError("`uri` is a checkpoint that its store does not have yet")
    return found


def _location(client: Any, uri: str) -> str:
    """The location of the files of the model that a URI names."""
    if uri.startswith(_RUNS):
        return _last_of_run(client, *uri.removeprefix(_RUNS).partition("/")[::2]).artifact_location
    named = uri.removeprefix(MODEL_URI)
    name, at, alias = named.rpartition("@")
    if at:
        return _version_location(client, client.get_model_version_by_alias(name, alias))
    name, slash, version = named.rpartition("/")
    if slash:
        return _version_location(client, client.get_model_version(name, version))
    return client.get_logged_model(named).artifact_location


def _last_of_run(client: Any, run_id: str, name: str) -> Any:
    """The model of that name that a run logged last."""
    outputs = client.get_run(run_id).outputs
    models = [client.get_logged_model(one.model_id) for one in (outputs.model_outputs if outputs else ())]
    of_name = [model for model in models if model.name == name]
    if not of_name:
        raise ValueError(f"`uri`: the run {run_id} has no model {name!r}; it has {sorted({m.name for m in models})}")
    return max(of_name, key=lambda model: model.creation_timestamp)


def _version_location(client: Any, version: Any) -> str:
    return _location(client, version.source) if version.source.startswith(MODEL_URI) else version.source
