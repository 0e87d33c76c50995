"""Model records applied to an MLflow store: LoggedModels, their versions, datasets. Applying one again is harmless."""

import json
import tempfile
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from .._names import KEY_TAG, LOADER, MODEL_URI
from ..journal._records import DatasetInfo, ModelRecord, RegisterRecord
from ..models import _layout
from ..store._connection import given
from ..store._failures import RefusedError, UnavailableError, translated
from ..store._store import Store
from . import _runs
from ._uploads import Uploads

MODEL_TYPE = "rl-policy"


def adopted(
    client: Any, experiment: str, run_id: str, record: ModelRecord, creating: AbstractContextManager[None]
) -> Any:
    """The model that a record describes: the one that was begun, or a new one. `creating`: see `Doubts`."""
    with translated():
        if (found := find(client, experiment, record.model)) is not None:
            return found
    with creating, translated():
        model = client.create_logged_model(
            experiment,
            name=record.name,
            source_run_id=run_id,
            model_type=MODEL_TYPE,
            tags={**record.tags, KEY_TAG: record.model},
            params=record.params,
        )
        given(model.model_id)
        return model


def complete(client: Any, uploads: Uploads, model: Any, run_id: str, step: int, files: dict[str, Path]) -> str:
    """Send what a model lacks, and make it an output of its run; its id."""
    with translated():
        if not is_ready(model):
            _upload(uploads, model, files)
            if not is_ready(_answered(client.finalize_logged_model(model.model_id, "READY"), model.model_id)):
                raise UnavailableError("it has not made a model ready")
        _link(client, run_id, model.model_id, step)
    return model.model_id


def find(client: Any, experiment: str, key: str) -> Any | None:
    """The model that was logged under a key: of two, as a late answer makes them, the one that is ready."""
    found = all_of(client, experiment, key)
    return next((model for model in found if is_ready(model)), found[0] if found else None)


def all_of(client: Any, experiment: str, key: str) -> list[Any]:
    """Every model of a key."""
    if "'" in key:  # the filter would read on behind it
        raise RefusedError(f"{key!r} is no key of a model")
    return client.search_logged_models([experiment], filter_string=f"tags.`{KEY_TAG}` = '{key}'")


def is_ready(model: Any) -> bool:
    """Whether all files of a model are there."""
    return "READY" in (model.status.name, str(model.status))


def add_files(client: Any, uploads: Uploads, model_id: str, files: dict[str, Path]) -> None:
    """More files of a model that exists."""
    if not uploads.are_sent_to_model(model_id, files):
        _upload(uploads, _logged_model(client, model_id), files)


def _upload(uploads: Uploads, model: Any, files: dict[str, Path]) -> None:
    """The files under `data`, and the MLmodel file that says how to load them."""
    from mlflow import pyfunc
    from mlflow.models import Model

    description = Model(
        artifact_path=model.artifact_location,
        run_id=model.source_run_id,
        model_id=model.model_id,
        model_uuid=model.model_id,
    )
    description.add_flavor("jaxviz", data="data", schema_version=_layout.SCHEMA_VERSION)
    if _layout.EXPORTED in files:
        pyfunc.add_to_model(description, loader_module=LOADER, data="data")
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        data.mkdir()
        for name, path in files.items():
            (data / name).write_bytes(path.read_bytes())
        description.save(f"{folder}/MLmodel")
        uploads.to_model(model.model_id, Path(folder))


def _link(client: Any, run_id: str, model_id: str, step: int) -> None:
    """Make the model an output of its run, which the store does once only."""
    from mlflow.entities import LoggedModelOutput

    outputs = _runs.get(client, run_id).outputs
    if not any(output.model_id == model_id for output in (outputs.model_outputs if outputs else [])):
        client.log_outputs(run_id, [LoggedModelOutput(model_id, step=step)])


def register(
    client: Any, store: Store, record: RegisterRecord, model_id: str, creating: AbstractContextManager[None]
) -> str:
    """Make a model a version of a registered model, unless it is one, and set its alias; the version's number.

    `creating`: see `Doubts`.
    """
    name, model = record.name, _logged_model(client, model_id)
    # A database looks a `models:/` source up in MLflow's default store, so it gets the place of the files.
    place = model.artifact_location if not store.is_server else f"{MODEL_URI}{model.model_id}"
    with translated():
        if (made := _registered(client, name, place, model.source_run_id)) is None:
            about = {"run_id": model.source_run_id, "model_id": model.model_id, "tags": {KEY_TAG: record.version}}
            with creating, translated():
                made = client.create_model_version(name, source=place, **about)
                given(str(made.version) if made.name == name else "")
        if record.alias is not None:
            client.set_registered_model_alias(name, record.alias, made.version)
    return str(made.version)


def _logged_model(client: Any, model_id: str) -> Any:
    with translated():
        return _answered(client.get_logged_model(model_id), model_id)


def _answered(model: Any, model_id: str) -> Any:
    """A model as the store tells it: of `{}`, which a proxy may say, MLflow's client makes one without an id."""
    if model.model_id != model_id:
        raise UnavailableError("it has answered for another model")
    return model


def _registered(client: Any, name: str, place: str, run_id: str | None) -> Any | None:
    """The version that lies at `place`, if there is one; the registered model is made if it does not exist.

    It is looked up by its run: names may hold quotes, which filters cannot.
    """
    try:
        with translated():
            client.create_registered_model(name)
    except RefusedError as refusal:
        if "already exists" not in str(refusal):
            raise
    found = client.search_model_versions(f"run_id = '{run_id}'" if run_id else f"source_path = '{place}'")
    return next((version for version in found if (version.name, version.source) == (name, place)), None)


def inputs(dataset: DatasetInfo) -> list[Any]:
    """A dataset as an input of a run."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    source = dataset.source if dataset.source.startswith("{") else json.dumps({"source": dataset.source})
    entity = Dataset(dataset.name, dataset.digest, dataset.source_type, source)
    return [DatasetInput(entity, [InputTag("mlflow.data.context", "eval")])]
