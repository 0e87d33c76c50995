"""Arguments of commands -> runs: saved runs, saved studies and logs of any format alike, under names where given."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ._exit import explain, fail
from ._saved import SavedRun, load

if TYPE_CHECKING:
    from ..study import Study

HELP = "Saved runs or studies (.npz), log files, folders or globs, each also as NAME=PATH."
PATTERN = "Names of parts of the paths of logs: {algorithm}/{task}/seed_{seed}."
METRIC = "Series of logs to analyse in place of the return."
STEP_EVERY = "Steps between entries of logs that have none."
_SHOWN = 10


class Argument(NamedTuple):
    """`NAME=PATH`, or a path alone."""

    name: str | None
    path: Path


class Options(NamedTuple):
    """How logs are read."""

    pattern: str | None = None
    metric: str | None = None
    step_every: int | None = None


def arguments_of(texts: Sequence[str]) -> list[Argument]:
    """Paths with their names; a path that exists is one, whatever is in its name."""
    return [_argument(text) for text in texts]


def _argument(text: str) -> Argument:
    name, equals, path = text.partition("=")
    if not equals or not name or "/" in name or Path(text).exists():
        return Argument(None, Path(text))
    return Argument(name, Path(path))


def study_of(texts: Sequence[str], options: Options, tell: Callable[[int, int], None] | None = None) -> "Study":
    """One study of everything; a command that cannot read it ends with the reason."""
    from ..study import Study

    saved, studies, logs = _sorted(arguments_of(texts))
    found = list[Study]()
    try:
        if saved:
            found.append(Study({name: one.run for name, one in _named(saved).items()}))
        found += [_renamed(Study.load(one.path), one) for one in studies]
    except (ValueError, OSError) as error:
        fail(str(error))
    found += _read(logs, options, tell)
    whole = found[0]
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        for other in found[1:]:
            whole = whole | other
    for warning in told:
        explain(str(warning.message), error=True)
    return whole


def runs_of(texts: Sequence[str], options: Options) -> dict[str, SavedRun]:
    """Name → batch of runs: each saved run, and each cell of the studies and logs."""
    saved, studies, logs = _sorted(arguments_of(texts))
    found = _named(saved)
    if studies or logs:
        study = study_of([*map(_text, studies), *map(_text, logs)], options)
        found |= {str(cell): SavedRun(Path(str(cell)), run, {}) for cell, run in study.cells.items()}
    return found


def _text(argument: Argument) -> str:
    return str(argument.path) if argument.name is None else f"{argument.name}={argument.path}"


def _sorted(arguments: Sequence[Argument]) -> tuple[list[Argument], list[Argument], list[Argument]]:
    """Saved runs, saved studies, and everything else, which is logs."""
    from ..host import saved_kind

    found: dict[str | None, list[Argument]] = {"run": [], "study": [], None: []}
    for argument in arguments:
        kind = saved_kind(argument.path)
        found["run" if kind is None and _is_damaged(argument.path) else kind].append(argument)
    return found["run"], found["study"], found[None]


def _is_damaged(path: Path) -> bool:
    """Whether a file is named as a saved run and is no log either: it is read as a run, which says what is wrong."""
    from ..logs import is_log

    return path.suffix == ".npz" and path.is_file() and not is_log(path)


def _named(saved: Sequence[Argument]) -> dict[str, SavedRun]:
    """Saved runs under their names, else the stems of their files, or whole paths where two have the same."""
    names = [one.name or one.path.stem for one in saved]
    return {
        name if names.count(name) == 1 else str(one.path): load(one.path)
        for name, one in zip(names, saved, strict=True)
    }


def _renamed(study: "Study", given: Argument) -> "Study":
    """The study with all its runs under the name of one algorithm, where there is one."""
    return study if given.name is None else study.as_algorithm(given.name, source=str(given.path))


def _read(logs: Sequence[Argument], options: Options, tell: Callable[[int, int], None] | None) -> "Iterator[Study]":
    """The studies in logs: one of those without names, and one of those with them."""
    from ..logs import read_logs

    plain = [str(one.path) for one in logs if one.name is None]
    named: dict[str, list[str]] = {}
    for one in logs:
        if one.name is not None:
            named.setdefault(one.name, []).append(str(one.path))
    for paths in filter(None, (plain, named)):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what was left out is said below
                yield read_logs(paths, **options._asdict(), tell=tell)
        except (ValueError, OSError) as error:
            fail(str(error))


def say_left_out(study: "Study", *, every: bool = False) -> None:
    """What was left out and why, on standard error; files of no format that is known are counted."""
    from ..logs import UNKNOWN

    logs = [one for one in study.left_out if one[1] != UNKNOWN]
    others = len(study.left_out) - len(logs)
    for path, why in logs if every else logs[:_SHOWN]:
        explain(f"left out: {path}: {why}", error=True)
    if len(logs) > _SHOWN and not every:
        explain(f"left out: {len(logs) - _SHOWN:,} more", error=True)
    if others:
        explain(f"left out: {others:,} {'file' if others == 1 else 'files'} of no format that is known", error=True)
