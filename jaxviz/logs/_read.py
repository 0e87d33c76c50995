"""`read_logs`: any training logs on disk -> Study."""

import gc
import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, get_args

from .._explained import explained
from .._printable import printable
from ..study import ManifestRow, Study
from ..study._cells import kind_of
from ..study._measures import UNKNOWN
from ..study._of_rows import Said, record_of, said_by
from . import _labels, _pattern
from ._choice import Chosen, choose
from ._config import Listing, config_beside
from ._formats import FORMATS
from ._grouping import RunParts, runs_of
from ._labels import Named, name_run
from ._log import Series
from ._merging import Resumed, merge
from ._reading import UNKNOWN as NO_FORMAT
from ._reading import Tell, read_all
from ._settings import varying
from ._together import Made, Together
from ._walk import Paths, Refused, walk

Chooser = Callable[[Mapping[str, Series]], Chosen]
_SHOWN = 5


class _Run(NamedTuple):
    """A run on its way into the study."""

    parts: RunParts
    notes: tuple[str, ...]
    made: Made
    named: Named

    @property
    def cell(self) -> tuple[str, str]:
        return (self.named.labels.get("algorithm", UNKNOWN), self.named.labels.get("task", UNKNOWN))


@explained
def read_logs(
    paths: Paths,
    *,
    pattern: str | None = None,
    metric: str | None = None,
    name: str | None = None,
    minimize: bool = False,
    step_every: int | None = None,
    resumed: Resumed = "cut",
    tell: Tell | None = None,
) -> Study:
    """The training logs under paths, folders and globs, of any formats, as a Study.

        study = jv.read_logs("runs/")
        study = jv.read_logs({"PPO": "runs/ppo", "SAC": "runs/sac*/"}, pattern="{task}/seed_{seed}")
        print(study.manifest)                         # what was read, and what was guessed

    Folders are walked, formats told by the bytes of the files: docs/logs.md lists them. Files that belong together are
    one run: episode logs of the workers of one training, event files of a resumed one, evaluations and tables in its
    folder. Algorithm, task, seed and hyper-parameters are those that the caller states (`pattern`, a mapping name →
    paths for algorithms), else those in the files, in configurations beside them, in the names of folders; the manifest
    says which were guessed. Hyper-parameters in which runs of an algorithm and a task differ make configurations.

    `pattern`: names of parts of paths, "{algorithm}/{task}/seed_{seed}"; others than these three, `{lr}`, are
    hyper-parameters; `*` is any text, `**` any folders.
    `metric`: the series to analyse in place of the return, by its name in the files ("eval/win_rate") or the last part
    of it. `name`, `minimize`: what it is called, and whether lower is better.
    `step_every`: environment steps from one entry to the next, for files that have none (`.npy`).
    `resumed`: where the steps of a run go back, "cut" leaves out the older entries beyond, "append" puts the later ones
    behind (each part counted from 0). A step that comes twice keeps the later value.
    `tell`: called with the number of files that were read and that of all.

    Files that hold no runs, are damaged or of no known format are in `left_out`, with the reason; a warning counts
    those that should have been logs. ValueError if no run is left, or a path does not exist. Nothing is unpickled.

    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> file = folder / "PPO" / "CartPole-v1" / "seed_0" / "progress.csv"
    >>> file.parent.mkdir(parents=True)
    >>> table = [[100, 1.0], [200, 3.0]]
    >>> np.savetxt(file, table, delimiter=",", header="total_timesteps,ep_rew_mean", comments="")
    >>> study = jv.read_logs(folder, pattern="{algorithm}/{task}/seed_{seed}")
    >>> study.algorithms, study.tasks
    (('PPO',), ('CartPole-v1',))
    """
    if isinstance(paths, str) and not paths:
        raise ValueError("`paths` is empty: name a file, a folder or a glob; '.' is the current folder")
    for argument, given in (("metric", metric), ("name", name), ("pattern", pattern)):
        if given is not None and not isinstance(given, str):
            raise TypeError(f"`{argument}` must be a text, got {given!r:.60}")
    if not isinstance(minimize, bool):
        raise TypeError(f"`minimize` must be True or False, got {minimize!r:.60}")
    if resumed not in get_args(Resumed):
        raise ValueError(f'`resumed` must be "cut" or "append", got {resumed!r}')
    if step_every is not None and (not isinstance(step_every, int) or isinstance(step_every, bool) or step_every < 1):
        raise ValueError(f"`step_every` must be a whole number of steps, at least 1, got {step_every!r}")
    compiled = None if pattern is None else _pattern.compiled(pattern)
    ways = _Ways(pattern, compiled, resumed, lambda series: choose(series, metric, name, minimize), Listing())
    with _no_collection():
        return _study(paths, ways, step_every, tell)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Nothing that is made here is garbage in a circle: to look for some takes as long as all the rest."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _study(paths: Paths, ways: "_Ways", step_every: int | None, tell: Tell | None) -> Study:
    places, refused = walk(paths, ways.listing)
    read, others = read_all(places, step_every, tell)
    formats = {one.name: one for one in FORMATS}
    runs, empty = _runs(runs_of(read, formats), ways)
    left_out = list(dict.fromkeys((*refused, *others, *empty)))
    if not runs:
        raise ValueError(_nothing(left_out, len(places)))
    _warn(left_out)
    if ways.pattern is not None and not any(_labels.is_stated(run.parts, ways.pattern) for run in runs):
        raise ValueError(f"`pattern` {ways.given!r} fits no path, such as {printable(runs[0].parts.source)}")
    return Study._of_records(_rows(runs), [run.made.record for run in runs], left_out)


