"""Evaluations of Stable-Baselines3's EvalCallback: `evaluations.npz`.

`timesteps` [evaluation], `results` and `ep_lengths` [evaluation, rollout], and `successes` where the task has them.
"""

from pathlib import Path

from ...host.readers import Array, npz, whole
from .._log import Format, Log, Series
from ._reading import reader

_NAMES = ("timesteps", "results", "ep_lengths", "successes")


def looks(head: bytes, path: Path) -> bool:
    """A zip archive that begins with one of these arrays."""
    return head.startswith(b"PK\x03\x04") and any(f"{name}.npy".encode() in head[:80] for name in _NAMES)


def parse(content: bytes, path: Path) -> list[Log]:
    """The log of one file of evaluations."""
    found = npz(content, _NAMES)
    absent = [name for name in _NAMES[:2] if name not in found]
    if absent:
        raise ValueError(f"it has no array {absent[0]!r}")
    step = whole(found["timesteps"].astype(float).reshape(-1))
    values = {name: _rollouts(name, array, len(step)) for name, array in found.items() if name != "timesteps"}
    lengths = values.pop("ep_lengths", None)
    if lengths is not None and lengths.shape != values["results"].shape:
        raise ValueError(f"'ep_lengths' is {list(lengths.shape)}, 'results' {list(values['results'].shape)}")
    series = {name: Series(array, step, "evaluations", "environment steps") for name, array in values.items()}
    return [Log(series | {"results": series["results"]._replace(lengths=lengths)})]


def _rollouts(name: str, array: Array, count: int) -> Array:
    """[evaluation, rollout] float64, from that, from [evaluation], or with axes of one behind, as some tasks leave."""
    if array.shape[:1] != (count,) or any(size != 1 for size in array.shape[2:]):
        raise ValueError(f"{name!r} must be [evaluation, rollout] of {count} evaluations, got {list(array.shape)}")
    return array.astype(float).reshape(array.shape[:2] if array.ndim > 1 else (count, 1))


FORMAT = Format("Stable-Baselines3 evaluations", looks, reader(parse), of_folder=True)
