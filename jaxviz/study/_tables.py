"""Rows of a study as tables: on the terminal by rich, in notebooks as HTML."""

import html
import io
import shutil
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from .._printable import printable
from ._values import written

if TYPE_CHECKING:
    from ._cells import Group
    from ._manifest import Manifest, ManifestRow

_WIDEST = 400
"""Columns of characters of a table that is written to no terminal."""
_GAP = 3
_PATHS, _PATH = "source", 32
"""The column of paths, of which the end tells runs apart, and what it keeps before others go."""
_NARROWEST = 8
"""Characters that a column keeps."""


class TextTable(NamedTuple):
    """A header and rows of text."""

    header: tuple[str, ...]
    rows: list[tuple[str, ...]]
    left_out: int = 0
    """Rows in the middle that are not shown."""
    first_to_go: tuple[str, ...] = ()
    """Columns that a narrow terminal has no room for, in their order."""


def as_text(table: TextTable) -> str:
    """Aligned columns, ready to print: no line is wider than the terminal, which `COLUMNS` may tell."""
    width = max(shutil.get_terminal_size((_WIDEST, 0)).columns, 2 * _NARROWEST)
    fitting, hidden = _fitting(table, width)
    more = f"\n(no room for {', '.join(hidden)})" if hidden else ""
    return _aligned(fitting, width) + more


def _aligned(table: TextTable, width: int) -> str:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    made = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for name in table.header:
        made.add_column(Text(name), no_wrap=True)
    for row in table.rows:
        made.add_row(*(Text(printable(cell)) for cell in row))
    target = io.StringIO()
    Console(file=target, width=width, color_system=None).print(made)
    return "\n".join(line.rstrip() for line in target.getvalue().rstrip().splitlines())


def _fitting(table: TextTable, width: int) -> tuple[TextTable, list[str]]:
    """The table, as wide as there is room, and the columns that it is without."""
    header, rows = table.header, [tuple(map(printable, row)) for row in _with_gap(table)]
    hidden = list[str]()
    for name in table.first_to_go:
        widths = dict(zip(header, _widths(header, rows), strict=True))
        if sum(widths.values()) - max(0, widths.get(_PATHS, 0) - _PATH) <= width + _GAP:
            break
        if name in header:
            place = header.index(name)
            header, *rows = (row[:place] + row[place + 1 :] for row in (header, *rows))
            hidden.append(name)
    widths = _widths(header, rows)
    while sum(widths) > width + _GAP and max(widths) > _NARROWEST + _GAP:
        widest = widths.index(max(widths))
        widths[widest] -= 1
    sizes = list(zip(header, widths, strict=True))
    return TextTable(header, [tuple(map(_shortened, row, sizes)) for row in rows]), hidden


def _shortened(cell: str, size: tuple[str, int]) -> str:
    name, width = size
    return shortened(cell, width - _GAP, end=name == _PATHS)


def _widths(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    """Characters of each column, with the gap behind it."""
    from rich.cells import cell_len

    return [_GAP + max(map(cell_len, column)) for column in zip(header, *rows, strict=True)]


def shortened(text: str, most: int, end: bool = False) -> str:
    """Its beginning and end with `…` between them; of paths (`end`) the end."""
    if len(text) <= most:
        return text
    front = 0 if end else (most - 1) // 2
    return f"{text[:front]}…{text[len(text) - (most - 1 - front) :]}"


def as_html(table: TextTable) -> str:
    """A table element; text of others is escaped."""
    head = "".join(f"<th>{html.escape(name)}</th>" for name in table.header)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(printable(cell))}</td>" for cell in row) + "</tr>"
        for row in _with_gap(table)
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _with_gap(table: TextTable) -> list[tuple[str, ...]]:
    if not table.left_out:
        return table.rows
    half = len(table.rows) // 2
    gap = (f"… {table.left_out:,} more", *("" for _ in table.header[1:]))
    return [*table.rows[:half], gap, *table.rows[half:]]


