"""The manifest of a stored model, schema version 1: what it must be before an array is made of it.

    {"format": "jaxviz model", "schema_version": 1, "jax": "…",
     "arrays": [{"name": "dense/kernel", "shape": [4, 32], "dtype": "float32", "kind": "array"}, …],
     "weights_sha256": "…",    of weights.safetensors
     "sha256": "…"}            of the manifest without this field, as `json.dumps(…, sort_keys=True)` writes it

Models of before there were checksums have neither of the two.
"""

import hashlib
import json
import re
from typing import Any, NamedTuple

import jax.numpy as jnp

from ._layout import SCHEMA_VERSION

MOST_BYTES = 64 << 20
MOST_AXES = 64
_FORMAT = "jaxviz model"
_WITHOUT_CHECKSUMS = {"format", "schema_version", "jax", "arrays"}
"""The fields of manifests of before there were any. One with others has lost them."""
_OF_OTHERS = 256
"""NumPy's own types have smaller numbers: bfloat16, float8 and int4 stand beside them."""
_KIND = re.compile(r"array|number|key:[\w<>]{1,50}")


class Entry(NamedTuple):
    """One array of a model."""

    name: str
    shape: tuple[int, ...]
    dtype: Any
    kind: str


def write(about: dict[str, Any], weights: bytes) -> bytes:
    """The manifest of arrays that are stored as `weights`."""
    manifest = {"format": _FORMAT, "schema_version": SCHEMA_VERSION, **about, "weights_sha256": sha256(weights)}
    return json.dumps({**manifest, "sha256": _own_sha256(manifest)}, indent=1).encode()


def sha256(content: bytes) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(content).hexdigest()


def _own_sha256(manifest: dict[str, Any]) -> str:
    return sha256(json.dumps({k: v for k, v in manifest.items() if k != "sha256"}, sort_keys=True).encode())


def read(content: bytes, weights: bytes) -> list[Entry]:
    """The entries of a manifest whose checksums are right. ValueError that says what is wrong with it."""
    if len(content) > MOST_BYTES:
        raise ValueError(f"its manifest has {len(content)} bytes, the most is {MOST_BYTES}")
    try:
        manifest = json.loads(content)
    except (ValueError, RecursionError):
        raise ValueError("its manifest is no JSON") from None
    if not isinstance(manifest, dict) or manifest.get("format", _FORMAT) != _FORMAT:
        raise ValueError("its manifest is none of a jaxviz model")
    version = manifest.get("schema_version")
    if type(version) is not int or version != SCHEMA_VERSION:
        raise ValueError(f"it has schema version {version!r}; this jaxviz reads version {SCHEMA_VERSION}")
    if not {"sha256", "weights_sha256"} <= manifest.keys() and manifest.keys() != _WITHOUT_CHECKSUMS:
        raise ValueError("its manifest lacks its checksums")
    for name, found in (("sha256", _own_sha256(manifest)), ("weights_sha256", sha256(weights))):
        if manifest.get(name, found) != found:
            raise ValueError(f"it has another `{name}` than its manifest says")
    entries = manifest.get("arrays")
    if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        raise ValueError("its manifest has no list of `arrays`")
    found = [_entry(one) for one in entries]
    if len({one.name for one in found}) < len(found):
        raise ValueError("two of its arrays have one name")
    return found


def _entry(entry: dict[str, Any]) -> Entry:
    name, shape, dtype, kind = (entry.get(field) for field in Entry._fields)
    if not isinstance(name, str):
        raise ValueError(f"the name of an array must be text, got {str(name)[:80]!r}")
    if not isinstance(shape, list) or len(shape) > MOST_AXES or not all(type(n) is int and n >= 0 for n in shape):
        raise ValueError(f"the shape of {name[:80]!r} must be a list of sizes, got {str(shape)[:80]}")
    if not isinstance(kind, str) or _KIND.fullmatch(kind) is None:
        raise ValueError(f"{name[:80]!r} must be an array, a number or a random key, got {str(kind)[:80]!r}")
    return Entry(name, tuple(shape), _dtype(dtype, name), kind)


def _dtype(text: Any, name: str) -> Any:
    """A dtype of numbers by its name."""
    try:
        found = jnp.dtype(text) if isinstance(text, str) else None
    except TypeError:
        found = None
    if found is None or found.name != text or not (found.kind in "biufc" or found.num >= _OF_OTHERS):
        raise ValueError(f"{name[:80]!r} must have a dtype of numbers, got {str(text)[:80]!r}")
    return found
