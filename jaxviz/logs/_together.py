"""Runs whose logs were read together -> their data, chosen once for all of them.

What is chosen for one is chosen for all where no number decides: all are finite, steps rise, and none has to be
converted. Where that is not so, each run is merged and chosen by itself.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from ..host import Record, Summary, records_like, summaries_like
from ..host.readers import Array, are_counts, fit_single, rise_from_zero
from ..study import RunData
from ..study._of_rows import record_of
from ._choice import Chosen
from ._grouping import RunParts
from ._log import Log, Series
from ._merging import Resumed, merge

Choose = Callable[[Mapping[str, Series]], Chosen]


class Made(NamedTuple):
    """A run that can be analysed, or why it cannot."""

    notes: tuple[str, ...]
    chosen: Chosen
    record: Record
    summary: Summary | None = None
    """What a table says of it, if that is known already."""


class Together:
    """The runs of logs that were read together, each made when it is asked for."""

    def __init__(self, resumed: Resumed, choose: Choose) -> None:
        self._resumed: Resumed = resumed
        self._choose = choose
        self._known: dict[tuple[int, bool], list[Made] | None] = {}

    def made(self, run: RunParts) -> Made | None:
        """The run, if it is one log that was read with others of its form."""
        part = run.parts[0]
        among = part.log.among
        if len(run.parts) > 1 or among is None:
            return None
        key = (id(among.logs), part.of_evaluation)
        if key not in self._known:
            self._known[key] = self._all(run, among.logs)
        known = self._known[key]
        return None if known is None else known[among.place]

    def _all(self, run: RunParts, logs: Log) -> list[Made] | None:
        """All of them; None if a number decides in any."""
        if not all(map(_is_plain, logs.series.values())):
            return None
        series, origin = _first_of(logs.series)
        part = run.parts[0]
        merged = merge(run._replace(parts=(part._replace(log=part.log._replace(series=series)),)), self._resumed)
        try:
            chosen = self._choose(merged.series)
            record = record_of(chosen.data)
        except ValueError:  # each says it of itself
            return None
        columns = dict(_columns(chosen.data))
        if any(id(array) not in origin for array in columns.values()):
            return None
        records = records_like(record, {name: origin[id(array)].whole for name, array in columns.items()})
        if records is None:
            return None
        summaries = summaries_like(record, records)
        return [Made(merged.notes, chosen, one, said) for one, said in zip(records, summaries, strict=True)]


def _is_plain(series: Series) -> bool:
    """Whether no number of any file decides what is done with this series."""
    return (
        fit_single(series.values)
        and (series.step is None or rise_from_zero(series.step))
        and (series.lengths is None or are_counts(series.lengths))
    )


class _Column(NamedTuple):
    """An array of the first file, and that of all files [file, entry]."""

    first: Array
    whole: Array


def _first_of(logs: Mapping[str, Series]) -> tuple[dict[str, Series], dict[int, _Column]]:
    """The series of the first file, and id of each of its arrays → where it is from."""
    origin, found = dict[int, _Column](), dict[str, Series]()
    for name, one in logs.items():
        arrays = {field: array for field in _ARRAYS if (array := getattr(one, field)) is not None}
        columns = {field: _Column(array[:, 0], array.T) for field, array in arrays.items()}
        origin |= {id(column.first): column for column in columns.values()}
        found[name] = one._replace(**{field: column.first for field, column in columns.items()})
    return found, origin


_ARRAYS = ("values", "step", "lengths", "time")


def _columns(data: RunData) -> Iterator[tuple[str, Array]]:
    """The name of each array in a record, and what it is made of."""
    streams = (("episodes", "returns"), ("updates", "total"), ("evaluation", "returns"))
    for part, values in streams:
        if (stream := getattr(data, part)) is not None:
            yield f"{part}/{values}", stream.values
            yield from [(f"{part}/step", stream.step)] if stream.step is not None else []
            if stream.lengths is not None and part != "updates":
                yield f"{part}/lengths", stream.lengths
    for name, values in data.losses.items():
        yield f"losses/values/{name}", values
    if data.losses and data.loss_step is not None:
        yield "losses/step", data.loss_step