class _Ways(NamedTuple):
    """How parts become runs."""

    given: str | None
    """The pattern in the caller's words."""
    pattern: re.Pattern[str] | None
    resumed: Resumed
    choose: Callable[[Mapping[str, Series]], Chosen]
    listing: Listing


def _runs(found: Sequence[RunParts], ways: _Ways) -> tuple[list[_Run], list[Refused]]:
    runs, refused = [], []
    together = Together(ways.resumed, ways.choose)
    for parts in found:
        made = together.made(parts) or _made(parts, ways)
        if isinstance(made, Refused):
            refused.append(made)
            continue
        beside = config_beside(parts.folder, ways.listing, parts.place.root)
        named = name_run(parts, beside.values, ways.pattern)
        notes = (*made.notes, *beside.notes, *made.chosen.notes)
        runs.append(_Run(parts, notes, made, named))
    return runs, refused


def _made(parts: RunParts, ways: _Ways) -> Made | Refused:
    """The data of a run, or why it has none."""
    merged = merge(parts, ways.resumed)
    try:
        chosen = ways.choose(merged.series)
        return Made(merged.notes, chosen, record_of(chosen.data))
    except ValueError as why:
        reason = merged.dropped[0] if merged.dropped and not merged.series else str(why)
        return Refused(printable(parts.source), reason)


def _rows(runs: Sequence[_Run]) -> list[ManifestRow]:
    """What is known of each run."""
    settings = varying([(run.cell, run.named.config) for run in runs])
    return [_row(run, found) for run, found in zip(runs, settings, strict=True)]


def _row(run: _Run, configuration: Mapping[str, Any]) -> ManifestRow:
    algorithm, task = run.cell
    notes, made, guessed = run.notes, run.made, run.named.guessed
    if run.parts.stale:
        notes = ("stale workers: they began at another time than the others in the folder", *notes)
    if named := [name for name in guessed if name not in _labels.LABELS and name not in configuration]:
        guessed = {name: why for name, why in guessed.items() if name not in named}
    known: Said = {} if made.summary is None else said_by(made.summary)
    return ManifestRow(
        algorithm=algorithm,
        task=task,
        configuration=configuration,
        seed=run.named.labels.get("seed"),
        source=run.parts.source,
        format=", ".join(dict.fromkeys([part.format for part in run.parts.parts])),
        kind=made.chosen.kind or kind_of(made.record),
        unit=made.chosen.unit,
        guessed=guessed,
        run=run.parts.run_id,
        notes=notes,
        **known,
    )


def _nothing(left_out: Sequence[Refused], count: int) -> str:
    if not count:
        return "`paths`: there is no file in it"
    logs = [one for one in left_out if one.why != NO_FORMAT]
    if not logs:
        first = left_out[0].path
        which = f"{first} is of no" if count == 1 else f"none of {count:,} files, as {first}, is of a"
        return f"`paths`: {which} format that is known; docs/logs.md says what is read"
    shown = [f"{one.path}: {one.why}" for one in logs[:_SHOWN]]
    more = [f"and {len(logs) - _SHOWN:,} more"] if len(logs) > _SHOWN else []
    others = len(left_out) - len(logs)
    more += [f"and {others:,} of no format that is known"] if others else []
    which = "the one file holds no run" if count == 1 else f"none of {count:,} files holds a run"
    return f"`paths`: {which}: {'; '.join([*shown, *more])}"


def _warn(left_out: Sequence[Refused]) -> None:
    """Say in one sentence which logs were left out; files of other kinds are no surprise."""
    logs = [one for one in left_out if one.why != NO_FORMAT]
    if logs:
        shown = "; ".join(f"{one.path}: {one.why}" for one in logs[:_SHOWN])
        more = f"; and {len(logs) - _SHOWN} more" if len(logs) > _SHOWN else ""
        count = "1 log was" if len(logs) == 1 else f"{len(logs):,} logs were"
        warnings.warn(f"{count} left out (all in `left_out`): {shown}{more}", stacklevel=4)
