"""Tables with one row a log call of one training: named columns, of which one counts steps, or none.

Stable-Baselines3 and OpenAI baselines `progress.csv`, Procgen `log.csv`, Acme `logs.csv`, DrQ-v2 `train.csv` and
`eval.csv`, and what else is written like them: `_names` knows the columns.
"""

import functools
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from ...host.readers import (
    Header,
    Numbers,
    Table,
    ended,
    goes_up,
    header,
    join_columns,
    names_in,
    names_of,
    nothing_like,
    number_tables,
    table,
    text,
)
from ...host.readers._order import falls_to_first
from .._log import Format, Log
from .._names import in_order, is_long, is_of_evaluation, is_sweep, label, meaning
from .._per_step import may_be_per_step
from ._phases import column_of, rows_by_phase, series_of_phases
from ._reading import counted, reader
from ._series import Found, are_sums, is_index, series_of
from .tidy import parse_groups

_COLUMN = re.compile(rb'(?:\xef\xbb\xbf)?"?([A-Za-z][\w /.()\-]{0,60})"?[ \t]*\r?\n\s*[+-]?(?:[\d.]|nan|inf)')
_MOST_CHANGES = 256
"""Times that the names of one table may change: writers add some when a new quantity comes up."""


def looks(head: bytes, path: Path) -> bool:
    """A first line of names, of which one is that of a return, a length or steps, and none that of a label of runs; or
    the name of a return alone above numbers."""
    return _is_progress(names_of(head)) or _is_column(head)


def _is_column(head: bytes) -> bool:
    found = _COLUMN.match(head)
    known = meaning(found[1].decode()) if found else None
    return known is not None and known.role in ("return", "success")


@functools.lru_cache(256)
def _is_progress(names: tuple[str, ...]) -> bool:
    roles = {known.role for name in names if (known := meaning(name))}
    if any(label(name) for name in names) or is_long(names) or is_sweep(names):
        return False
    return bool(roles & {"return", "success", "step", "length"})


def parse(content: bytes, path: Path) -> list[Log]:
    """The log of one table."""
    body, torn = ended(text(content))
    first = header(body)
    found, changes = _tables(first)
    if not changes and not torn and _begin_again(found):
        del found  # a large table is in memory once
        if groups := parse_groups(body):
            return groups
        found, changes = _tables(first)
    phases = None if changes else _by_phase(first, found, is_of_evaluation(path))
    if phases:
        found.texts.pop(column_of(found.texts) or "")
    series, notes = phases or series_of(found.numbers, evaluation=is_of_evaluation(path))
    changed = [f"the names of the columns change {counted(changes, 'time')}"] if changes else []
    return [Log(series, notes=(*table_notes(found, torn), *changed, *notes))]


def _begin_again(found: Table) -> bool:
    """Whether the steps fall back to the first one."""
    steps = in_order(found.numbers, "step")
    return bool(steps) and falls_to_first(found.numbers[steps[0]].values)


def _by_phase(first: Header, found: Table, evaluation: bool) -> Found | None:
    """The series of rows of several phases; None if no column of text says so."""
    column = column_of(found.texts)
    if column is None:
        return None
    parts = rows_by_phase(first.body, first.names.index(column), first.delimiter)
    phases = {
        phase: table(part, first.names, needed=[], delimiter=first.delimiter, lists=True).numbers
        for phase, part in parts.items()
    }
    return series_of_phases(column, phases, evaluation=evaluation) if phases else None


def _tables(first: Header) -> tuple[Table, int]:
    """The columns below the names, and how many times lines of other names follow: writers add them for a new key."""
    parts = list(_parts(first))
    found = [
        table(part.body, part.names, line=part.line, needed=_needed(part.names), delimiter=part.delimiter, lists=True)
        for part in parts
    ]
    if len(found) == 1:
        return found[0], 0
    changes = sum(before.names != after.names for before, after in pairwise(parts))
    again = len(parts) - 1 - changes
    texts = {name: word for one in found for name, word in one.texts.items()}
    numbers = join_columns([one.numbers for one in found])
    kept = {name: column for name, column in numbers.items() if name not in texts}
    repeated, longer = sum(one.repeated for one in found) + again, sum(one.longer for one in found)
    return Table(kept, texts, repeated, longer), changes


