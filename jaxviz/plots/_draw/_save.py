"""Writing figures as png, pdf or svg, with the caption in the file."""

import os
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from . import _style

FORMATS: tuple[str, ...] = (".png", ".pdf", ".svg")
PathLike = str | os.PathLike[str]


def check_path(path: PathLike | None) -> None:
    """ValueError where a figure could not be written to `path`: known before anything is drawn."""
    if path is not None and Path(path).suffix.lower() not in FORMATS:
        raise ValueError(f"`save_path` must end in {', '.join(FORMATS)}; got {os.fspath(path)!r}")


def save(figure: Figure, path: PathLike, caption: str = "") -> Path:
    """Write a figure in the format of the suffix of `path`; folders are created. The same figure, the same bytes."""
    check_path(path)
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    kind = path.suffix.lower()
    with _style.applied():
        figure.savefig(path, dpi=figure.dpi, metadata=_metadata(kind, caption))
    return path


def _metadata(kind: str, caption: str) -> dict[str, Any]:
    """The caption under each format's own name for it, and no time of writing."""
    if kind == ".pdf":
        return {"Subject": caption, "CreationDate": None}
    if kind == ".svg":
        return {"Description": caption, "Date": None}
    return {"Description": caption}
