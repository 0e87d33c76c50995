"""A checkpoint back from MLflow, in the structure of a model one has."""

import tempfile
from pathlib import Path
from typing import Any, TypeVar

from . import _model_files, _model_layout, _store
from ._failures import one_line
from ._sink_models import MODEL_URI

Model = TypeVar("Model")


def load_model(uri: str, like: Model, *, tracking_uri: str | None = None) -> Model:
    """The model that `MLflowLogger.log_model_checkpoint` stored, bit for bit.

    `uri`: `models:/m-…`, `models:/name/1` or `models:/name@champion`. `like`: a model of the same structure (freshly
    initialised, say), whose arrays are replaced; shapes and dtypes must agree. `tracking_uri`: see `MLflowLogger`.
    ValueError where the model does not exist, was not stored by jaxviz, or does not fit.
    """
    if not isinstance(uri, str):
        raise ValueError(f"`uri` must be the address of a model, models:/…, got {uri!r}")
    from mlflow.artifacts import download_artifacts
    from mlflow.exceptions import MlflowException

    store = _store.resolve_store(tracking_uri).absolute()
    client = _store.open_client(store)
    with tempfile.TemporaryDirectory() as folder:
        try:
            location = _location(client, uri)
            path = Path(download_artifacts(artifact_uri=location, dst_path=folder, tracking_uri=store.uri))
        except (MlflowException, OSError) as error:
            raise ValueError(f"`uri` {uri!r} cannot be read: {one_line(error)}") from None
        if not (path / "data" / _model_layout.MANIFEST).is_file():
            raise ValueError(f"`uri` {uri!r} was not stored by jaxviz")
        return _model_files.restore(path / "data", like)


def _location(client: Any, uri: str) -> str:
    """Where the files lie of the model that a URI names."""
    named = uri.removeprefix(MODEL_URI)
    name, at, alias = named.rpartition("@")
    if at:
        return _version_location(client, client.get_model_version_by_alias(name, alias))
    name, slash, version = named.rpartition("/")
    if slash:
        return _version_location(client, client.get_model_version(name, version))
    return client.get_logged_model(named).artifact_location


def _version_location(client: Any, version: Any) -> str:
    return _location(client, version.source) if version.source.startswith(MODEL_URI) else version.source
