"""What a run is called: algorithm, task, seed and hyper-parameters, and how that is known.

Believed in this order: the caller, what the files of the run say, the configuration beside them, the names of folders.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ._folder_names import Guess, guesses, own_guesses, stem_of
from ._grouping import RunParts
from ._pattern import matched
from ._typed import labels_of

LABELS = ("algorithm", "task", "seed")


class Named(NamedTuple):
    """The labels of a run, and what those that nobody stated were guessed from."""

    labels: Mapping[str, str]
    config: Mapping[str, Any]
    """Hyper-parameters, as far as they are known."""
    guessed: Mapping[str, str]


class Said(NamedTuple):
    """One label, and who says so."""

    label: str
    value: Any
    source: str | None
    """None if it is no guess."""


def name_run(run: RunParts, config: Mapping[str, Any], pattern: re.Pattern[str] | None) -> Named:
    """The labels of a run. `config`: the configuration beside it."""
    found: dict[str, Said] = {}
    for said in _stated(run, labels_of(config), pattern):
        found.setdefault(said.label, said)
    for guess in _guessed(run, "algorithm" in found):
        if guess.label not in found:
            found[guess.label] = Said(guess.label, guess.value, f"the name {guess.name!r}")
    _drop_echo(found)
    labels = {label: str(found[label].value) for label in LABELS if label in found}
    if labels.get("seed", "").isdecimal():
        labels["seed"] = str(int(labels["seed"]))  # `seed=01` of one algorithm is `seed_1` of another
    settings = {name: said.value for name, said in found.items() if name not in (*LABELS, "run", "name")}
    guessed = {name: said.source for name, said in found.items() if said.source is not None}
    inner: dict[str, Any] = {}
    for part in run.parts:
        inner |= part.log.config
    return Named(labels, {**config, **inner, **settings}, guessed)


def _drop_echo(found: dict[str, Said]) -> None:
    """Forget a task or algorithm that is guessed from the name that the other one has: it says one of them only."""
    task, algorithm = found.get("task"), found.get("algorithm")
    if task and algorithm and str(task.value) == str(algorithm.value):
        guess = next((label for label in ("task", "algorithm") if found[label].source), None)
        if guess:
            del found[guess]


def is_stated(run: RunParts, pattern: re.Pattern[str]) -> bool:
    """Whether the caller's pattern fits the path of a run."""
    return matched(pattern, run.place.path, run.place.root) is not None


def _stated(run: RunParts, stated: Mapping[str, str], pattern: re.Pattern[str] | None) -> Iterator[Said]:
    """What the caller, the files and the configuration say, the most trusted first."""
    path, root = run.place.path, run.place.root
    if pattern is not None:
        yield from (Said(label, value, None) for label, value in (matched(pattern, path, root) or {}).items())
    if run.place.name is not None:
        yield Said("algorithm", run.place.name, None)
    for part in run.parts:
        yield from (Said(label, value, None) for label, value in part.log.labels.items())
    yield from (Said(label, value, None) for label, value in stated.items())


def _guessed(run: RunParts, of_algorithm: bool) -> Iterator[Guess]:
    """What names say, the surest first."""
    for name in filter(None, (*run.names, run.run_id)):
        yield from own_guesses(name)
    yield from guesses(_names(run), of_algorithm)


def _names(run: RunParts) -> Sequence[str]:
    """The names of the run's file (of folders that are a run: of none) and of its folders, the innermost first, up to
    the folder that the caller named."""
    experiment = next((part.log.config["experiment"] for part in run.parts if "experiment" in part.log.config), None)
    if isinstance(experiment, str):
        return [experiment]  # MLflow's, whose folders are numbers
    place, path = run.place, run.source
    if place.path.name == "meta.yaml":
        return []
    root = place.root
    parts, above = path.parts, root.parts
    folders = parts[-2 : -len(parts) + len(above) - 2 : -1] if parts[: len(above)] == above else ()
    first = path.name if run.is_folder or path.is_dir() else stem_of(path)
    return [name for name in (*run.inner, first, *folders) if name] or [path.resolve().name]
