"""Tables of words and numbers, as CSV, LaTeX and Markdown."""

import csv
import io
import re
from collections.abc import Sequence
from typing import NamedTuple, SupportsFloat

from .._printable import printable
from ._latex import escape
from ._numbers import typeset


class TableCell(NamedTuple):
    """A text, and the number or word by which its column sorts; None: undefined."""

    text: str
    value: float | str | None
    strong: bool = False
    """Whether it is set in bold."""


class PageTable(NamedTuple):
    """A header and rows of cells."""

    name: str
    header: list[str]
    rows: list[list[TableCell]]


def numeric(x: SupportsFloat) -> TableCell:
    """The cell of a number."""
    x = float(x)
    return TableCell(typeset(x), x if x - x == 0 else None)


def text(x: str, *, strong: bool = False) -> TableCell:
    """The cell of a word."""
    return TableCell(x, x, strong)


def as_csv(table: PageTable) -> str:
    """Comma-separated; names that a spreadsheet would run as a formula get a leading apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([_csv_cell(cell) for cell in row] for row in ([*map(text, table.header)], *table.rows))
    return out.getvalue()


def _csv_cell(cell: TableCell) -> str:
    if isinstance(cell.value, str):
        words = printable(cell.text, lines=True)
        return f"'{words}" if words[:1] in ("=", "+", "-", "@", "\t", "\r") else words
    return cell.text.replace(",", "").replace("−", "-") if "[" not in cell.text else cell.text.replace("−", "-")


def as_latex(table: PageTable) -> str:
    """A booktabs tabular."""

    def line(cells: Sequence[TableCell]) -> str:
        words = (escape(one_line(c.text)) for c in cells)
        return " & ".join(rf"\textbf{{{w}}}" if c.strong else w for w, c in zip(words, cells, strict=True)) + r" \\"

    columns = "".join("l" if isinstance(cell.value, str) else "r" for cell in _first(table))
    body = map(line, table.rows)
    head = [rf"\begin{{tabular}}{{{columns}}}", r"\toprule", line([*map(text, table.header)]), r"\midrule"]
    return "\n".join([*head, *body, r"\bottomrule", r"\end{tabular}", ""])


def as_markdown(table: PageTable) -> str:
    """A pipe table."""

    def line(cells: Sequence[TableCell]) -> str:
        words = (markdown(c.text) for c in cells)
        return f"| {' | '.join(f'**{w}**' if c.strong else w for w, c in zip(words, cells, strict=True))} |"

    rule = ["---" if isinstance(cell.value, str) else "---:" for cell in _first(table)]
    return "\n".join([line([*map(text, table.header)]), f"| {' | '.join(rule)} |", *map(line, table.rows), ""])


def _first(table: PageTable) -> list[TableCell]:
    """A row that says which columns are words."""
    return table.rows[0] if table.rows else [*map(text, table.header)]


def markdown(words: str) -> str:
    """Words of one line in which Markdown sees no commands."""
    return re.sub(r"([\\|`*_<>\[\]&])", r"\\\1", one_line(words))


def one_line(words: str) -> str:
    """Line breaks would end a row."""
    return printable(" ".join(words.split()))