def _parts(part: Header) -> Iterator[Header]:
    """The table, cut where a line has other names, the first one and at least half of all again, or such behind `#`."""
    whole, begin, changes = part, 0, 0
    for found in _like_the_first(part):
        names = names_in(found[0].removeprefix(b"#"))
        if not _is_changed(names, part.names) and not (names == part.names and found[0].startswith(b"#")):
            continue
        changes += 1
        if changes > _MOST_CHANGES:
            raise ValueError(f"the names of its columns change more than {_MOST_CHANGES} times")
        yield part._replace(body=whole.body[begin : found.start()])
        begin = found.end()
        part = part._replace(names=names, line=whole.line + whole.body.count(b"\n", 0, begin))
    yield part._replace(body=whole.body[begin:]) if begin else part


def _like_the_first(part: Header) -> Iterator[re.Match[bytes]]:
    """The lines below the names that begin with the first of them."""
    start = (part.names[0] + part.delimiter).encode() if part.names and part.names[0] else b""
    if start and (b"\n" + start in part.body or part.body.startswith(start) or b"#" in part.body):
        yield from re.finditer(rb"^(?:#[ \t]*)?" + re.escape(start) + rb".*\n", part.body, re.MULTILINE)


def _is_changed(names: tuple[str, ...], before: tuple[str, ...]) -> bool:
    """Whether a line holds other names than those before it."""
    return names != before and 2 * len(set(names) & set(before)) >= min(len(names), len(before)) > 0


def parse_together(contents: Sequence[bytes], path: Path) -> Log | None:
    """The logs of tables with one first line, if all cells are numbers and each has as many rows.

    None also for tables with a row an episode or a step, of which the numbers tell how they are to be read, and for
    those that count steps in other columns.
    """
    first = header(contents[0])
    if may_be_per_step(first.names):
        return None
    start = len(contents[0]) - len(first.body)
    if any(known.unit == "episodes" for name in in_order(first.names, "step") if (known := meaning(name))):
        return None
    found = number_tables([content[start:] for content in contents], len(first.names), first.delimiter)
    if found is None:
        return None
    none = nothing_like(found[0].T)
    columns = {name: Numbers(column.T, none) for name, column in zip(first.names, found, strict=True)}
    counting = [goes_up(columns[name].values) for name in in_order(columns, "step")]
    sums = are_sums(columns, next(iter(in_order(columns, "step")), None))
    if any(each.any() and not each.all() for each in (*counting, *([] if sums is None else [sums]))):
        return None
    if not counting and in_order(columns, "length"):
        return None
    series, notes = series_of(columns, evaluation=is_of_evaluation(path))
    return Log(series, notes=(*table_notes(Table(columns, {}), torn=False), *notes))


def _needed(names: Sequence[str]) -> list[str]:
    """Columns in which something that is no number is damage: the returns, and the steps that are to be preferred."""
    return [*in_order(names, "return"), *in_order(names, "step")[:1]]


def table_notes(found: Table, torn: bool) -> Iterator[str]:
    """What was left out of a table."""
    if torn:
        yield "the last line has no end and was left out"
    if found.repeated:
        yield f"{counted(found.repeated, 'line')} with the names again left out"
    if found.longer:
        yield f"cells behind the last column left out in {counted(found.longer, 'row')}"
    names = [name for name in (*found.numbers, *found.texts) if _is_copy(name, found)]
    if names:
        yield f"names that come twice: of {', '.join(map(repr, names[:10]))} the first column is read"
    names = [repr(name) for name in found.texts if not is_index(name)]
    if names:
        yield f"{counted(len(names), 'column')} of text left out: {', '.join(names[:10])}"


def _is_copy(name: str, found: Table) -> bool:
    """Whether a name is that of another column with a number behind it, as columns of one name get it."""
    first, dot, digits = name.rpartition(".")
    return bool(dot) and digits.isascii() and digits.isdigit() and (first in found.numbers or first in found.texts)


FORMAT = Format("progress table", looks, reader(parse), of_folder=True, together=parse_together)
