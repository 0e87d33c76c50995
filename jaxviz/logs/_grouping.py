"""Files -> runs: which logs are parts of one training.

A run is a folder (or a file) and an id, never a seed. Files of one folder that are written for a run (episode logs of
its workers, evaluations, tables of its logger, event files) are one; files that hold whole runs are one each; the same
id of a run in several folders is one run that was resumed.
"""

import functools
import os
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from ._log import Format, Log
from ._names import is_of_evaluation
from ._reading import Read
from ._walk import Place
from .names._forms import is_algorithm, is_generic_word, stem_of

_SIDES = re.compile(
    r"(train|training|eval|evals|evaluation|test|logs?|tb|tensorboard|tb_logs?|tensorboard_logs?|monitors?|summar(y|ies)"
    r"|scalars|actor|evaluator|learner)",
    re.IGNORECASE,
)
"""Folders inside that of a run."""
_SIDES_DEEP = 2
_SIDE_BEHIND = re.compile(r"[_.\-](train|training|evals?|evaluations?|test)$", re.IGNORECASE)
"""`SAC_seed0_train.csv` and `SAC_seed0_eval.csv` are of one training."""
_NUMBERED = re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9]*)_\d+")
"""`PPO_1`, the folder that Stable-Baselines3 makes for the event files of a training."""
_EVENTS = ".tfevents."
_STALE_SECONDS = 600.0
"""Workers of one training begin within a minute of each other."""
_WORDS = re.compile(r"[_.\-]")


class Part(NamedTuple):
    """One log with the file that it is in."""

    place: Place
    format: str
    log: Log

    @property
    def of_evaluation(self) -> bool:
        """Whether the file or its folder says that it is about evaluations."""
        return is_of_evaluation(self.place.file)


class RunParts(NamedTuple):
    """The logs of one run."""

    source: str
    """Its folder, or its file where that holds one or more runs."""
    parts: tuple[Part, ...]
    stale: bool = False
    """Workers that began at another time than most in their folder."""

    @property
    def place(self) -> Place:
        return self.parts[0].place

    @property
    def folder(self) -> str:
        """The folder that its configuration is looked for in."""
        is_own = self.is_folder or self.source == run_folder(self.place.folder)
        return self.source if is_own else self.place.folder

    @property
    def names(self) -> list[str]:
        """What somebody called it."""
        return [name for part in self.parts if (name := part.log.labels.get("name"))]

    @property
    def is_folder(self) -> bool:
        """Whether it is the folder that its first file is in."""
        return self.parts[0].place.folder == self.source

    @property
    def inner(self) -> list[str]:
        """The names of folders inside its own that its files are in, the innermost first."""
        if len(self.parts) == 1 and self.is_folder:
            return []  # most are
        source = Path(self.source).parts
        depth = len(source)
        folders = [Path(part.place.folder).parts for part in self.parts]
        below = [names[depth:] for names in folders if len(names) > depth and names[:depth] == source]
        return list(dict.fromkeys(name for parts in below for name in reversed(parts)))

    @property
    def run_id(self) -> str:
        """What its file calls it, where that holds several."""
        return next((run for part in self.parts if (run := part.log.labels.get("run"))), "")


def runs_of(read: Sequence[Read], formats: Mapping[str, Format]) -> list[RunParts]:
    """The runs in the files that were read, in the order of the files. `formats`: name → format."""
    groups: dict[tuple[str, ...], list[Part]] = defaultdict(list)
    for one in read:
        for i, log in enumerate(one.logs):
            log, folder = _out_of_tag_folder(one.place, log)
            place = one.place if folder == one.place.folder else one.place._replace(folder=folder)
            groups[_key(one, i, log, formats[one.format], folder)].append(Part(place, one.format, log))
    _join_events(groups)
    return [run for key, parts in groups.items() for run in _of_tasks(key, parts)]


_Groups = dict[tuple[str, ...], list[Part]]


def _join_events(groups: _Groups) -> None:
    """Put the event files of `run/tb/PPO_1` or `run/PPO_1` to the other logs of `run`: one training wrote both.

    Only where `run` has logs that are no event files, and one such folder: several are several trainings.
    """
    inside: dict[tuple[str, ...], list[tuple[str, ...]]] = defaultdict(list)
    for key, parts in groups.items():
        if key[0] == "folder" and _are_events(parts):
            outer = ("folder", str(_training_of(Path(key[1]))), "")
            inside[outer] += [key] if outer != key and outer in groups else []
    for outer, keys in inside.items():
        if len(keys) == 1 and outer in groups and not _are_events(groups[outer]):
            groups[outer] += groups.pop(keys[0])


def _are_events(parts: Sequence[Part]) -> bool:
    return all(_EVENTS in part.place.base for part in parts)


def _training_of(folder: Path) -> Path:
    """The folder of the training whose event files are in `folder`; the folder itself if its name does not say so."""
    around = folder.parent
    named = _NUMBERED.fullmatch(folder.name)
    if _is_side(around.name) and around.parent.name:
        return around.parent
    return around if named and is_algorithm(named["name"]) else folder


