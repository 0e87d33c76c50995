"""Parts of a run -> its series: workers merged, resumed parts joined, each step once."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

from ..host.readers import Array
from ..host.readers._order import (
    count_falls,
    entries_per_step,
    is_grid,
    is_unset,
    joined,
    kept_entries,
    merged_workers,
    put_behind,
    rises,
    same,
    sorted_places,
    steps_of,
)
from ._grouping import Part, RunParts
from ._log import Series
from ._names import of_evaluation
from .names._forms import stem_of

Resumed = Literal["cut", "append"]
"""Where steps go back: the older entries beyond them are cut, or the later ones are put behind."""


_MOST_RESUMED, _MOST_SHARE = 5, 0.02
"""A training is resumed a few times; steps that fall more often are no steps of one."""
_RETURN = "r"
"""The return of an episode, in episode logs."""


class Merged(NamedTuple):
    """The series of one run."""

    series: Mapping[str, Series]
    notes: tuple[str, ...]
    dropped: tuple[str, ...] = ()
    """Series that cannot be put in order, each with the reason."""


def merge(run: RunParts, resumed: Resumed) -> Merged:
    """The series of a run, each step once, and a sentence for everything that was left out."""
    notes = list(dict.fromkeys(note for part in run.parts for note in part.log.notes))
    workers = [part for part in run.parts if part.log.part == "worker" and not part.of_evaluation]
    others = [part for part in run.parts if part not in workers] if len(workers) > 1 else list(run.parts)
    found: dict[str, dict[tuple[str, str], list[Series]]] = {}
    if len(workers) > 1:
        found = {name: {("workers", ""): [series]} for name, series in _of_workers(workers)}
        notes.append(f"{len(workers)} workers are merged in the order in which their episodes ended")
    for part in sorted(others, key=_began):
        for name, series in _named(part):
            found.setdefault(name, {}).setdefault(_writer(part), []).append(series)
    series, dropped = {}, []
    for name, copies in found.items():
        copies = _continued(copies)
        longest = max(copies.values(), key=_entries_of)
        try:
            series[name], said = _clean(_joined(longest), resumed)
        except ValueError as why:
            dropped.append(f"{name} is left out: {why}")
            continue
        told = _other_copies(copies.values(), longest) if series[name].kind else ()  # of diagnostics nobody asked
        notes += [f"{name}: {word}" for word in (*said, *told)]
    return Merged(series, tuple(dict.fromkeys(_shortened([*dropped, *notes]))), tuple(dropped))


def _writer(part: Part) -> tuple[str, str]:
    """What wrote a file: the parts of a run that one writer wrote follow each other. Loggers write the same numbers to
    several files, `progress.csv` and event files, of which the longest is read."""
    return (part.format, "" if ".tfevents." in part.place.path.name else stem_of(part.place.path))


_Copies = Mapping[tuple[str, str], list[Series]]
"""What each writer wrote under one name."""
_NUMBER_BEHIND = re.compile(r"\d+$")


def _continued(copies: _Copies) -> _Copies:
    """With files whose names differ in the number at the end (`part0`, `part1`) as those of one writer, if each goes on
    where the one before it ended, or a little earlier."""
    if len(copies) == 1:
        return copies
    families: dict[tuple[str, str], list[Series]] = {}
    for (form, stem), parts in copies.items():
        families.setdefault((form, _NUMBER_BEHIND.sub("", stem)), []).extend(parts)
    chained = {key: _in_turn(parts) for key, parts in families.items()}
    found = {key: parts for key, parts in copies.items() if not chained[key[0], _NUMBER_BEHIND.sub("", key[1])]}
    return found | {key: parts for key, parts in chained.items() if parts}


def _in_turn(parts: Sequence[Series]) -> list[Series]:
    """The parts in the order of their steps; none if two of them begin or end at one step, or none is known."""
    spans = [(one.step[0], one.step[-1]) for one in parts if one.step is not None and len(one.step)]
    order = sorted(range(len(spans)), key=spans.__getitem__)
    rise = all(spans[a][0] < spans[b][0] and spans[a][1] < spans[b][1] for a, b in pairwise(order))
    return [parts[at] for at in order] if rise and 1 < len(spans) == len(parts) else []


def _entries_of(parts: Sequence[Series]) -> int:
    return sum(len(part.values) for part in parts)


def _other_copies(copies: Iterable[Sequence[Series]], longest: Sequence[Series]) -> Iterator[str]:
    """A word on other files that have other numbers under the same name."""
    n = [other for other in copies if other is not longest and not _begins(longest, other)]
    if n:
        yield f"{len(n) + 1} files have other numbers under this name, of which the longest is read"


def _begins(longest: Sequence[Series], other: Sequence[Series]) -> bool:
    """Whether a series is the beginning of another one."""
    a, b = _joined(longest).values, _joined(other).values
    return a.ndim == b.ndim and same(a[: len(b)], b)


def _began(part: Part) -> tuple[float, str]:
    """Parts of a resumed run in their order."""
    return (part.log.started or 0.0, str(part.place.path))


def _named(part: Part) -> Iterator[tuple[str, Series]]:
    """The series of a part; those of a folder or file of evaluations are evaluations."""
    for name, series in part.log.series.items():
        if part.of_evaluation and series.kind is not None:
            yield f"eval/{name.removeprefix('eval/')}", series._replace(kind="evaluations")
        elif part.of_evaluation and not of_evaluation(name):
            yield f"eval/{name}", series
        else:
            yield name, series


def _of_workers(workers: Sequence[Part]) -> Iterator[tuple[str, Series]]:
    """Episodes of parallel environments as those of one training: its steps are the sum over all workers."""
    for name in dict.fromkeys(name for part in workers for name in part.log.series):
        having = [(part, part.log.series[name]) for part in workers if name in part.log.series]
        lengths = [found for part, one in having if (found := _episode_lengths(part, one)) is not None]
        if len(lengths) < len(having):
            continue  # a column that some rows lack: its steps are not known
        known = all(part.log.started is not None for part, _ in having)
        first, times = having[0][1], [_times(part, one, known) for part, one in having]
        time, values, length, step = merged_workers(times, [one.values for _, one in having], lengths)
        yield name, Series(values, step, first.kind, first.unit, length if name == _RETURN else None, time)


def _episode_lengths(worker: Part, series: Series) -> Array | None:
    """The lengths of the episodes of a worker, if the series has a value for each."""
    returns = worker.log.series.get(_RETURN)
    lengths = None if returns is None else returns.lengths
    return lengths if lengths is not None and len(lengths) == len(series.values) else None


def _times(part: Part, series: Series, known: bool) -> Array:
    """Unix times; seconds from the beginning where that of some worker is not known."""
    assert series.time is not None  # every row of a worker has one
    return series.time + ((part.log.started or 0.0) if known else 0.0)


def _joined(parts: Sequence[Series]) -> Series:
    """Parts one after the other; what one of them does not know is not known of the whole."""
    if len(parts) == 1:
        return parts[0]

    def column(name: str) -> Array | None:
        columns = [getattr(part, name) for part in parts]
        return None if any(one is None for one in columns) else joined(columns)

    values = joined([part.values for part in parts])
    return parts[0]._replace(
        values=values, step=column("step"), lengths=column("lengths"), time=column("time"),
        unit=parts[0].unit if len({part.unit for part in parts}) == 1 else None,
    )  # fmt: skip


def _clean(series: Series, resumed: Resumed) -> tuple[Series, list[str]]:
    """Each step once, in order; single episodes of parallel environments may end at one step."""
    if series.step is None:
        return series, []
    step = steps_of(series.step)
    if step is None:
        return series._replace(step=None), ["its steps are no whole numbers: only their order is known"]
    if rises(step):
        return series._replace(step=step), []
    if series.values.ndim == 1 and series.time is not None and is_unset(step, series.time):
        return series._replace(step=None), ["every entry is at step 0, as nobody gave it: only their order is known"]
    if resumed == "append":
        step = put_behind(step)
    if (falls := count_falls(step)) > max(_MOST_RESUMED, _MOST_SHARE * len(step)):
        return _in_order(series, step, falls)
    if series.kind != "episodes" and (each := entries_per_step(step)) > 1:
        return _of_several(series, step, each)
    kept = kept_entries(step, several=series.kind == "episodes")
    if not kept.repeated and not kept.older:
        return series._replace(step=step), []
    said = []
    if kept.repeated:
        said.append(f"{_entries(kept.repeated)} left out for a later one at the same step")
    if kept.older:
        said.append(f"{_entries(kept.older)} left out, as the steps go back to before them: a resumed run")
    return _picked(series, step, kept.places), said


def _in_order(series: Series, step: Array, falls: int) -> tuple[Series, list[str]]:
    """Rows in no order, sorted by their steps. ValueError if the column may be something else."""
    if not is_grid(step):
        raise ValueError(
            f"its steps fall {falls:,} times: they are in no order, several runs are in one, or they are lengths of "
            "episodes"
        )
    return _picked(series, step, sorted_places(step)), [f"its rows were in no order ({falls:,} falls): sorted by step"]


def _of_several(series: Series, step: Array, each: int) -> tuple[Series, list[str]]:
    """Several entries at every step: rollouts of an evaluation, else their mean."""
    if series.values.ndim != 1:
        return series._replace(step=step), []
    shape, first = (-1, each), step[::each]
    values = series.values.reshape(shape)
    if series.kind == "evaluations":
        lengths = None if series.lengths is None else series.lengths.reshape(shape)
        time = None if series.time is None else series.time[::each]
        said = [f"each step has {each} entries: taken as rollouts of one evaluation"]
        return series._replace(values=values, step=first, lengths=lengths, time=time), said
    time = None if series.time is None else series.time[::each]
    mean = series._replace(values=values.mean(axis=1), step=first, lengths=None, time=time)
    return mean, [f"each step has {each} entries, of which the mean is read"]


def _picked(series: Series, step: Array, places: Array) -> Series:
    columns = {"step": step, "values": series.values, "lengths": series.lengths, "time": series.time}
    return series._replace(**{name: None if x is None else x[places] for name, x in columns.items()})


def _entries(count: int) -> str:
    return "1 entry is" if count == 1 else f"{count:,} entries are"


_MOST_NOTES = 20


def _shortened(notes: list[str]) -> list[str]:
    """Not a sentence for each of a thousand tags."""
    if len(notes) <= _MOST_NOTES:
        return notes
    return [*notes[:_MOST_NOTES], f"and {len(notes) - _MOST_NOTES} more of the kind"]
