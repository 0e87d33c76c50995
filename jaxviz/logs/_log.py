"""What a reader of one format finds in a file: named series, and what the file says about its run."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from ..host.readers import Array
from ..study._measures import Kind, Unit

Part = Literal["whole", "worker", "resumed"]
"""Whether a log is a run, what one of its parallel environments did, or a later part of it."""


class UnreadableError(ValueError):
    """A file of a known kind that holds no runs, or none that can be read safely: it says which, and what to give."""


class Series(NamedTuple):
    """One named quantity against steps, as it is in the file."""

    values: Array
    """[entry] or [entry, rollout], float64. NaN is a NaN of the training; cells that are missing are left out."""
    step: Array | None = None
    """[entry], int64; float64 where the file has fractions. None: only the order is known."""
    kind: Kind | None = None
    """What one value is, for returns; None for every other quantity."""
    unit: Unit | None = None
    """What `step` counts; None: the file does not say."""
    lengths: Array | None = None
    """[entry] or [entry, rollout]: steps of the episode or rollout."""
    time: Array | None = None
    """[entry]: seconds; from `Log.started` on, or Unix time where that is None."""


class Log(NamedTuple):
    """A run, or a part of one, in one file."""

    series: Mapping[str, Series]
    """Name in the file → values."""
    labels: Mapping[str, str] = {}
    """What the file itself says, of "algorithm", "task", "seed", "run" (an id) and "name" (what somebody called it)."""
    config: Mapping[str, Any] = {}
    """Hyper-parameters found in the file, typed."""
    started: float | None = None
    """Unix time of its beginning."""
    part: Part = "whole"
    notes: tuple[str, ...] = ()
    """A sentence for everything that was repaired, left out or guessed, with its count."""
    among: "Among | None" = None
    """The logs that it was read with, if it was one of many of one form."""


class Among(NamedTuple):
    """One of many logs that were read together."""

    logs: Log
    """All of them: their arrays are [entry, file]."""
    place: int


class OneOf(Mapping[str, Series]):
    """The series of one of many logs that were read together, each made when it is asked for."""

    __slots__ = ("_all", "_place")

    def __init__(self, series: Mapping[str, Series], place: int) -> None:
        self._all, self._place = series, place

    def __getitem__(self, name: str) -> Series:
        one, place = self._all[name], self._place
        columns = (one.values, one.step, one.lengths, one.time)
        values, step, lengths, time = (None if x is None else x[:, place] for x in columns)
        assert values is not None  # every series has some
        return Series(values, step, one.kind, one.unit, lengths, time)

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)


class Format(NamedTuple):
    """A kind of file."""

    name: str
    looks: Callable[[bytes, Path], bool]
    """Whether a file is of this kind, by its first 64 KiB (unpacked, if it was packed) and, only where several kinds
    have the same bytes, by its name."""
    read: Callable[..., list[Log]]
    """Its logs. ValueError names the file and where it is damaged; `UnreadableError` if it is refused as a whole."""
    needs_steps: bool = False
    """Whether `read` takes `step_every`, the steps from one entry to the next, as the files have none."""
    of_folder: bool = False
    """Whether the files of a folder are parts of one run: workers, event files of a resumed training, its tables."""
    of_scalar: bool = False
    """Whether a file holds one series of its folder's run, and is named after it."""
    together: Callable[[Sequence[bytes], Path], Log | None] | None = None
    """The logs of files with one first line, that of a table, as one whose arrays are [entry, file]; None if they have
    to be read one by one. The path is that of the first."""
