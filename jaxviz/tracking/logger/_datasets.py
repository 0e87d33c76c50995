"""Datasets that metrics were measured on, as MLflow links them: name, digest and source."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from .. import _values
from ..journal._records import DatasetInfo

MAX_NAME, MAX_DIGEST = 500, 36
SOURCE_TYPE = "jaxviz"


def describe(dataset: Any) -> DatasetInfo:
    """Name, digest, source_type and source of a dataset, as text.

    `dataset`: a name ("CartPole-v1"), a mapping with `name` and anything else that tells it from others, or one of
    MLflow's own datasets. The digest is that of the description, unless the dataset brings one.
    """
    if isinstance(dataset, str):
        dataset = {"name": dataset}
    if not isinstance(dataset, Mapping):
        dataset = {name: getattr(dataset, name, None) for name in ("name", "digest", "source_type", "source")}
    name = dataset.get("name")
    if not isinstance(name, str) or not name.strip():
        raise ValueError(f"`dataset` must be a name, a mapping with a `name`, or a dataset of MLflow; got {dataset!r}")
    known = {str(key): _plain(value) for key, value in dataset.items() if value is not None}
    text = json.dumps(known, sort_keys=True, default=str)
    digest = str(known.get("digest") or hashlib.sha256(text.encode()).hexdigest()[:8])
    return DatasetInfo(
        name=_values.line(name, MAX_NAME),
        digest=_values.line(digest, MAX_DIGEST),
        source_type=_values.line(str(known.get("source_type") or SOURCE_TYPE), MAX_DIGEST),
        source=str(known.get("source") or text),
    )


def _plain(value: Any) -> Any:
    """A source of MLflow's as the JSON it writes; everything else as it is."""
    return value.to_json() if hasattr(value, "to_json") else value
