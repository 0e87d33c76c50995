"""What users log, as what MLflow takes. Nothing is dropped: what is no number becomes text, what is long is cut.

Keys: characters MLflow refuses become "_"; keys over 250 characters are cut and end in a hash. Metrics: nested
mappings become `a/b`; an array of one element is its value, of more its `/mean`, `/std`, `/min`, `/max`; anything that
is not a number becomes a tag under its key. Parameters: text; over 6000 characters they are cut and end in a hash.
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from .. import _host

MAX_KEY = 250
MAX_PARAM = 6000
MAX_TAG = 8000
_REFUSED = re.compile(r"[^\w\-. :/]")


def key(name: Any) -> str:
    """A name that MLflow takes as the key of a metric, parameter or tag."""
    parts = [part.strip() for part in _REFUSED.sub("_", str(name)).split("/")]
    cleaned = "/".join(part.replace("..", "__") for part in parts if part not in ("", ".", ".."))
    return _cut(cleaned or "_", MAX_KEY)


def _cut(text: str, limit: int) -> str:
    """`text` within the limit; a cut text ends in a hash of the whole, so that different ones stay different."""
    if len(text) <= limit:
        return text
    return f"{text[: limit - 9]}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def flatten(values: Mapping[Any, Any], prefix: str = "") -> dict[str, Any]:
    """Nested mappings, dataclasses and NamedTuples as `a/b` names; lists stay values."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        full = f"{prefix}{name}"
        nested = _as_mapping(value)
        flat |= {full: value} if nested is None else flatten(nested, f"{full}/")
    return flat


def _as_mapping(value: Any) -> Mapping[Any, Any] | None:
    if isinstance(value, Mapping):
        return value if value else None
    if hasattr(value, "_asdict"):
        return value._asdict()
    if hasattr(value, "__dataclass_fields__") and not isinstance(value, type):
        return {name: getattr(value, name) for name in value.__dataclass_fields__}
    return None


def split_metrics(metrics: Mapping[Any, Any]) -> tuple[dict[str, float], dict[str, str]]:
    """Metrics as numbers, and as text what is no number."""
    numbers: dict[str, float] = {}
    texts: dict[str, str] = {}
    for name, value in flatten(metrics).items():
        found = _numbers(value)
        if found is None:
            texts[key(name)] = _cut(str(value), MAX_TAG)
        else:
            numbers |= {key(f"{name}{suffix}"): number for suffix, number in found.items()}
    return numbers, texts


def _numbers(value: Any) -> dict[str, float] | None:
    """The numbers of a value under the suffixes of their names; None where it has none."""
    if isinstance(value, bool | int | float):
        return {"": float(value)}
    try:
        array = _host.to_host(_host.as_array(value, "value"))
    except (ValueError, TypeError):
        return None
    if array.size == 1:
        return {"": float(array.reshape(()))}
    if array.size == 0:
        return {"": float("nan")}
    array = array.astype("float64")
    return {
        "/mean": float(array.mean()),
        "/std": float(array.std()),
        "/min": float(array.min()),
        "/max": float(array.max()),
    }


def params(values: Mapping[Any, Any]) -> dict[str, str]:
    """Parameters as text."""
    return {key(name): _cut(_text(value), MAX_PARAM) for name, value in flatten(values).items()}


def _text(value: Any) -> str:
    if hasattr(value, "shape") and not isinstance(value, type):
        return str(_host.to_host(value).tolist())
    return str(value)