def _cut(
    header: Sequence[str], rows: Sequence[tuple[str, ...]], most: int | None, first_to_go: Sequence[str]
) -> TextTable:
    """The first and the last rows, without columns that are empty."""
    left = 0 if most is None else max(0, len(rows) - most)
    shown = list(rows) if not left or most is None else [*rows[: most // 2], *rows[len(rows) - (most - most // 2) :]]
    keep = [i for i, _ in enumerate(header) if any(row[i] for row in rows)] or [0]
    names, lines = tuple(header[i] for i in keep), [tuple(row[i] for i in keep) for row in shown]
    return TextTable(names, lines, left, (*first_to_go,))


_OF_RUNS = ("notes", "guessed", "format", "state", "entries", "kind", "unit", "steps", "run")
_OF_CELLS = ("states", "kind", "unit", "steps")


def manifest_table(manifest: "Manifest", most: int | None) -> TextTable:
    """One line a run; hyper-parameters that differ between runs have a column each."""
    names = differing(manifest)
    header = (
        *("algorithm", "task", *names, "seed", "kind", "unit", "steps", "entries", "state", "source", "run", "format"),
        *("guessed", "notes"),
    )
    return _cut(header, [_manifest_line(row, names) for row in manifest], most, _OF_RUNS)


def _manifest_line(row: "ManifestRow", names: Sequence[str]) -> tuple[str, ...]:
    own = (_value(row, name) for name in names)
    seed = "" if row.seed is None else str(row.seed)
    entries = "" if row.entries is None else f"{row.entries:,}"
    guessed = "; ".join(f"{column} from {why}" for column, why in row.guessed.items())
    return (
        *(row.algorithm, row.task, *own, seed, row.kind or "", row.unit or "", span([row]), entries, row.state or ""),
        *(row.source, row.run, row.format, guessed, "; ".join(row.notes)),
    )


def differing(rows: Iterable["ManifestRow"]) -> list[str]:
    """Hyper-parameters that are not the same in all rows."""
    configurations = list({id(row.configuration): row.configuration for row in rows}.values())
    names = dict.fromkeys(name for one in configurations for name in one)
    return sorted(name for name in names if len({one.get(name, ()) for one in configurations}) > 1)


def _value(row: "ManifestRow", name: str) -> str:
    return written(row.configuration[name]) if name in row.configuration else ""


def span(rows: Sequence["ManifestRow"]) -> str:
    """The steps from the first of a run to the last of one."""
    first = [row.first_step for row in rows if row.first_step is not None]
    last = [row.last_step for row in rows if row.last_step is not None]
    return f"{min(first):,} to {max(last):,}" if first and last else ""


def cells_table(groups: Sequence["Group"], rows: Sequence["ManifestRow"], most: int | None) -> TextTable:
    """One line a cell."""
    names = differing([rows[group.places[0]] for group in groups])
    header = ("algorithm", "task", *names, "variant", "runs", "kind", "unit", "steps", "states")
    lines = [_cell_line(group, [rows[i] for i in group.places], names) for group in groups]
    return _cut(header, lines, most, _OF_CELLS)


def _cell_line(group: "Group", rows: Sequence["ManifestRow"], names: Sequence[str]) -> tuple[str, ...]:
    first, states = rows[0], Counter(row.state for row in rows if row.state not in (None, "whole"))
    own = (_value(first, name) for name in names)
    told = ", ".join(f"{n} {state}" for state, n in sorted(states.items(), key=str))
    return (
        *(first.algorithm, first.task, *own, group.cell.variant, f"{len(rows):,}", first.kind or "", first.unit or ""),
        *(span(rows), told),
    )


def results_table(
    groups: Sequence["Group"], rows: Sequence["ManifestRow"], finals: Sequence[str], most: int | None
) -> TextTable:
    """One line a cell with the final returns of its runs."""
    names = differing([rows[group.places[0]] for group in groups])
    header = ("algorithm", "task", *names, "variant", "runs", "final: median (lowest to highest)", "states")
    lines = []
    for group, final in zip(groups, finals, strict=True):
        line = _cell_line(group, [rows[i] for i in group.places], names)
        lines.append((*line[: len(names) + 4], final, line[-1]))
    return _cut(header, lines, most, ())
