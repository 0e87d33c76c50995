"""What a run is called: algorithm, task, seed and hyper-parameters, and how that is known.

Believed in this order: the caller, what the files of the run say, the configuration beside them, the names of folders.
"""

import functools
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ._grouping import RunParts
from ._pattern import matched
from ._typed import labels_of
from .names._folders import guesses, own_guesses, source_of
from .names._forms import stem_of
from .names._one_name import Guess

LABELS = ("algorithm", "task", "seed")
_NO_SETTINGS = frozenset((*LABELS, "run", "name"))


class Named(NamedTuple):
    """The labels of a run, and what those that nobody stated were guessed from."""

    labels: Mapping[str, str]
    config: Mapping[str, Any]
    """Hyper-parameters, as far as they are known."""
    guessed: Mapping[str, str]


class Said(NamedTuple):
    """One label, as somebody states it."""

    label: str
    value: Any


def name_run(run: RunParts, config: Mapping[str, Any], pattern: re.Pattern[str] | None) -> Named:
    """The labels of a run. `config`: the configuration beside it."""
    found: dict[str, Said | Guess] = {}
    for said in _stated(run, labels_of(config), pattern):
        found.setdefault(said.label, said)
    for guess in (*_own_guesses(run), *guesses(_names(run), "algorithm" in found)):
        found.setdefault(guess.label, guess)
    _drop_echo(found)
    labels = {label: str(found[label].value) for label in LABELS if label in found}
    if labels.get("seed", "").isdecimal():
        labels["seed"] = str(int(labels["seed"]))  # `seed=01` of one algorithm is `seed_1` of another
    settings = {name: said.value for name, said in found.items() if name not in _NO_SETTINGS}
    guessed = {name: source_of(said.name) for name, said in found.items() if isinstance(said, Guess)}
    values = dict(config)
    for part in run.parts:
        values |= part.log.config
    return Named(labels, values | settings, guessed)


def _drop_echo(found: dict[str, Said | Guess]) -> None:
    """Forget a task or algorithm that is guessed from the name that the other one has: it says one of them only."""
    task, algorithm = found.get("task"), found.get("algorithm")
    if task and algorithm and str(task.value) == str(algorithm.value):
        guess = next((label for label in ("task", "algorithm") if isinstance(found[label], Guess)), None)
        if guess:
            del found[guess]


def is_stated(run: RunParts, pattern: re.Pattern[str]) -> bool:
    """Whether the caller's pattern fits the path of a run."""
    return matched(pattern, run.place.path, run.place.root) is not None


def _stated(run: RunParts, stated: Mapping[str, str], pattern: re.Pattern[str] | None) -> Iterator[Said]:
    """What the caller, the files and the configuration say, the most trusted first."""
    place = run.place
    if pattern is not None:
        yield from (Said(label, value) for label, value in (matched(pattern, place.path, place.root) or {}).items())
    if place.name is not None:
        yield Said("algorithm", place.name)
    for part in run.parts:
        if part.log.labels:
            yield from (Said(label, value) for label, value in part.log.labels.items())
    yield from (Said(label, value) for label, value in stated.items())


def _own_guesses(run: RunParts) -> Iterator[Guess]:
    """What names that its writer gave it say."""
    if any(part.log.labels for part in run.parts):
        for name in filter(None, (*run.names, run.run_id)):
            yield from own_guesses(name)


def _names(run: RunParts) -> Sequence[str]:
    """The names of the run's file (of folders that are a run: of none) and of its folders, the innermost first, up to
    the folder that the caller named."""
    experiments = [part.log.config["experiment"] for part in run.parts if "experiment" in part.log.config]
    if experiments and isinstance(experiments[0], str):
        return experiments[:1]  # MLflow's, whose folders are numbers
    place, is_folder = run.place, run.is_folder
    if place.base == "meta.yaml":
        return []
    pieces, above = _pieces(run.source), _root_pieces(place.root)
    folders = pieces[max(len(above) - 1, 0) : -1] if pieces[: len(above)] == above else []
    name = pieces[-1] if pieces else ""
    if not (is_folder or os.path.isdir(run.source)):
        name = stem_of(Path(name))
    inner = () if is_folder and len(run.parts) == 1 else run.inner
    return [each for each in (*inner, name, *folders[::-1]) if each] or [Path(run.source).resolve().name]


def _pieces(path: str) -> list[str]:
    """The names in a path; of the folder that one is in there are none."""
    return [] if path == os.curdir else path.rstrip(os.sep).split(os.sep)


@functools.lru_cache(64)
def _root_pieces(root: Path) -> list[str]:
    return _pieces(str(root))
