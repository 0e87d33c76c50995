"""Evaluations in a `.npy` file, as TD3 writes them: `<algorithm>_<task>_<seed>.npy`, [evaluation] or [evaluation, run].

There are no steps in it: the reader is refused unless it is told how many are between two evaluations.
"""

from pathlib import Path

from ...host.readers import counting, npy
from .._log import Format, Log, Series, UnreadableError
from ._reading import reader

_MAGIC = b"\x93NUMPY"


def looks(head: bytes, path: Path) -> bool:
    """NumPy's own file of one array."""
    return head.startswith(_MAGIC)


def parse(content: bytes, path: Path, step_every: int | None = None) -> list[Log]:
    """The logs of the runs in one array; the first evaluation is that before training, at step 0."""
    values = npy(content)
    if values.ndim not in (1, 2) or values.dtype.kind == "b":
        raise ValueError(
            f"it must be [evaluation] or [evaluation, run] of returns, got {values.dtype}{list(values.shape)}"
        )
    if step_every is None:
        raise UnreadableError(
            f"its {len(values)} evaluations have no steps: give those between two of them, step_every=5000"
        )
    step = counting(len(values), step_every)
    runs = values.astype(float).reshape(len(values), -1).T
    logs = [Log({"evaluations": Series(run, step, "evaluations", "environment steps")}) for run in runs]
    return logs if values.ndim == 1 else [log._replace(labels={"run": str(k)}) for k, log in enumerate(logs)]


def read(path: Path, step_every: int | None = None) -> list[Log]:
    """The logs of one file. UnreadableError unless `step_every` is given."""
    return reader(lambda content, path: parse(content, path, step_every))(path)


FORMAT = Format("NumPy array", looks, read, needs_steps=True)
