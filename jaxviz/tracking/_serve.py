"""MLflow loads this module as a pyfunc: stored models answer without the code of the training."""

from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
from jax import export

from ..host import as_array, flat_metrics, to_host
from .models import _export, _files

_WIDE = {"float64", "int64", "uint64", "complex128"}
"""Types that JAX has with `enable_x64` alone, which a training may have set and a server does not."""


class Policy:
    """An exported function with its arrays."""

    def __init__(self, folder: Path) -> None:
        self._exported = export.deserialize(bytearray(_files.read_exported(folder)))
        types_in = [aval.dtype for aval in self._exported.in_avals]
        types = {*types_in, *(aval.dtype for aval in self._exported.out_avals)}
        self._settings = {"enable_x64": True} if {dtype.name for dtype in types} & _WIDE else {}
        found = list(_files.read_arrays(folder).values())
        all_are_inputs = len(found) == len(types_in) - 1  # as before numbers became constants
        arrays = [x for x, kind in found if all_are_inputs or kind != "number"]
        with _export.with_settings(self._settings):
            self._arrays = [jnp.asarray(x) for x in arrays]

    def predict(self, observations: Any, params: dict[str, Any] | None = None) -> Any:
        """Output for observations [batch, …]: one array, or name → array if there are several."""
        del params
        values = observations.to_numpy() if hasattr(observations, "to_numpy") else observations
        with _export.with_settings(self._settings):
            outputs = flat_metrics(self._exported.call(self._arrays, self._checked(values)))
        return next(iter(outputs.values())) if len(outputs) == 1 else outputs

    def _checked(self, values: Any) -> Any:
        """Observations as the function expects them."""
        wanted = self._exported.in_avals[-1]
        given = as_array(values, "observations")
        if given.ndim != len(wanted.shape) or given.shape[1:] != wanted.shape[1:]:
            raise ValueError(f"`observations` must be [batch, {list(wanted.shape[1:])}], got shape {given.shape}")
        array = given.astype(wanted.dtype)
        exact = not jnp.issubdtype(wanted.dtype, jnp.inexact)
        if exact and (to_host(array) != to_host(given)).any():
            raise ValueError(f"`observations` must be {wanted.dtype}: some of the values are not")
        return array


def _load_pyfunc(path: str) -> Policy:
    """MLflow's entry point: `path` is the folder of the model's files."""
    with jax.default_device(jax.local_devices()[0]):
        return Policy(Path(path))