def _of_tasks(key: tuple[str, ...], parts: list[Part]) -> Iterator[RunParts]:
    """The runs of the parts in one folder: files that name other tasks or algorithms are of other trainings."""
    if len(parts) == 1:
        yield RunParts(_source(key, parts), tuple(parts))
        return
    said = [(part.log.labels.get("task"), part.log.labels.get("algorithm")) for part in parts]
    known = [one for one in dict.fromkeys(said) if any(one)]
    if key[0] != "folder" or all(len({one for one in column if one}) < 2 for column in zip(*said, strict=True)):
        yield from _without_strangers(key, parts)
        return
    rest = [part for part, own in zip(parts, said, strict=True) if not any(own)]
    for one in known:
        own = [part for part, label in zip(parts, said, strict=True) if label == one]
        for run in _without_strangers(key, own):
            yield run._replace(source=run.source if len(run.parts) > 1 else run.place.file)
    if rest:
        yield from _without_strangers(key, rest)


def _out_of_tag_folder(place: Place, log: Log) -> tuple[Log, str]:
    """The folder of the run whose event file it is: `add_scalars` makes one inside for each line of its charts,
    `<tag>/<line>` (tensorboardX, as MAPPO's) or `<tag>_<line>` (PyTorch), with nothing but that line in it."""
    if len(log.series) != 1 or _EVENTS not in place.base:
        return log, place.folder
    ((tag, series),) = log.series.items()
    above, _, name = place.folder.rpartition(os.sep)
    outer, _, chart = above.rpartition(os.sep)
    flat = tag.replace("/", "_")
    if chart in (tag, flat) and outer:
        line = tag if name == chart else f"{tag}/{name}"
        return log._replace(series={line: series}), outer
    if name.startswith(f"{flat}_") and above:
        return log._replace(series={f"{tag}/{name.removeprefix(f'{flat}_')}": series}), above
    return log, place.folder


def _key(read: Read, i: int, log: Log, form: Format, folder: str) -> tuple[str, ...]:
    """What the parts of a run have in common. `folder`: that of its file, or around folders of its lines."""
    file = read.place.file
    many = len(read.logs) > 1
    if not form.of_folder or (many and not form.of_scalar):
        run_id = "" if many or not file.endswith(".wandb") else log.labels.get("run", "")
        return ("id", read.format, run_id) if run_id else ("file", file, str(i))
    stem = log.labels.get("run", "") if form.of_scalar else _own_stem(read.place.base)
    return ("folder", folder if stem else run_folder(folder), stem)


def run_folder(folder: str) -> str:
    """The folder of the run that a file in a folder belongs to: `run/train/events…` is of `run`."""
    for _ in range(_SIDES_DEEP):
        above, _, name = folder.rpartition(os.sep)
        if not _is_side(name) or not above.rpartition(os.sep)[2]:
            break
        folder = above
    return folder


@functools.lru_cache(4096)
def _is_side(name: str) -> bool:
    return bool(_SIDES.fullmatch(name))


@functools.lru_cache(4096)
def _own_stem(name: str) -> str:
    """What tells several runs of one folder apart: `a.monitor.csv`, `seed_3.csv`; "" where the folder is the run."""
    if _EVENTS in name:
        return ""
    stem = stem_of(Path(name))
    is_worker = stem.replace(".", "").isdigit() and name.endswith("monitor.csv")
    return "" if is_worker or all(map(is_generic_word, _WORDS.split(stem))) else _SIDE_BEHIND.sub("", stem)


def _without_strangers(key: tuple[str, ...], parts: list[Part]) -> Iterator[RunParts]:
    """The run of these parts; workers that began at another time are runs of their own."""
    source = _source(key, parts)
    workers = sorted((p for p in parts if p.log.part == "worker" and p.log.started is not None), key=_started)
    clusters: list[list[Part]] = []
    for part in workers:
        if not clusters or _started(part) - _started(clusters[-1][-1]) > _STALE_SECONDS:
            clusters.append([])
        clusters[-1].append(part)
    if len(clusters) < 2:
        yield RunParts(source, tuple(parts))
        return
    if len(clusters) == len(workers):  # one after the other: each is a run
        rest = tuple(part for part in parts if part not in workers)
        yield from (RunParts(part.place.file, (part,)) for part in workers)
        yield from [RunParts(source, rest)] if rest else []
        return
    main = max(clusters, key=lambda cluster: (len(cluster), _started(cluster[0])))
    strangers = {id(part) for cluster in clusters if cluster is not main for part in cluster}
    yield RunParts(source, tuple(part for part in parts if id(part) not in strangers))
    for cluster in clusters:
        if cluster is not main:
            yield RunParts(cluster[0].place.file, tuple(cluster), stale=True)


def _source(key: tuple[str, ...], parts: Sequence[Part]) -> str:
    """The folder or the file that is the run."""
    if key[0] == "folder":
        return parts[0].place.file if key[2] else key[1]
    return key[1] if key[0] != "id" else _common(parts)


def _started(part: Part) -> float:
    assert part.log.started is not None  # only those are compared
    return part.log.started


def _common(parts: Sequence[Part]) -> str:
    """The file of the only part, or the folder of all."""
    return parts[0].place.file if len(parts) == 1 else parts[0].place.folder
