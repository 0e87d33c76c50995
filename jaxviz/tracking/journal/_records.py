"""The records of a journal: each kind a class with its fields. `_format` encodes and decodes them."""

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal, Self


@dataclass(frozen=True)
class Kept:
    """A file that a record speaks of."""

    file: str | None = None
    """Its place in the journal; it is removed with its record."""
    path: str | None = None
    """The user's own file, if no copy of it could be made."""

    def within(self, journal: Path, *, own: bool) -> Path:
        """The file itself; `own`: the journal is one of this machine's. ValueError for a file that is elsewhere."""
        if self.file is None and not own:
            raise ValueError(f"{self.path} is outside of the journal, whose training has ended: log it again")
        return Path(self.path or "") if self.file is None else journal / self.file


@dataclass(frozen=True)
class DatasetInfo:
    """What metrics were measured on, as MLflow describes a dataset."""

    name: str
    digest: str
    source_type: str
    source: str


@dataclass(frozen=True, kw_only=True)
class OpenRecord:
    """A journal begins, or a segment of it. Everything may be missing: other versions write it too."""

    op: ClassVar = "open"
    time: int | None = None
    version: Any = None
    pid: int | None = None
    host: str = ""
    experiment: str = ""
    store: str = ""
    """The store's address, without credentials."""
    before: int | None = None
    """Bytes of the segment before."""


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """Any record of a run."""

    op: ClassVar[str]
    run: str
    """The journal's own key of the run."""
    time: int | None = None
    """When it was written, ms; None in a refused record that is a part of others."""


@dataclass(frozen=True, kw_only=True)
class TimedRecord(RunRecord):
    """A record as the logger writes it."""

    time: int = field()


@dataclass(frozen=True, kw_only=True)
class StartRecord(TimedRecord):
    """A run starts."""

    op: ClassVar = "start"
    name: str | None
    tags: Mapping[str, str]
    parent: str | None = None


@dataclass(frozen=True, kw_only=True)
class EndRecord(TimedRecord):
    """A run ends."""

    op: ClassVar = "end"
    status: str
    child: bool = False
    """Whether no further record speaks of it."""


@dataclass(frozen=True, kw_only=True)
class ParamsRecord(RunRecord):
    """Hyper-parameters."""

    op: ClassVar = "params"
    values: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class TagsRecord(RunRecord):
    """Tags."""

    op: ClassVar = "tags"
    values: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class PointsRecord(TimedRecord):
    """Values of many metrics at one step. Numbers: one double a name."""

    op: ClassVar = "points"
    names: Sequence[str]
    step: int
    model: str | None = None
    """The model they were measured on: its key or MLflow's id."""
    dataset: DatasetInfo | None = None
    experiment: str | None = None
    """The experiment of the model, if it is another."""
    numbers: Sequence[float]

    @property
    def count(self) -> int:
        return len(self.names)


@dataclass(frozen=True, kw_only=True)
class ColumnsRecord(TimedRecord):
    """Series of metrics at the same steps. Numbers: `n` steps as 64-bit integers, then `n` values of each name."""

    op: ClassVar = "columns"
    names: Sequence[str]
    n: int
    dtype: Literal["f", "d"]
    content: bytes

    @property
    def count(self) -> int:
        return self.n * len(self.names)

    @classmethod
    def of(cls, run: str, time: int, steps: Any, columns: Mapping[str, Any], dtype: Literal["f", "d"]) -> Self:
        """The record of series that are NumPy arrays [point]."""
        arrays = [steps.astype("<i8"), *(values.astype(f"<{dtype}") for values in columns.values())]
        content = b"".join(array.tobytes() for array in arrays)
        return cls(run=run, time=time, names=list(columns), n=len(steps), dtype=dtype, content=content)

    def series(self) -> Iterator[tuple[str, Sequence[int], Sequence[float]]]:
        """Each metric with its steps and values."""
        steps = struct.unpack_from(f"<{self.n}q", self.content)
        values = memoryview(self.content)[8 * self.n :].cast(self.dtype)
        for i, name in enumerate(self.names):
            yield name, steps, values[i * self.n : (i + 1) * self.n].tolist()


@dataclass(frozen=True, kw_only=True)
class RowsRecord(RunRecord):
    """Single points of metrics that were refused. Numbers: one double a name."""

    op: ClassVar = "rows"
    names: Sequence[str]
    steps: Sequence[int]
    times: Sequence[int]
    numbers: Sequence[float]

    @property
    def count(self) -> int:
        return len(self.names)


@dataclass(frozen=True, kw_only=True)
class ArtifactRecord(TimedRecord):
    """A file among the run's artifacts."""

    op: ClassVar = "artifact"
    folder: str
    kept: Kept


@dataclass(frozen=True, kw_only=True)
class ModelRecord(TimedRecord):
    """A checkpoint."""

    op: ClassVar = "model"
    model: str
    """The journal's own key of the model."""
    name: str
    step: int
    files: Mapping[str, Kept]
    params: Mapping[str, str]
    tags: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class ExportRecord(TimedRecord):
    """The exported function of a checkpoint that was written before."""

    op: ClassVar = "export"
    model: str
    files: Mapping[str, Kept]


@dataclass(frozen=True, kw_only=True)
class RegisterRecord(TimedRecord):
    """A checkpoint becomes a version of a registered model."""

    op: ClassVar = "register"
    source: str
    """The model: its key, its id or its address."""
    name: str
    alias: str | None
    version: str
    """The journal's own key of the version."""
    experiment: str | None = None
    """The experiment of the model, if it is another."""


@dataclass(frozen=True, kw_only=True)
class LinkRecord(RunRecord):
    """Metrics that were sent without the model they belong to, as it was refused."""

    op: ClassVar = "link"
    names: Sequence[str]
    step: int


@dataclass(frozen=True, kw_only=True)
class DatasetRecord(RunRecord):
    """A dataset that was refused as the input of a run."""

    op: ClassVar = "dataset"
    about: DatasetInfo


@dataclass(frozen=True)
class UnknownRecord:
    """A record of a kind that this version does not know, or whose fields it cannot read: kept as it is."""

    header: Mapping[str, Any]
    blob: bytes = b""
    why: str = ""
    """What is wrong with its fields, if the kind is known."""

    @property
    def op(self) -> str:
        return str(self.header.get("op"))

    @property
    def time(self) -> int | None:
        time = self.header.get("time")
        return time if type(time) is int and 0 <= time < 2**63 else None

    @property
    def reason(self) -> str:
        """Why no store gets it."""
        about = f"the record {self.op[:80]!r}"
        return f"{about} is malformed: {self.why}" if self.why else f"this jaxviz does not know {about}"


Metrics = PointsRecord | ColumnsRecord | RowsRecord
Known = (
    OpenRecord
    | StartRecord
    | EndRecord
    | ParamsRecord
    | TagsRecord
    | Metrics
    | ArtifactRecord
    | ModelRecord
    | ExportRecord
    | RegisterRecord
    | LinkRecord
    | DatasetRecord
)
Record = Known | UnknownRecord


def kept_files(record: Record) -> list[str]:
    """The files that a journal keeps for a record: of an artifact one, of a model several."""
    if isinstance(record, ArtifactRecord):
        kept = [record.kept]
    else:
        kept = list(record.files.values()) if isinstance(record, ModelRecord | ExportRecord) else []
    return [one.file for one in kept if one.file is not None]
