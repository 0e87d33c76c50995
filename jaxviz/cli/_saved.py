"""Saved runs as commands read them."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ._exit import fail

if TYPE_CHECKING:
    from .._run import TrainingRun


class SavedRun(NamedTuple):
    """A file of `jaxviz.save_run`."""

    path: Path
    run: "TrainingRun"
    metadata: dict[str, Any]

    @property
    def labels(self) -> list[str] | None:
        """The names it was saved with, if there is one for each configuration (all batch axes but the last)."""
        labels = self.metadata.get("labels")
        if not isinstance(labels, list) or len(labels) != math.prod(self.run.batch_shape[:-1]):
            return None
        return labels if all(isinstance(label, str) for label in labels) else None


def load(path: Path) -> SavedRun:
    """Read a saved run, or end the command with the reason."""
    from ..host import load_metadata, load_run

    try:
        return SavedRun(path, load_run(path), load_metadata(path))
    except FileNotFoundError:
        fail(f"{path} does not exist")
    except (ValueError, OSError) as error:
        fail(str(error))
