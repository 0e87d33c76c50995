"""Which algorithms were run on which tasks, and what is still to run."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from .._cell import Cell
from .._tables import TextTable, differing
from .._values import Configuration, written
from ._case import Case, many
from ._findings import Finding, ToRun
from ._runs import copies, short_runs

_MOST_COLUMNS = 24
_GRID = 12
"""Algorithms × tasks from which on a study of which a quarter was run is no grid that somebody planned."""


class Method(NamedTuple):
    """An algorithm with one setting of its hyper-parameters."""

    algorithm: str
    configuration: Configuration


def _method(cell: Cell) -> Method:
    return Method(cell.algorithm, Configuration(cell.configuration))


def _grid(case: Case) -> dict[Method, dict[str, list[int]]]:
    """Method → task → the places of its runs."""
    found: dict[Method, dict[str, list[int]]] = {}
    for i, cell in enumerate(case.cells):
        found.setdefault(_method(cell), {}).setdefault(cell.task, []).append(i)
    return found


def missing_cells(case: Case) -> list[Cell]:
    """Tasks on which an algorithm was never run; of a setting that was run on at least half of the algorithm's tasks
    (else each task has its own), the others of these too.
    """
    grid, found = _grid(case), []
    tasks = list(dict.fromkeys(row.task for row in case.rows))
    of_algorithm = _tasks_of(case)
    if _scattered(of_algorithm, tasks):
        return []
    settings: dict[str, list[Method]] = {}
    for method in grid:
        settings.setdefault(method.algorithm, []).append(method)
    for algorithm, methods in settings.items():
        everywhere = [method for method in methods if 2 * len(grid[method]) >= len(of_algorithm[algorithm])]
        for task in tasks:
            if task not in of_algorithm[algorithm]:
                found += [Cell(algorithm, task, method.configuration) for method in everywhere or methods[:1]]
            else:
                found += [Cell(algorithm, task, m.configuration) for m in everywhere if task not in grid[m]]
    return found


def _tasks_of(case: Case) -> dict[str, set[str]]:
    """Algorithm → the tasks that it was run on."""
    found: dict[str, set[str]] = {}
    for row in case.rows:
        found.setdefault(row.algorithm, set()).add(row.task)
    return found


def _scattered(of_algorithm: Mapping[str, set[str]], tasks: list[str]) -> bool:
    """Runs of many things that nobody meant to compare: what is missing among them was never wanted."""
    planned = len(of_algorithm) * len(tasks)
    return planned >= _GRID and 4 * sum(map(len, of_algorithm.values())) <= planned


def to_run(case: Case) -> list[ToRun]:
    """The runs that each cell lacks: those that are short, empty or copies of others do not count."""
    again = {i for places in copies(case) for i in places[1:]}
    bad = again | set(short_runs(case)) | {i for i, row in enumerate(case.rows) if row.state == "empty"}
    found = [ToRun(cell, case.seeds) for cell in missing_cells(case)]
    for method, tasks in _grid(case).items():
        for task, places in tasks.items():
            lacking = case.seeds - sum(i not in bad for i in places)
            if lacking > 0:
                found.append(ToRun(Cell(method.algorithm, task, method.configuration), lacking))
    return sorted(found)


def coverage(case: Case) -> Iterator[Finding]:
    """Tasks that only some algorithms were run on, and cells of few runs."""
    missing, lists = missing_cells(case), _tasks_of(case)
    tasks = {row.task for row in case.rows}
    if _scattered(lists, list(tasks)):
        yield Finding(
            "warning",
            "no common tasks",
            f"{many(len(lists), 'algorithm')} on {many(len(tasks), 'task')}: each has few of them",
            "select what belongs together: study.select(algorithm=..., task=...)",
        )
    if missing:
        differ = len({frozenset(tasks) for tasks in lists.values()}) > 1
        words = "; ".join(f"{algorithm} on {len(tasks)}" for algorithm, tasks in lists.items())
        yield Finding(
            "warning",
            "missing cells",
            f"{many(len(missing), 'cell')} without a run" + (f"; task lists differ: {words}" if differ else ""),
            "run them, or compare on the tasks that all have: study.select(task=...)",
            tuple(missing),
        )
    few = [group for group in case.groups if len(group.places) < case.seeds]
    if few:
        sizes = sorted(len(group.places) for group in few)
        yield Finding(
            "warning",
            "few runs",
            f"{len(few):,} of {many(len(case.groups), 'cell')} have fewer than {case.seeds} runs ({_span(sizes)}): "
            "with one task and fewer than 5 only differences of about 4 standard deviations can show, and one run says "
            "nothing of the spread",
            "make more runs; doctor(study, seeds=...) is asked about another number",
            tuple(group.cell for group in few),
        )
    yield from _alone(case)


def _span(sizes: list[int]) -> str:
    return str(sizes[0]) if sizes[0] == sizes[-1] else f"{sizes[0]} to {sizes[-1]}"


def _alone(case: Case) -> Iterator[Finding]:
    """A hyper-parameter that is another one in nearly every run, and so makes every run a cell."""
    counts: dict[str, dict[str, int]] = {}
    for row in case.rows:
        for name, value in row.configuration.items():
            own = counts.setdefault(name, {})
            own[written(value)] = own.get(written(value), 0) + 1
    for name, values in counts.items():
        runs = sum(values.values())
        if runs > 2 and len(values) == runs and all(len(group.places) == 1 for group in case.groups):
            yield Finding(
                "warning",
                "every run is a cell",
                f"`{name}` is another one in each of {runs:,} runs, so that no two runs are of one cell",
                f"if it is no hyper-parameter, study.without({name!r})",
            )


def matrix(case: Case) -> TextTable:
    """Tasks in rows, algorithms in columns: numbers of runs, and how many of them are short, diverged or empty."""
    grid, tasks = _grid(case), list(dict.fromkeys(row.task for row in case.rows))
    short = set(short_runs(case))
    columns = _columns(case, grid)
    header = ("task", *columns)
    rows = [(task, *(_count(case, own.get(task, []), short) for own in columns.values())) for task in sorted(tasks)]
    return TextTable(header, rows)


def _columns(case: Case, grid: Mapping[Method, Mapping[str, list[int]]]) -> dict[str, dict[str, list[int]]]:
    """The label of an algorithm, with its setting where there are few of them, and its runs by task."""
    names = differing(case.rows)
    whole = len(grid) <= _MOST_COLUMNS
    found: dict[str, dict[str, list[int]]] = {}
    for method, tasks in sorted(grid.items()):
        setting = " ".join(f"{n}={written(method.configuration[n])}" for n in names if n in method.configuration)
        own = found.setdefault(f"{method.algorithm} {setting}".strip() if whole else method.algorithm, {})
        for task, places in tasks.items():
            own.setdefault(task, []).extend(places)
    return found


def _count(case: Case, places: list[int], short: set[int]) -> str:
    if not places:
        return "–"
    states = {"diverged": 0, "empty": 0, "short": 0}
    for i in places:
        state = case.rows[i].state
        word = state if state in ("diverged", "empty") else "short" if i in short else None
        if word:
            states[word] += 1
    told = ", ".join(f"{n} {state}" for state, n in states.items() if n)
    return f"{len(places):,}" + (f" ({told})" if told else "")
