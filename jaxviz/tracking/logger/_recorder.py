"""Write users' values to the journal as records."""

import time
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

from ...host import scalars
from .. import _values
from ..drain._courier import Courier
from ..journal import _format
from ..journal._journal import Journal
from ..journal._records import (
    ArtifactRecord,
    ColumnsRecord,
    DatasetInfo,
    EndRecord,
    ParamsRecord,
    PointsRecord,
    Record,
    StartRecord,
    TagsRecord,
)

_COLUMN_POINTS = 8192
"""Points of a record: as many as the drainer sends between two acknowledgements."""
_RECORD_TEXT = 1 << 20
"""Characters of parameters or tags in a record, which take up to six bytes each."""
_MOST_ENCODERS = 256
_FLOAT = frozenset({float})
_NARROW = ("float32", "float16", "bfloat16")


class Recorder:
    """Writes a run and its child runs to one journal; runs are called by keys of the journal's own."""

    def __init__(self, journal: Journal, courier: Courier, name: str | None, tags: Mapping[str, str]) -> None:
        self.journal, self._courier = journal, courier
        self.metrics, self.tag_keys, self.param_keys = _values.Keys(), _values.Keys(), _values.Keys()
        """The keys of the run; its child runs have what one call gives them."""
        self._places = _values.Keys(_values.artifact_place, suffixes=True)
        self._linked = 0
        self._plain: dict[tuple[str, ...], _format.Encoder] = {}
        self.run = self.start(name, tags)

    def write(self, record: Record) -> None:
        """Write a record."""
        try:
            self.journal.append(record)
        except ValueError as why:  # it is too large
            warnings.warn(f"not logged: {why}", stacklevel=4)
        self._courier.look()

    def start(self, name: str | None, tags: Mapping[str, str], *, parent: str | None = None) -> str:
        """Start a run; its key."""
        key = uuid4().hex
        first, *others = _parts(tags) or [{}]
        self.write(StartRecord(run=key, time=_format.now(), name=name, tags=first, parent=parent))
        for part in others:
            self.tags(key, part)
        return key

    def end(self, run: str, status: str) -> None:
        """End a run."""
        self.write(EndRecord(run=run, time=_format.now(), status=status, child=run != self.run))

    def params(self, run: str, values: Mapping[str, str]) -> None:
        """Hyper-parameters."""
        for part in _parts(values):
            self.write(ParamsRecord(run=run, time=_format.now(), values=part))

    def tags(self, run: str, values: Mapping[str, str]) -> None:
        """Tags."""
        for part in _parts(values):
            self.write(TagsRecord(run=run, time=_format.now(), values=part))

    def artifact(self, run: str, name: str, content: bytes | Path, folder: str = "") -> None:
        """A file among the run's artifacts; its name and folder become what a store accepts."""
        given = "/".join([*(part for part in folder.split("/") if part not in ("", ".", "..")), name.replace("/", "_")])
        place, _, file = self._places.of(given).rpartition("/")
        kept = self.journal.keep(file, content)
        self.write(ArtifactRecord(run=run, time=_format.now(), folder=place, kept=kept))

    def points(self, run: str, values: Mapping[str, float], step: int) -> None:
        """Metrics at one step."""
        names, numbers = list(values), list(values.values())
        for part in _spans(len(names), _COLUMN_POINTS):
            encode = _format.points_encoder(run, tuple(names[part]))
            self.journal.append_frame(encode(_format.now(), step, numbers[part]))
        self._courier.look()

    def linked_points(
        self,
        run: str,
        values: Mapping[str, float],
        step: int,
        *,
        model: str | None = None,
        dataset: DatasetInfo | None = None,
        experiment: str | None = None,
    ) -> None:
        """Metrics at one step with their model and dataset; see `PointsRecord`."""
        # MLflow tells the metrics of a model apart by name, step and time, whatever their dataset
        self._linked = max(_format.now(), self._linked + 1)
        names, numbers = list(values), list(values.values())
        for part in _spans(len(names), _COLUMN_POINTS):
            about = PointsRecord(
                run=run,
                time=self._linked,
                names=names[part],
                step=step,
                model=model,
                dataset=dataset,
                experiment=experiment,
                numbers=numbers[part],
            )
            self.write(about)

    def plain_points(self, metrics: Any, step: Any) -> bool:
        """Numbers under texts at one step of the run; False, and nothing written, if there is anything else.

        Behind a training step caches are cold, and a call costs as much as the memory it touches: no function too many.
        """
        if type(metrics) is not dict or type(step) is not int:
            return False
        names, values = tuple(metrics), metrics.values()
        encode = self._plain.get(names) or self._plain_encoder(names)
        plain = values if _FLOAT.issuperset(map(type, values)) else scalars(values)
        if encode is None or plain is None or abs(step) > _values.MAX_STEP:
            return False
        self.journal.append_frame(encode(time.time_ns() // 1_000_000, step, plain))
        if time.monotonic() >= self._courier.look_at:
            self._courier.look()
        return True

    def _plain_encoder(self, names: tuple[Any, ...]) -> _format.Encoder | None:
        """The encoder of points under these names; None if they are no texts, or very many."""
        keys = None if len(names) > _COLUMN_POINTS else _values.plain_keys(names, self.metrics)
        if keys is None:
            return None
        if len(self._plain) >= _MOST_ENCODERS:
            self._plain.clear()
        self._plain[names] = encoder = _format.points_encoder(self.run, keys)
        return encoder

    def columns(self, run: str, steps: Any, columns: Mapping[str, Any]) -> None:
        """Metrics at the same steps, as NumPy arrays [point]; in records of bounded size."""
        narrow = all(values.dtype.name in _NARROW for values in columns.values())
        names = list(columns)
        for part in _spans(len(steps), _COLUMN_POINTS):
            at = steps[part]
            for some in _spans(len(names), max(1, _COLUMN_POINTS // len(at))):
                values = {name: columns[name][part] for name in names[some]}
                self.write(ColumnsRecord.of(run, _format.now(), at, values, "f" if narrow else "d"))


def _parts(values: Mapping[str, str]) -> list[dict[str, str]]:
    """Texts in parts that a record has room for."""
    parts: list[dict[str, str]] = []
    size = _RECORD_TEXT
    for name, value in values.items():
        size += len(name) + len(value)
        if size > _RECORD_TEXT:
            parts.append({})
            size = len(name) + len(value)
        parts[-1][name] = value
    return parts


def _spans(size: int, most: int) -> Iterator[slice]:
    return (slice(start, min(start + most, size)) for start in range(0, size, most))
