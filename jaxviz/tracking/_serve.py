"""What MLflow loads as a pyfunc: `mlflow.pyfunc.load_model` and `mlflow models serve` without the training code."""

from pathlib import Path
from typing import Any

import jax
from jax import export

from .. import _host
from . import _model_files, _model_layout


class Policy:
    """An exported function with its arrays."""

    def __init__(self, folder: Path) -> None:
        self._exported = export.deserialize(bytearray((folder / _model_layout.EXPORTED).read_bytes()))
        self._arrays = [_host.as_array(x, name) for name, (x, _) in _model_files.read_arrays(folder).items()]

    def predict(self, observations: Any, params: dict[str, Any] | None = None) -> Any:
        """Output for observations [batch, …]: one array, or name → array where there are several."""
        del params
        wanted = self._exported.in_avals[-1]
        values = observations.to_numpy() if hasattr(observations, "to_numpy") else observations
        array = _host.as_array(values, "observations").astype(wanted.dtype)
        if array.shape[1:] != wanted.shape[1:]:
            raise ValueError(f"`observations` must be [batch, {list(wanted.shape[1:])}], got shape {array.shape}")
        outputs = _host.flat_metrics(self._exported.call(self._arrays, array))
        return next(iter(outputs.values())) if len(outputs) == 1 else outputs


def _load_pyfunc(path: str) -> Policy:
    """MLflow's entry point: `path` is the folder of the model's files."""
    with jax.default_device(jax.local_devices()[0]):
        return Policy(Path(path))
