"""Tables of final scores in JSON, as rliable and papers on Atari-100k have them: one number a run, and no curve.

{"Alien": [1021.4, 830.0], "Amidar": […]}                  of one algorithm, which the file is named after
{"PPO": {"Alien": [1021.4, 830.0], …}, "DQN": {…}}
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ...host.readers import floats, json_of, text
from .._config import is_configuration
from .._log import Format, Log, Series
from ..names._forms import is_generic_word, is_task, stem_of
from ._reading import reader

_NAME = rb'\s*"((?:[^"\\]|\\.){1,100})"\s*:\s*'
_START = re.compile(rb"\s*\{" + _NAME + rb"(?:\{" + _NAME + rb")?\[\s*[-+.\d]")
_NO_ALGORITHM = re.compile(r"atari|\d+[kmb]|raw|final|dmc|procgen|minatar|games?|human|normalized", re.IGNORECASE)
_MOST = 100_000
"""Scores in one file."""


def looks(head: bytes, path: Path) -> bool:
    """An object of lists of numbers, or one of these, under the names of tasks that are in use, or in a file of that
    name."""
    start = _START.match(head)
    if start is None or is_configuration(path):
        return False
    return is_task((start[2] or start[1]).decode(errors="replace")) or "score" in path.name.lower()


def parse(content: bytes, path: Path) -> list[Log]:
    """One log for each score. ValueError that names the list that is none."""
    lists = list(_lists(json_of(text(content)), _algorithm(path)))
    if sum(len(scores) for _, _, scores in lists) > _MOST:
        raise ValueError(f"it holds more than {_MOST} scores")
    return [log for algorithm, task, scores in lists for log in _of_task(algorithm, task, scores)]


_Scores = tuple[str | None, str, list[Any]]
"""Those of the runs of an algorithm on a task."""


def _lists(found: Any, algorithm: str | None) -> Iterator[_Scores]:
    for name, value in _items(found, "the file"):
        if isinstance(value, Mapping):
            yield from ((name, task, _list(task, scores)) for task, scores in _items(value, name))
        else:
            yield algorithm, name, _list(name, value)


def _list(task: str, scores: Any) -> list[Any]:
    if not isinstance(scores, list):
        raise ValueError(f"{task!r} holds no list of scores")
    return scores


def _items(found: Any, name: str) -> Iterator[tuple[str, Any]]:
    if not isinstance(found, Mapping):
        raise ValueError(f"{name!r} holds no object")
    yield from found.items()


def _of_task(algorithm: str | None, task: str, scores: list[Any]) -> Iterator[Log]:
    """The runs of an algorithm on a task."""
    try:
        values = floats(scores)
    except ValueError as error:
        raise ValueError(f"{task!r}: {error}") from None
    labels = {"task": task} | ({"algorithm": algorithm} if algorithm else {})
    for run in range(len(values)):
        series = {"score": Series(values[run : run + 1], kind="evaluations")}
        yield Log(series, labels | {"run": f"{algorithm or ''}/{task}/{run}".strip("/")}, notes=(_NOTE,))


_NOTE = "the final score of a run alone: there is no curve"


def _algorithm(path: Path) -> str | None:
    """What is left of the name of the file: `SPR` of `atari_100k_SPR.json`."""
    pieces = [piece for piece in re.split(r"[_\-. ]", stem_of(path)) if piece]
    own = [piece for piece in pieces if not _NO_ALGORITHM.fullmatch(piece) and not is_generic_word(piece)]
    return "_".join(own) or None


FORMAT = Format("table of scores", looks, reader(parse))
