"""Named arrays with words that JSON can hold, as one archive that may come from anybody."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .._whole_file import whole_file
from . import _archive, _run_schema

MEMBER = "arrays.json"
"""The header: format, version, words, and each array's shape, dtype and SHA-256."""


def save_arrays(path: Path, arrays: Mapping[str, np.ndarray], words: Mapping[str, Any], kind: str) -> Path:
    """Write arrays under their names and words beside them; `kind` and its version say what they are."""
    if path.suffix != ".npz":
        path = path.with_name(path.name + ".npz")
    stored = {name: a.astype(_archive.stored_dtype(a.dtype.name), copy=False) for name, a in arrays.items()}
    specs = {
        name: {"shape": list(a.shape), "dtype": a.dtype.name, "sha256": _archive.checksum(stored[name])}
        for name, a in arrays.items()
    }
    text = json.dumps({"format": kind, "words": words, "arrays": specs}, indent=1)
    _parse(text.encode(), kind)
    with whole_file(path) as temporary:
        _archive.write(temporary, stored, {MEMBER: text})
    return path


def load_arrays(path: Path, kind: str, what: str) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The arrays and words of such a file. ValueError that names it if it is damaged or something else than `what`."""
    with _archive.opened(path, what) as archive:
        specs, words = _parse(archive.text(MEMBER), kind)
        return {name: archive.array(name, spec) for name, spec in specs.items()}, words


def _parse(text: bytes, kind: str) -> tuple[dict[str, _archive.Spec], dict[str, Any]]:
    if text.count(b"[") + text.count(b"{") > _run_schema.MOST_CONTAINERS:
        raise ValueError(f"its {MEMBER} has more than {_run_schema.MOST_CONTAINERS} lists and objects")
    header = json.loads(text)
    if not isinstance(header, dict) or header.get("format") != kind:
        raise ValueError(f"its {MEMBER} is not of the format {kind!r}, which this jaxviz reads")
    arrays, words = header.get("arrays"), header.get("words")
    if not isinstance(arrays, dict) or not isinstance(words, dict):
        raise ValueError(f"its {MEMBER} has no arrays or no words")
    specs = {name: _run_schema.spec(name, about) for name, about in arrays.items()}
    if any(spec.sha256 is None for spec in specs.values()):
        raise ValueError("an array has no checksum")
    return specs, words
