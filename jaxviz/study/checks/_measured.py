"""What the doctor finds in what was measured: kinds of returns, units of steps, names."""

import re
from collections.abc import Callable, Iterator, Sequence

from .._cells import measure
from .._measures import UNKNOWN, sounds_lower
from ._case import Case, many
from ._findings import Finding, Severity

_SMOOTHED = {
    "trailing mean": "a mean over earlier updates too: it lags, and its noise is smaller than that of raw returns",
    "held value": "held until the next episode ends: long episodes are counted late",
    "running maximum": "the best so far: it cannot fall, and grows with the number of evaluations",
}
_VERSION = re.compile(r"[-_ ]?v\d+$", re.IGNORECASE)


def kinds(case: Case) -> Iterator[Finding]:
    """Returns of different kinds on one task."""
    for task, places in case.by_task().items():
        found = _words(case, places, lambda i: _kind(case, i))
        if len(found) > 1:
            yield Finding(
                "error",
                "kinds mixed",
                f"on {task} the numbers are of {len(found)} kinds: {_listed(found)}",
                "compare what is of one kind: study.select(kind=..., metric=...), or read another column of the logs",
                case.cells_of(places),
            )


def _kind(case: Case, i: int) -> str:
    found = measure(case.rows[i], case.records[i])
    turned = ", lower is better" if found.direction == "lower is better" else ""
    return f"{found.kind} of {found.metric}{turned}"


def directions(case: Case) -> Iterator[Finding]:
    """Metrics that are called like losses, of which the larger count as better."""
    found = case.by(lambda i: _called_a_loss(case, i))
    for metric, places in found.items():
        if metric:
            yield Finding(
                "warning",
                "direction doubtful",
                f"of {metric} the larger counts as better, in {many(len(places), 'run')}",
                "if lower is better, read them with minimize=True",
                case.cells_of(places),
            )


def _called_a_loss(case: Case, i: int) -> str:
    found = measure(case.rows[i], case.records[i])
    return found.metric if found.direction == "higher is better" and sounds_lower(found.metric) else ""


def units(case: Case) -> Iterator[Finding]:
    """Steps of different units on one task, and runs of which only the order is known."""
    for task, places in case.by_task().items():
        found = _words(case, places, lambda i: measure(case.rows[i], case.records[i]).unit or "no steps")
        if len(found) < 2:
            continue
        unknown = {"no steps", "steps of unknown unit"} & set(found)
        severity: Severity = "warning" if len(found) - len(unknown) < 2 else "error"
        yield Finding(
            severity,
            "units mixed",
            f"on {task} steps are counted in {len(found)} units: {_listed(found)}",
            "say what they count in the column `unit` of the manifest and give it to study.corrected(manifest); frames "
            "are environment steps × action repeat: convert them before they are read",
            case.cells_of(places),
        )


def without_steps(case: Case) -> Iterator[Finding]:
    """Runs of which only the order of entries is known."""
    places = [i for i, row in enumerate(case.rows) if row.entries and row.last_step is None]
    if places:
        yield Finding(
            "warning",
            "no steps",
            f"of {many(len(places), 'run')} only the order of entries is known, not their steps",
            "curves stand at entry numbers; give the steps where the runs are read",
            case.cells_of(places),
            case.runs_of(places),
        )


def smoothed(case: Case) -> Iterator[Finding]:
    """Returns that somebody worked on before."""
    for kind, places in case.by(lambda i: case.rows[i].kind).items():
        if kind in _SMOOTHED:
            yield Finding(
                "note",
                f"returns are a {kind}",
                f"{many(len(places), 'run')}: {_SMOOTHED[kind]}",
                "read raw episodes or evaluations where there are any",
                case.cells_of(places),
            )


def names(case: Case) -> Iterator[Finding]:
    """Algorithms and tasks whose names differ in writing, or tasks in their version, alone."""
    for what in ("algorithm", "task"):
        known = dict.fromkeys(getattr(row, what) for row in case.rows)
        yield from _alike(case, what, list(known), lambda name: re.sub(r"[\W_]", "", name).lower(), "names alike")
    tasks = list(dict.fromkeys(row.task for row in case.rows))
    yield from _alike(case, "task", tasks, lambda name: _VERSION.sub("", name), "versions of one task")


def _alike(case: Case, what: str, known: Sequence[str], key: Callable[[str], str], name: str) -> Iterator[Finding]:
    groups: dict[str, list[str]] = {}
    for one in known:
        groups.setdefault(key(one) or one, []).append(one)
    for several in groups.values():
        if len(several) > 1:
            places = [i for i, row in enumerate(case.rows) if getattr(row, what) in several]
            yield Finding(
                "warning",
                name,
                f"the {what}s {', '.join(several)} are kept apart",
                f"if they are one, give them one name in the column `{what}` of the manifest; see study.corrected",
                case.cells_of(places),
            )


def unknown(case: Case) -> Iterator[Finding]:
    """Runs of which no file says what algorithm or task they are of."""
    for what in ("algorithm", "task"):
        places = [i for i, row in enumerate(case.rows) if getattr(row, what) == UNKNOWN]
        if places:
            yield Finding(
                "warning",
                "unknown names",
                f"of {many(len(places), 'run')} no file says the {what}",
                f"read them with pattern=..., or fill the column `{what}` of the manifest; see study.corrected",
                case.cells_of(places),
                case.runs_of(places),
            )


def guessed(case: Case) -> Iterator[Finding]:
    """Names that no file says: once for all runs of which the same columns were guessed."""
    found = case.by(lambda i: tuple(sorted(case.rows[i].guessed)))
    for columns, places in found.items():
        if columns:
            example = case.rows[places[0]].guessed
            yield Finding(
                "note",
                "guessed names",
                f"of {many(len(places), 'run')}, as {', '.join(f'{name} from {example[name]}' for name in columns)}",
                "look at study.manifest; correct it with to_csv, from_csv and study.corrected(manifest)",
                case.cells_of(places),
            )


def notes(case: Case) -> Iterator[Finding]:
    """What readers had to say, the same words once; files of workers that do not belong to their run apart."""
    found = case.by(lambda i: case.rows[i].notes)
    texts: dict[str, list[int]] = {}
    for own, places in found.items():
        for text in own:
            texts.setdefault(re.sub(r"\d[\d,.]*", "…", text), []).extend(places)
    for shape, places in texts.items():
        example = next(one for one in case.rows[places[0]].notes if re.sub(r"\d[\d,.]*", "…", one) == shape)
        stale = re.search(r"\bstale\b|does not belong|do not belong", example) is not None
        yield Finding(
            "warning" if stale else "note",
            "stale workers" if stale else "repaired while reading",
            f"{many(len(places), 'run')}: {example}",
            "move the files of other trainings out of the folder and read it again"
            if stale
            else "see the column notes",
            case.cells_of(places),
            case.runs_of(places),
        )


def _words(case: Case, places: Sequence[int], word: Callable[[int], str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for i in places:
        found.setdefault(word(i), []).append(i)
    return found


def _listed(found: dict[str, list[int]]) -> str:
    return "; ".join(f"{word} ({many(len(places), 'run')})" for word, places in found.items())
