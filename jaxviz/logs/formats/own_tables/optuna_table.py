"""Optuna's trials as a table, `study.trials_dataframe()`, which rl-zoo writes as `report_….csv`.

    number,value,duration,params_gamma,params_lr,state
    2,500.0,0 days 00:01:00.1,0.99,0.001,COMPLETE

A trial is a run of other hyper-parameters, of which the final score is known alone.
"""

import math
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from ....host.readers import cell_rows, ended, floats, header, names_of, number, text
from ..._log import Format, Log, Series, UnreadableError
from ..._typed import typed
from .._reading import counted, reader

_VALUE, _PARAMETER, _STATE, _NUMBER = "value", "params_", "state", "number"
_COMPLETE = "COMPLETE"
_MOST = 10_000
"""Trials of one table: each is a run of its own."""
_NOTES = (
    "the final score of a trial alone: there is no curve",
    "Optuna does not say what the value of a trial is: taken as an evaluation",
)


def looks(head: bytes, path: Path) -> bool:
    """Names of parameters, and of the value or values of a trial."""
    names = names_of(head)
    return any(name.startswith(_PARAMETER) for name in names) and any(
        name == _VALUE or name.startswith(f"{_VALUE}s_") for name in names
    )


def parse(content: bytes, path: Path) -> list[Log]:
    """The log of each trial that is complete. UnreadableError if there is none, or trials have several values."""
    body, torn = ended(text(content))
    first = header(body)
    if _VALUE not in first.names:
        raise UnreadableError("its trials have several values, of which none is the return alone: give a table of one")
    if first.body.count(b"\n") > _MOST:
        raise ValueError(f"it holds more than {_MOST:,} trials")
    kept: list[tuple[str, float, Mapping[str, str]]] = []
    lost: Counter[str] = Counter()
    for line, cells in cell_rows(first.body, first.delimiter):
        if len(cells) != len(first.names):
            at = line + first.line
            raise ValueError(f"line {at} has {len(cells)} cells, not {len(first.names)}; {line - 1} rows are before it")
        row = dict(zip(first.names, map(str.strip, cells), strict=True))
        state, value = row.get(_STATE, _COMPLETE), _value(row[_VALUE], line + first.line)
        if state.rpartition(".")[2] == _COMPLETE and not math.isnan(value):
            kept.append((row.get(_NUMBER, str(len(kept))), value, row))
        else:
            lost[state] += 1
    if not kept:
        raise UnreadableError(f"none of {counted(lost.total(), 'trial')} is complete with a value: {_listing(lost)}")
    notes = ("the last line has no end and was left out",) if torn else ()
    notes += (f"{counted(lost.total(), 'trial')} without a final value left out: {_listing(lost)}",) if lost else ()
    return [_log(run, value, row, (*notes, *_NOTES)) for run, value, row in kept]


def _value(cell: str, line: int) -> float:
    """The value of a trial; NaN where there is none."""
    try:
        found = number(cell)
    except ValueError as error:
        raise ValueError(f"line {line}, {_VALUE!r}: {error}") from None
    return math.nan if found is None else found


def _listing(lost: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {state or 'without a state'}" for state, count in list(lost.items())[:10])


def _log(run: str, value: float, row: Mapping[str, str], notes: tuple[str, ...]) -> Log:
    config = {name.removeprefix(_PARAMETER): typed(cell) for name, cell in row.items() if name.startswith(_PARAMETER)}
    return Log({"score": Series(floats([value]), kind="evaluations")}, {"run": run}, config, notes=notes)


FORMAT = Format("Optuna trials", looks, reader(parse))
