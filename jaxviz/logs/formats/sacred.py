"""Sacred's file storage: `metrics.json`, `{metric: {steps, values, timestamps}}`.

It is `{}` until the first metrics are written, and stays so where a run has none.
"""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ...host.readers import Array, drained, floats, json_of, text, whole
from .._log import Format, Log, Series
from .._names import meaning
from ._reading import reader

_NAME = "metrics.json"
_METRIC = re.compile(rb'"(?:steps|values|timestamps)"\s*:\s*\[')


def looks(head: bytes, path: Path) -> bool:
    """An object of objects with lists of these names; by the name, an empty one."""
    if re.fullmatch(rb"\s*\{\s*\}\s*", head):
        return path.name == _NAME
    return re.match(rb'\s*\{\s*"[^"]*"\s*:\s*\{\s*"(?:steps|values|timestamps)"\s*:\s*\[', head) is not None


def parse(content: bytes, path: Path) -> list[Log]:
    """The log of one file of metrics."""
    found = json_of(text(content))
    del content  # large as it may be, it is no longer needed
    if not isinstance(found, dict):
        raise ValueError("it holds no metrics: an object was expected")
    notes = () if found else ("no metrics were recorded",)
    return [Log({name: _series(name, metric) for name, metric in found.items()}, notes=notes)]


def _series(name: str, metric: Any) -> Series:
    if not isinstance(metric, dict) or not all(isinstance(metric.get(key), list) for key in ("steps", "values")):
        raise ValueError(f"the metric {name!r} has no steps and values")
    steps, times = drained(metric["steps"]), metric.get("timestamps")
    values = drained([*map(_number, metric.pop("values"))])
    if len(steps) != len(values):
        raise ValueError(f"the metric {name!r} has {len(steps)} steps and {len(values)} values")
    known = meaning(name)
    kind = known.kind or "updates" if known is not None and known.role == "return" else None
    return Series(values, whole(steps), kind, time=_times(times, len(values)))


def _number(value: Any) -> Any:
    """A number, also as jsonpickle writes those of NumPy."""
    return value.get("value") if isinstance(value, dict) else value


def _times(written: Any, count: int) -> Array | None:
    """Unix time of ISO dates in UTC; None where they are not that."""
    try:
        dates = [datetime.fromisoformat(date) for date in written]
        times = [(date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() for date in dates]
    except (TypeError, ValueError, OverflowError):
        return None
    return floats(times) if len(times) == count else None


FORMAT = Format("Sacred metrics", looks, reader(parse), of_folder=True)
