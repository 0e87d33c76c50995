"""What the doctor finds in single runs: those that diverged, ended early, are copies or share a seed."""

from collections.abc import Iterator

from ...host import fingerprint
from .._measures import UNKNOWN
from ._case import Case, asked, many
from ._findings import Finding

_ENOUGH = 0.95
"""Share of its budget from which on a run is whole: the last episode or evaluation comes before the end."""


_STATES = {
    "diverged": (
        "have returns that are not finite",
        "they count as the worst in rank statistics and make means undefined: find out why, do not drop them",
    ),
    "empty": ("have no entry", "run them again, or delete their rows from the manifest"),
}
"""State → what runs of it have, and what to do."""


def states(case: Case) -> Iterator[Finding]:
    """Runs that diverged or have no entry."""
    for state, (what, remedy) in _STATES.items():
        places = [i for i, row in enumerate(case.rows) if row.state == state]
        if places:
            evidence = f"{len(places):,} of {many(len(case.rows), 'run')} {what}"
            yield Finding("warning", f"{state} runs", evidence, remedy, case.cells_of(places), case.runs_of(places))


def short(case: Case) -> Iterator[Finding]:
    """Runs that ended before their budget: what was asked for, or as long as others of their algorithm and task."""
    places = short_runs(case)
    if places:
        spans = sorted((case.ends[i] or 0) / (case.wanted[i] or 1) for i in places)
        ways = " to ".join(dict.fromkeys(f"{span:.0%}" for span in (spans[0], spans[-1])))
        yield Finding(
            "warning",
            "short runs",
            f"{len(places):,} of {many(len(case.rows), 'run')} ended at {ways} of the way",
            "run them to the end, or leave them out; the last tenth of a short run is that of an earlier time",
            case.cells_of(places),
            case.runs_of(places),
        )


def short_runs(case: Case) -> list[int]:
    """The places of runs that ended early."""
    found = []
    for i, (row, end, wanted) in enumerate(zip(case.rows, case.ends, case.wanted, strict=True)):
        if row.entries and (row.state == "short" or (end is not None and wanted and end < _ENOUGH * wanted)):
            found.append(i)
    return found


def budgets(case: Case) -> Iterator[Finding]:
    """Algorithms that had other numbers of steps on one task, and runs that went on beyond what was asked."""
    for (task, _), places in case.by(lambda i: (case.rows[i].task, case.rows[i].unit)).items():
        if task == UNKNOWN:
            continue
        most: dict[str, int] = {}
        for i in places:
            algorithm = case.rows[i].algorithm
            most[algorithm] = max(most.get(algorithm, 0), case.ends[i] or 0)
        known = {name: steps for name, steps in most.items() if steps}
        if known and min(known.values()) < _ENOUGH * max(known.values()):
            listed = ", ".join(f"{name} {steps:,}" for name, steps in sorted(known.items(), key=lambda item: item[1]))
            yield Finding(
                "warning",
                "budgets differ",
                f"on {task} the algorithms ran for different numbers of steps: {listed}",
                "compare them at common steps, not at their ends",
                case.cells_of(places),
            )
    over = [i for i, row in enumerate(case.rows) if (a := asked(row)) and (e := case.ends[i]) and e > a * 1.05]
    if over:
        yield Finding(
            "note",
            "budgets exceeded",
            f"{many(len(over), 'run')} went on for longer than was asked for",
            "look whether several trainings were taken for one, or whether steps are frames",
            case.cells_of(over),
            case.runs_of(over),
        )


def copies(case: Case) -> list[list[int]]:
    """The places of runs that have the same returns, bit for bit."""
    found = case.by(lambda i: fingerprint(case.records[i]))
    return [places for print_, places in found.items() if print_ is not None and len(places) > 1]


def identical(case: Case) -> Iterator[Finding]:
    """Runs with the same returns, bit for bit."""
    for places in copies(case):
        yield Finding(
            "error",
            "identical runs",
            f"{len(places)} runs have the same returns, bit for bit: they are one run",
            "keep one of them; intervals over copies are too narrow",
            case.cells_of(places),
            case.runs_of(places),
        )


def seeds(case: Case) -> Iterator[Finding]:
    """One seed for several runs of a cell that are no copies."""
    several = {
        key: places
        for key, places in case.by(lambda i: (case.cells[i], str(case.rows[i].seed))).items()
        if len(places) > 1 and case.rows[places[0]].seed is not None
    }
    if several:
        places = [i for own in several.values() for i in own]
        most = max(several.values(), key=len)
        yield Finding(
            "warning",
            "one seed for several runs",
            f"in {many(len(case.cells_of(places)), 'cell')} runs share a seed: {len(most)} have seed "
            f"{case.rows[most[0]].seed}",
            "if parameters differ between them, name them; else they may depend on each other, or it is a run number",
            case.cells_of(places),
            case.runs_of(places),
        )
